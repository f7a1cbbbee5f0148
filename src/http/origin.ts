import type http from 'node:http';
import http2, { type ClientHttp2Session } from 'node:http2';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { connectTimeoutMs, isConnected, tooLate } from './connecting.ts';
import { sendAtOnce } from './no-delay.ts';

const streamWindow = 4 * 1024 * 1024;
/** the connection's own window stays at 64 KiB unless it is widened: a sixteenth of what one stream may hold */
const sessionWindow = 16 * 1024 * 1024;

/**
 * One scheme, host and port: its HTTP/1.1 agent, and its one HTTP/2 session where the server offers
 * HTTP/2 (by ALPN). The session is opened on first use and again when it was lost.
 */
export class Origin {
  readonly agent: http.Agent;
  readonly #url: URL;
  #session: Promise<ClientHttp2Session | undefined> | undefined;
  #live: ClientHttp2Session | undefined;

  constructor(url: URL, agent: http.Agent) {
    this.#url = new URL(url.origin);
    this.agent = agent;
  }

  /** @returns undefined where HTTP/1.1 is to be spoken */
  session(): Promise<ClientHttp2Session | undefined> {
    this.#session ??= this.#open();
    return this.#session;
  }

  /** the agent, as got takes it */
  get agents(): { https: https.Agent } | { http: http.Agent } {
    return this.agent instanceof https.Agent ? { https: this.agent } : { http: this.agent };
  }

  /** Leaves a session that serves badly: who asks next gets another one, and what is under way ends on the old. */
  renew(session: ClientHttp2Session | undefined): void {
    if (session === undefined) return;
    this.#leave(session);
    session.close();
  }

  /** Its end may be told when the next is open already, or on its way: that one stays. */
  #leave(session: ClientHttp2Session): void {
    if (this.#live !== session) return;
    this.#live = undefined;
    this.#session = undefined;
  }

  close(): void {
    this.agent.destroy();
    this.#session?.then(
      (session) => session?.destroy(),
      () => undefined,
    );
  }

  async #open(): Promise<ClientHttp2Session | undefined> {
    if (!(this.agent instanceof https.Agent)) return undefined;
    try {
      const socket = await this.#connect(this.agent);
      if (socket.alpnProtocol !== 'h2') {
        socket.destroy();
        return undefined;
      }
      this.#live = this.#startSession(socket);
      return this.#live;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  #startSession(socket: TLSSocket): ClientHttp2Session {
    sendAtOnce(socket);
    const session = http2.connect(this.#url, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindow },
    });
    // It is told of in a later tick, when the session may be over already.
    session.once('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(sessionWindow);
    });
    const lost = () => this.#leave(session);
    session.once('close', lost);
    session.once('goaway', lost);
    // Its streams report the error; without a listener it would end the process.
    session.on('error', lost);
    return session;
  }

  /** Opens a TLS socket as the agent would, through its proxy and lookup, but offering HTTP/2. */
  #connect(agent: https.Agent): Promise<TLSSocket> {
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const options = {
      ...agent.options,
      host,
      port: Number(this.#url.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['h2', 'http/1.1'],
    };
    return new Promise<TLSSocket>((resolve, reject) => {
      let opening: Duplex | undefined;
      const giveUp = (error: Error) => {
        clearTimeout(timer);
        opening?.destroy();
        reject(error);
      };
      const timer = setTimeout(() => giveUp(tooLate(connectTimeoutMs)), connectTimeoutMs);
      const shakeHands = (socket: Duplex) => {
        opening = socket;
        if (!(socket instanceof TLSSocket)) return giveUp(new Error('the connection is not a TLS socket'));
        const connected = () => {
          clearTimeout(timer);
          resolve(socket);
        };
        if (isConnected(socket)) return connected();
        socket.once('secureConnect', connected);
        socket.once('error', giveUp);
        socket.once('close', () => giveUp(closedEarly()));
      };
      const direct = agent.createConnection(options, (error, tunnelled) => {
        if (error === null) shakeHands(tunnelled);
        else giveUp(error);
      });
      if (direct != null) shakeHands(direct);
    });
  }
}

function closedEarly(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}
