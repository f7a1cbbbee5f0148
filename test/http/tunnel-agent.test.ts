import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { TunnelAgent } from '../../src/http/tunnel-agent.ts';
import type { Certificate } from '../fake/certificates.ts';
import { answer } from '../fake/exchange.ts';
import { ConnectProxy } from '../fake/proxy.ts';
import { FakeServer } from '../fake/server.ts';
import { listen, openOrigins } from './loopback.ts';
import { trustedCertificate } from './trust.ts';

const url = new URL('https://registry.example/v2/');

describe('S25 S33 a proxy that answers CONNECT', () => {
  it('piece by piece is listened to by one listener, and the tunnel is used', async () => {
    const through = await proxyThat(async (client) => {
      client.write('HTTP/1.1 200 OK\r\n');
      for (let piece = 0; piece < 15; piece += 1) {
        await sleep(5);
        client.write(`x-${piece}: 1\r\n`);
      }
      client.write('\r\n');
    });
    const warned = vi.fn();
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    await expect(ask(through)).resolves.toMatchObject({ status: 200, version: '2.0' });
    expect(warned).not.toHaveBeenCalled();
  });

  it('with more than 64 KiB of headers fails at once', async () => {
    const through = await proxyThat(async (client) => {
      client.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}`);
    });
    await expect(ask(through)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('by a refusal is named with its status, in harmless words', async () => {
    const through = await proxyThat(async (client) => {
      client.end('HTTP/1.1 407 ::set-output\r\n\r\n');
    });
    await expect(ask(through)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(
        /the proxy 127\.0\.0\.1:\d+ opens no tunnel to registry\.example:443: 407 :\\u\{3a\}set/,
      ),
    });
  });
});

it('a tunnel that is not open in time is given up, whoever waits for it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const silent = await listen(createServer((client) => client.on('error', () => undefined)));
  const agent = new TunnelAgent(new URL(`http://127.0.0.1:${silent}`), {});
  const done = vi.fn();
  agent.createConnection({ host: url.host, port: 443 }, done);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ETIMEDOUT' }));
});

it('the proxy gets its login, decoded, and the authority that is asked for', async () => {
  const heads: string[] = [];
  const port = await listen(
    createServer((client) => {
      client.on('error', () => undefined);
      client.once('data', (head) => {
        heads.push(head.toString());
        client.destroy();
      });
    }),
  );
  const origins = openOrigins(`http://us%40er:p%3Aw@127.0.0.1:${port}`);
  const transport = new NetworkTransport(origins, new AbortController().signal);
  const asked = transport.send({ method: 'GET', url: new URL('https://[::1]:8443/'), headers: {}, maxBytes: 1 });
  await expect(asked).rejects.toMatchObject({ code: 'NETWORK' });
  expect(heads[0]).toMatch(/^CONNECT \[::1\]:8443 HTTP\/1\.1\r\n/);
  expect(heads[0]?.toLowerCase()).toContain('host: [::1]:8443\r\n');
  expect(heads[0]).toContain(`proxy-authorization: Basic ${Buffer.from('us@er:p:w').toString('base64')}\r\n`);
});

it('a proxy may be spoken to over TLS', async () => {
  const { server: certificate } = await trustedCertificate(url.host, 'localhost');
  const plain = new ConnectProxy(new Map([[`${url.host}:443`, await registry(certificate)]]));
  const port = Number(new URL(await plain.listen()).port);
  onTestFinished(() => plain.stop());
  const proxy = createTlsServer(certificate, (client) => join(client, connect(port, '127.0.0.1')));
  await expect(ask(`https://localhost:${await listen(proxy)}`)).resolves.toMatchObject({ status: 200, version: '2.0' });
});

function ask(proxy: string) {
  const transport = new NetworkTransport(openOrigins(proxy), new AbortController().signal);
  return transport.send({ method: 'GET', url, headers: {}, maxBytes: 1000 });
}

/** @returns the address of a proxy that answers so, and leads to a registry */
async function proxyThat(answers: (client: Socket) => Promise<void>): Promise<string> {
  const { server: certificate } = await trustedCertificate(url.host);
  const port = await registry(certificate);
  const proxy = createServer((client) => {
    client.once('data', async () => {
      await answers(client);
      join(client, connect(port, '127.0.0.1'));
    });
    client.on('error', () => undefined);
  });
  return `http://127.0.0.1:${await listen(proxy)}`;
}

/** @returns the port of a registry over TLS */
async function registry(certificate: Certificate): Promise<number> {
  const server = new FakeServer(new Map([[url.host, { handle: async () => answer(200, {}) }]]));
  onTestFinished(() => server.stop());
  return server.listenTls(certificate);
}

/** Until the test ends. */
function join(one: Socket, other: Socket): void {
  for (const socket of [one, other]) {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      one.destroy();
      other.destroy();
    });
    onTestFinished(() => void socket.destroy());
  }
  one.pipe(other).pipe(one);
}
