import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * An HTTP proxy on loopback that understands CONNECT alone, and reaches only the names that it was told: `HOST:443` to
 * a local port. Every other name is answered with 502.
 */
export class ConnectProxy {
  /** by `HOST:PORT` */
  readonly routes: Map<string, number>;
  /** the authority of every CONNECT, in order */
  readonly connects: string[] = [];
  /** the target of every request that was not CONNECT; there should be none */
  readonly others: string[] = [];
  readonly #sockets = new Set<Duplex>();
  readonly #servers = new Set<Socket>();
  #sentBefore = 0;
  readonly #server = createServer((request, response) => {
    this.others.push(request.url ?? '');
    response.statusCode = 405;
    response.end();
  });

  constructor(routes: Map<string, number>) {
    this.routes = routes;
    this.#server.on('connect', (request, client, head) => this.#tunnel(request, client, head));
  }

  /** @returns the proxy's URL, for HTTPS_PROXY */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
    return `http://127.0.0.1:${address.port}`;
  }

  /** bytes that went through all tunnels to the servers until now, TLS's own included */
  get bytesSent(): number {
    return Array.from(this.#servers).reduce((sum, { bytesWritten }) => sum + bytesWritten, this.#sentBefore);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #tunnel(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const authority = request.url ?? '';
    this.connects.push(authority);
    this.#keep(client);
    const port = this.routes.get(authority);
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const server: Socket = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) server.write(head);
      client.pipe(server).pipe(client);
    });
    server.setNoDelay();
    this.#keep(server);
    this.#servers.add(server);
    server.on('close', () => {
      this.#servers.delete(server);
      this.#sentBefore += server.bytesWritten;
      client.destroy();
    });
    client.on('close', () => server.destroy());
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}
