import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connectTimeoutMs, tooLate } from './connecting.ts';

/** of the proxy's answer to CONNECT */
const maxHeaderSize = 64 * 1024;

/**
 * Reaches its hosts through an HTTP proxy, by CONNECT (RFC 9110, 9.3.6). Node's own tunnel (`proxyEnv`) reads what
 * the proxy answers once more with every piece that comes, twice as often each time: a slow one fills the memory.
 */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;
  readonly #closing = new AbortController();

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions,
    done: (error: Error | null, socket?: Duplex | null) => void,
  ): undefined {
    openTunnel(this.#proxy, authorityOf(options), this.#closing.signal).then((socket) => {
      const through = { ...options, socket };
      done(null, super.createConnection(through));
    }, done);
  }

  override destroy(): void {
    this.#closing.abort(new Error('the connections are closed'));
    super.destroy();
  }
}

function authorityOf({ host, port }: https.RequestOptions): string {
  return `${isIP(host ?? '') === 6 ? `[${host}]` : host}:${port ?? 443}`;
}

/** @param signal ends the opening, and not what was opened */
function openTunnel(proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = askForTunnel(proxy, authority);
    const forget = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', closed);
    };
    const giveUp = (reason: unknown) => {
      forget();
      request.destroy();
      reject(reason);
    };
    const closed = () => giveUp(signal.reason);
    const timer = setTimeout(() => giveUp(tooLate(connectTimeoutMs)), connectTimeoutMs);
    signal.addEventListener('abort', closed, { once: true });
    request.on('error', giveUp);
    request.once('connect', ({ statusCode, statusMessage = '' }, socket: Socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        giveUp(new Error(`the proxy ${proxy.host} opens no tunnel to ${authority}: ${statusCode} ${statusMessage}`));
        return;
      }
      forget();
      // What breaks it is told by the TLS socket over it.
      socket.on('error', () => undefined);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}

function askForTunnel(proxy: URL, authority: string): http.ClientRequest {
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const options = {
    method: 'CONNECT',
    host,
    port: proxy.port,
    // Else it would be taken from the header `host`, which names where the tunnel leads.
    servername: isIP(host) === 0 ? host : '',
    path: authority,
    headers: { host: authority, connection: 'keep-alive', 'proxy-connection': 'keep-alive', ...loginOf(proxy) },
    agent: false,
    maxHeaderSize,
  };
  return (proxy.protocol === 'https:' ? https : http).request(options);
}

function loginOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}
