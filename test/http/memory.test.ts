import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { answer } from '../fake/exchange.ts';
import { FakeServer } from '../fake/server.ts';
import { openOrigins } from './loopback.ts';
import { trustedCertificate } from './trust.ts';

describe('a small request over HTTP/2', () => {
  it('is forgotten once it is answered, so that a batch takes no more memory than what is under way', async () => {
    const { url, transport } = await start();
    const sent = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const body = Buffer.alloc(1000, 1);
        const { status, version } = await transport.send({ method: 'PUT', url, headers: {}, body, maxBytes: 1000 });
        expect([status, version]).toEqual([201, '2.0']);
        return new WeakRef(body);
      }),
    );
    await turn();
    collectGarbage();
    expect(sent.filter((body) => body.deref() !== undefined).length).toBeLessThan(3);
  });
});

async function start(): Promise<{ url: URL; transport: NetworkTransport }> {
  const { server: certificate } = await trustedCertificate('localhost');
  const server = new FakeServer(new Map([['localhost', { handle: async () => answer(201, {}, Buffer.from('{}')) }]]));
  const port = await server.listenTls(certificate);
  onTestFinished(() => server.stop());
  return {
    url: new URL(`https://localhost:${port}/v2/`),
    transport: new NetworkTransport(openOrigins(), new AbortController().signal),
  };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
}
