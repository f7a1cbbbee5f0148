import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { answer } from '../fake/exchange.ts';
import { ConnectProxy } from '../fake/proxy.ts';
import { FakeServer } from '../fake/server.ts';
import { openOrigins } from './loopback.ts';
import { trustedCertificate } from './trust.ts';

const url = new URL('https://registry.example/v2/');

describe('behind a proxy small writes leave at once (Nagle is off)', () => {
  it('on the HTTP/2 session', async () => {
    const { transport, delays } = await start();
    const { version } = await transport.send({ method: 'GET', url, headers: {}, maxBytes: 1000 });
    expect(version).toBe('2.0');
    expect(delays()).toEqual(['off']);
  });

  it('on a connection for large layers', async () => {
    const { transport, delays } = await start();
    const content = Readable.from([Buffer.alloc(10)], { objectMode: false });
    const { version } = await transport.upload({ url, headers: {}, content, length: 10 });
    expect(version).toBe('1.1');
    expect(delays()).toEqual(['off']);
  });
});

/** @returns and what the operating system was told last of each connection to the proxy */
async function start(): Promise<{ transport: NetworkTransport; delays: () => readonly string[] }> {
  const { server: certificate } = await trustedCertificate(url.host);
  const server = new FakeServer(new Map([[url.host, { handle: async () => answer(201, {}) }]]));
  const port = await server.listenTls(certificate);
  onTestFinished(() => server.stop());
  const proxy = new ConnectProxy(new Map([[`${url.host}:443`, port]]));
  const address = await proxy.listen();
  onTestFinished(() => proxy.stop());
  const delays = await watchConnectionsTo(Number(new URL(address).port));
  return { transport: new NetworkTransport(openOrigins(address), new AbortController().signal), delays };
}

/** What Node's TCP handles have of interest here; a socket's own word for it may differ from what it told its handle. */
interface TcpHandle {
  setNoDelay(enable: boolean): number;
  getpeername(out: { port?: number }): number;
}

async function watchConnectionsTo(port: number): Promise<() => readonly string[]> {
  const told = new Map<TcpHandle, string>();
  const setNoDelay = vi.spyOn(await tcpHandles(), 'setNoDelay').mockImplementation(function (this: TcpHandle, enable) {
    const peer: { port?: number } = {};
    this.getpeername(peer);
    if (peer.port === port) told.set(this, enable ? 'off' : 'on');
    return 0;
  });
  onTestFinished(() => setNoDelay.mockRestore());
  return () => [...told.values()];
}

/** The prototype of all TCP handles. */
async function tcpHandles(): Promise<TcpHandle> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const handle: unknown = Reflect.get(server, '_handle');
  const handles: unknown = Object.getPrototypeOf(handle);
  server.close();
  if (!isTcpHandle(handles)) throw new Error('TCP handles are other than they were');
  return handles;
}

function isTcpHandle(handles: unknown): handles is TcpHandle {
  return typeof handles === 'object' && handles !== null && 'setNoDelay' in handles && 'getpeername' in handles;
}
