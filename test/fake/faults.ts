import { type Answer, answer } from './exchange.ts';
import type { Fault } from './script.ts';

/** Answers without asking the server. */
export function instead(status: number, headers: Record<string, string> = {}, body = ''): Fault {
  return async () => answer(status, headers, Buffer.from(body));
}

/** Holds the request until the promise resolves, then lets it through. */
export function heldUntil(promise: Promise<unknown>): Fault {
  return async (_request, next) => {
    await promise;
    return next();
  };
}

/** Acts before the server sees the request. */
export function beforehand(act: () => unknown): Fault {
  return async (_request, next) => {
    await act();
    return next();
  };
}

/** Acts when the server has done what was asked, before the client hears of it. */
export function afterwards(act: () => unknown): Fault {
  return async (_request, next) => {
    const result = await next();
    await act();
    return result;
  };
}

/** Turns over every bit of one byte of the answer's body. */
export function corruptByte(offset: number): Fault {
  return changedBody((body) => {
    const bytes = Uint8Array.from(body);
    bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
    return bytes;
  });
}

/** A well-formed answer whose body ends too early. */
export function truncated(length: number): Fault {
  return changedBody((body) => body.subarray(0, length));
}

/** A well-formed answer whose body has bytes too many. */
export function surplus(count: number): Fault {
  return changedBody((body) => Buffer.concat([body, Buffer.alloc(count, 0x2b)]));
}

/** The connection ends after that many bytes of the answer's body. */
export function resetAfter(count: number): Fault {
  return changed((result) => ({ ...result, ending: { kind: 'reset', after: count } }));
}

/** The HTTP/2 stream ends with an error after that many bytes of the answer's body; over HTTP/1.1 the connection. */
export function abortedAfter(count: number): Fault {
  return changed((result) => ({ ...result, ending: { kind: 'abort', after: count } }));
}

/** The HTTP/2 stream ends before an answer, with that error code (RFC 9113, 7); over HTTP/1.1 the connection. */
export function streamReset(code: number): Fault {
  return async (_request, _next) => ({ ...answer(500, {}), ending: { kind: 'abort', after: 0, code } });
}

/** The answer stops after that many bytes of its body, until the promise resolves. */
export function stalledAfter(count: number, until: Promise<unknown>): Fault {
  return changed((result) => ({ ...result, ending: { kind: 'stall', after: count, until } }));
}

/** The server does what was asked; the connection ends before the client hears of it. */
export function lostAnswer(): Fault {
  return resetAfter(0);
}

/** The connection ends when that many bytes of the request's body came; the server never sees the request. */
export function resetRequestAfter(count: number): Fault {
  return async (request) => {
    await request.body.atLeast(count);
    return { ...answer(500, {}), ending: { kind: 'reset', after: 0 } };
  };
}

/** Puts headers into the true answer: a wrong digest, a Location, Link or redirect to elsewhere. */
export function withHeaders(headers: Record<string, string>): Fault {
  return changed((result) => ({ ...result, headers: { ...result.headers, ...headers } }));
}

export function withoutHeader(name: string): Fault {
  return changed((result) => ({
    ...result,
    headers: Object.fromEntries(Object.entries(result.headers).filter(([key]) => key !== name)),
  }));
}

function changedBody(change: (body: Uint8Array) => Uint8Array): Fault {
  return changed((result) => ({ ...result, body: change(result.body) }));
}

function changed(change: (result: Answer) => Answer): Fault {
  return async (_request, next) => change(await next());
}
