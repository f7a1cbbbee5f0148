import { createServer } from 'node:http';
import { createSecureServer, Http2ServerRequest, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Certificate } from './certificates.ts';
import { type Answer, errorAnswer, type FakeRequest } from './exchange.ts';
import { Script } from './script.ts';
import { dropConnection, type Incoming, type Outgoing, requestOf, send } from './wire.ts';

/** What answers for one host name. */
export interface Handler {
  handle(request: FakeRequest): Promise<Answer>;
}

/** What a server remembers of a request. */
export interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  /** path and query as they were sent */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: 'h2' | 'http/1.1';
  /** which of the server's connections, counted from 1 in the order of their first requests */
  readonly connection: number;
  /** undefined until it is answered */
  status: number | undefined;
  bytesReceived: number;
  /** of the answer's body */
  bytesSent: number;
}

export type ApplicationProtocol = 'h2' | 'http/1.1';

/** Artifact Registry's upload paths reach 18 KB, and come back in the request. */
const headerLimit = 64 * 1024;

/**
 * An HTTP server in this process that answers for several host names, remembers every request, and fails as it is
 * told. A host is looked up with its port, then without, then as '*'.
 */
export class FakeServer {
  readonly hosts: Map<string, Handler>;
  readonly requests: RecordedRequest[] = [];
  readonly script = new Script();
  /** called, and awaited, before a request is handled */
  onRequest: ((request: RecordedRequest) => unknown) | undefined;
  /** what went wrong in the fake itself, or in a connection */
  readonly errors: unknown[] = [];
  connections = 0;
  /** so many of the next connections end before a byte is exchanged */
  connectionsToDrop = 0;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #numbers = new WeakMap<object, number>();
  #numbered = 0;

  constructor(hosts: Map<string, Handler>) {
    this.hosts = hosts;
  }

  /** Serves plain HTTP/1.1 on loopback as well. @returns the port */
  listen(): Promise<number> {
    const server = createServer({ maxHeaderSize: headerLimit }, (request, response) => this.#serve(request, response));
    server.on('connection', (socket) => this.#connected(socket));
    return this.#open(server);
  }

  /** Serves TLS on loopback as well, with the protocols that ALPN shall offer. @returns the port */
  listenTls(certificate: Certificate, protocols: readonly ApplicationProtocol[] = ['h2', 'http/1.1']): Promise<number> {
    const pair = { key: certificate.key, cert: certificate.cert, maxHeaderSize: headerLimit };
    const listener = (request: Incoming, response: Outgoing): void => this.#serve(request, response);
    if (!protocols.includes('h2')) {
      const server = createHttpsServer(pair, listener);
      server.on('secureConnection', (socket) => this.#connected(socket));
      return this.#open(server);
    }
    const settings = { maxHeaderListSize: headerLimit, enablePush: false };
    const allowHTTP1 = protocols.includes('http/1.1');
    const server = createSecureServer({ ...pair, allowHTTP1, settings }, listener);
    server.on('secureConnection', (socket) => this.#connected(socket));
    server.on('session', (session) => this.#keepSession(session));
    return this.#open(server);
  }

  /** The requests so far with that method, and a target that the expression is found in. */
  seen(method: string, target = /^/): RecordedRequest[] {
    return this.requests.filter((request) => request.method === method && request.target.search(target) >= 0);
  }

  /** Ends every connection at once. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Tells every HTTP/2 client that its session takes no new requests (GOAWAY). */
  goAway(): void {
    for (const session of this.#sessions) session.close();
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.dropConnections();
    await Promise.all(closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #open(server: Server): Promise<number> {
    this.#servers.push(server);
    server.prependListener('connection', (socket: Socket) => {
      if (this.connectionsToDrop === 0) return;
      this.connectionsToDrop -= 1;
      socket.on('error', (error) => this.errors.push(error));
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return portOf(server);
  }

  #connected(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) => this.errors.push(error));
  }

  #keepSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', (error) => this.errors.push(error));
  }

  #serve(incoming: Incoming, outgoing: Outgoing): void {
    incoming.on('error', (error: unknown) => this.errors.push(error));
    outgoing.on('error', (error: unknown) => this.errors.push(error));
    this.#exchange(incoming, outgoing).catch((error: unknown) => {
      this.errors.push(error);
      dropConnection(incoming);
    });
  }

  async #exchange(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    const request = requestOf(incoming);
    const record: RecordedRequest = {
      method: request.method,
      host: request.host,
      target: request.target,
      headers: request.headers,
      protocol: incoming instanceof Http2ServerRequest ? 'h2' : 'http/1.1',
      connection: this.#numberOf(incoming),
      status: undefined,
      bytesReceived: 0,
      bytesSent: 0,
    };
    this.requests.push(record);
    await this.onRequest?.(record);
    const result = await this.script.run(request, () => this.#handlerOf(request.host).handle(request));
    record.status = result.status;
    record.bytesReceived = request.body.received;
    await send(result, request.method, incoming, outgoing, (bytes) => {
      record.bytesSent += bytes;
    });
  }

  #handlerOf(host: string): Handler {
    const name = host.replace(/:\d+$/, '');
    const unknown: Handler = { handle: async () => errorAnswer(421, 'UNSUPPORTED', `no such host here: ${host}`) };
    return this.hosts.get(host) ?? this.hosts.get(name) ?? this.hosts.get('*') ?? unknown;
  }

  #numberOf(incoming: Incoming): number {
    const connection =
      (incoming instanceof Http2ServerRequest ? incoming.stream.session : undefined) ?? incoming.socket;
    const known = this.#numbers.get(connection);
    if (known !== undefined) return known;
    this.#numbered += 1;
    this.#numbers.set(connection, this.#numbered);
    return this.#numbered;
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
