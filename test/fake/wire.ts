import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { type Answer, type FakeRequest, RequestBody } from './exchange.ts';

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/** A request in its own words, whichever protocol brought it. */
export function requestOf(incoming: Incoming): FakeRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const host = (incoming instanceof Http2ServerRequest ? incoming.authority : undefined) ?? headers['host'] ?? '';
  const scheme = incoming instanceof Http2ServerRequest || incoming.socket instanceof TLSSocket ? 'https' : 'http';
  const target = incoming.url ?? '/';
  const question = target.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    scheme,
    host,
    target,
    path: question < 0 ? target : target.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    headers,
    body: new RequestBody(incoming),
  };
}

/** Sends an answer as its ending says. @param sent told the bytes of the body that go out */
export async function send(
  result: Answer,
  method: string,
  incoming: Incoming,
  outgoing: Outgoing,
  sent: (bytes: number) => void,
): Promise<void> {
  const { ending } = result;
  if (ending.kind === 'reset' && ending.after === 0) return dropConnection(incoming);
  if (ending.kind === 'abort' && ending.after === 0) return abort(incoming, outgoing, ending.code);
  outgoing.statusCode = result.status;
  for (const [name, value] of Object.entries(result.headers)) outgoing.setHeader(name, value);
  const hasBody = method !== 'HEAD' && result.status !== 204 && result.status !== 304;
  if (result.status !== 204 && result.headers['content-length'] === undefined) {
    outgoing.setHeader('content-length', String(result.body.length));
  }
  const first = hasBody && ending.kind !== 'complete' ? result.body.subarray(0, ending.after) : result.body;
  if (hasBody) sent(first.length);
  if (ending.kind === 'complete') return end(outgoing, hasBody ? first : new Uint8Array());
  await write(outgoing, hasBody ? first : new Uint8Array());
  if (ending.kind === 'reset') return dropConnection(incoming);
  if (ending.kind === 'abort') return abort(incoming, outgoing, ending.code);
  await ending.until;
  const rest = hasBody ? result.body.subarray(ending.after) : new Uint8Array();
  sent(rest.length);
  return end(outgoing, rest);
}

/** Settles when the bytes are with the system, or the client has gone. */
function write(outgoing: Outgoing, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('close', resolve);
    if (bytes.length === 0) resolve();
    else if (outgoing instanceof Http2ServerResponse) outgoing.write(bytes, () => resolve());
    else outgoing.write(bytes, () => resolve());
  });
}

function end(outgoing: Outgoing, bytes: Uint8Array): void {
  if (bytes.length === 0) outgoing.end();
  else outgoing.end(bytes);
}

export function dropConnection(incoming: Incoming): void {
  if (incoming instanceof Http2ServerRequest) incoming.stream.session?.destroy();
  else incoming.socket.destroy();
}

/** @param code INTERNAL_ERROR where nothing is said */
function abort(incoming: Incoming, outgoing: Outgoing, code = 2): void {
  if (outgoing instanceof Http2ServerResponse) outgoing.stream.close(code);
  else incoming.socket.destroy();
}
