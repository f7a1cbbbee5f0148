import { once } from 'node:events';
import type { Server } from 'node:net';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { Origins } from '../../src/http/origins.ts';
import type { Transport } from '../../src/http/transport.ts';

/** Lets a server listen on loopback until the test ends. @returns the port */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') {
      server.closeAllConnections();
    }
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

/** Origins of which any may be private, until the test ends. @param proxy of all; empty: none */
export function openOrigins(proxy = ''): Origins {
  const origins = new Origins(
    () => true,
    () => proxy,
  );
  onTestFinished(() => origins.close());
  return origins;
}

/** One request of each kind to a URL. */
export function requestsOf(transport: Transport, url: URL) {
  return {
    download: () => transport.download({ url, headers: {} }),
    upload: () => {
      const content = Readable.from([Buffer.alloc(10)], { objectMode: false });
      return transport.upload({ url, headers: {}, content, length: 10 });
    },
    send: () => transport.send({ method: 'GET', url, headers: {}, maxBytes: 1000 }),
  };
}
