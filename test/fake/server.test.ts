import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.ts';
import { answer, type FakeRequest } from './exchange.ts';
import {
  abortedAfter,
  afterwards,
  beforehand,
  corruptByte,
  heldUntil,
  instead,
  lostAnswer,
  resetAfter,
  resetRequestAfter,
  stalledAfter,
  surplus,
  truncated,
  withHeaders,
  withoutHeader,
} from './faults.ts';
import type { Fault } from './script.ts';
import { FakeServer } from './server.ts';

const long = 'x'.repeat(21_000);

describe('the server under the fakes', () => {
  let handled: FakeRequest[];
  let server: FakeServer;
  let base: string;

  beforeEach(async () => {
    handled = [];
    const handle = async (request: FakeRequest) => {
      handled.push(request);
      await request.body.bytes();
      return answer(200, { 'x-kind': 'true', 'x-other': 'there' }, Buffer.from('0123456789'));
    };
    server = new FakeServer(new Map([['*', { handle }]]));
    base = `http://127.0.0.1:${await server.listen()}`;
  });

  afterEach(() => server.stop());

  async function text(path: string): Promise<string> {
    return (await fetch(`${base}${path}`)).text();
  }

  it('remembers requests and counts connections', async () => {
    const put = await fetch(`${base}/a`, { method: 'PUT', body: 'four', headers: { authorization: 'Bearer t' } });
    await put.text();
    await text('/b');
    expect(server.requests).toMatchObject([
      {
        method: 'PUT',
        target: '/a',
        status: 200,
        bytesReceived: 4,
        bytesSent: 10,
        protocol: 'http/1.1',
        connection: 1,
      },
      { method: 'GET', target: '/b', status: 200, bytesReceived: 0, bytesSent: 10 },
    ]);
    expect(server.requests[0]?.headers['authorization']).toBe('Bearer t');
    expect(server.seen('GET', /b$/)).toHaveLength(1);
    expect(server.seen('PUT')).toHaveLength(1);
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(server.connections);
  });

  it('calls onRequest before it handles, and answers 421 for a host it does not know', async () => {
    server.onRequest = () => server.hosts.clear();
    expect((await fetch(`${base}/a`)).status).toBe(421);
    expect(handled).toHaveLength(0);
  });

  it.each<[string, Fault, string]>([
    ['corruptByte', corruptByte(1), '0\ufffd23456789'],
    ['truncated', truncated(3), '012'],
    ['surplus', surplus(2), '0123456789++'],
    ['instead', instead(503, { 'retry-after': '1' }, 'later'), 'later'],
  ])('%s', async (_name, fault, expected) => {
    server.script.add({ method: 'GET', target: /faulty/, nth: [2], fault });
    expect(await text('/faulty')).toBe('0123456789');
    expect(await text('/faulty')).toBe(expected);
    expect(await text('/faulty')).toBe('0123456789');
  });

  it.each<[string, Fault, number]>([
    ['resetAfter', resetAfter(4), 1],
    ['abortedAfter', abortedAfter(4), 1],
    ['lostAnswer', lostAnswer(), 1],
    ['resetRequestAfter', resetRequestAfter(2), 0],
  ])('%s breaks the connection', async (_name, fault, handledBefore) => {
    server.script.add({ fault });
    const broken = fetch(`${base}/a`, { method: 'PUT', body: 'four' }).then((response) => response.text());
    await expect(broken).rejects.toThrow();
    expect(handled).toHaveLength(handledBefore);
  });

  it('faults join: headers, an act before, an act after, a wait', async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    server.script.add({ fault: withHeaders({ 'x-kind': 'false' }) });
    server.script.add({ fault: withoutHeader('x-other') });
    server.script.add({ fault: afterwards(() => order.push(`after ${handled.length}`)) });
    server.script.add({ fault: beforehand(() => order.push(`before ${handled.length}`)) });
    server.script.add({ fault: heldUntil(gate.promise) });
    server.onRequest = () => gate.resolve();
    const { headers } = await fetch(`${base}/a`);
    expect([headers.get('x-kind'), headers.get('x-other')]).toEqual(['false', null]);
    expect(order).toEqual(['before 0', 'after 1']);
    server.script.clear();
    expect((await fetch(`${base}/a`)).headers.get('x-kind')).toBe('true');
  });

  it('stalledAfter sends the rest when the promise resolves', async () => {
    const gate = Promise.withResolvers<void>();
    server.script.add({ fault: stalledAfter(4, gate.promise) });
    const response = await fetch(`${base}/a`);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('0123');
    gate.resolve();
    const second = await reader?.read();
    expect(Buffer.from(second?.value ?? []).toString()).toBe('456789');
  });

  it('dropConnections ends what is open', async () => {
    server.script.add({ fault: beforehand(() => server.dropConnections()) });
    await expect(text('/a')).rejects.toThrow();
  });
});

describe('TLS', () => {
  let certificates: Certificates;
  let server: FakeServer;

  beforeEach(async () => {
    certificates = await makeCertificates(['registry.example', '127.0.0.1']);
    const handle = async (request: FakeRequest) => answer(200, { location: long }, Buffer.from(request.host));
    server = new FakeServer(new Map([['registry.example', { handle }]]));
  });

  afterEach(async () => {
    await server.stop();
    await certificates.remove();
  });

  it('speaks HTTP/2 on one connection, with headers above 21 KB both ways, and says GOAWAY', async () => {
    const port = await server.listenTls(certificates.server);
    const ca = await readFile(certificates.authorityFile);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername: 'registry.example' });
    const closed = new Promise((resolve) => session.once('close', resolve));
    const locations = [0, 1].map(async () => {
      const stream = session.request({ ':path': `/${long}`, ':authority': 'registry.example' });
      const headers = new Promise<string | undefined>((resolve, reject) => {
        stream.once('response', ({ location }) => resolve(location));
        stream.once('error', reject);
      });
      stream.resume();
      return headers;
    });
    expect(await Promise.all(locations)).toEqual([long, long]);
    expect(server.requests).toMatchObject([
      { protocol: 'h2', host: 'registry.example', connection: 1, bytesSent: 16 },
      { protocol: 'h2', connection: 1 },
    ]);
    expect(server.connections).toBe(1);
    server.goAway();
    await closed;
  });

  it.each<[string, Fault, 'open' | 'ended']>([
    ['abortedAfter ends the stream alone', abortedAfter(4), 'open'],
    ['resetAfter ends the connection', resetAfter(4), 'ended'],
  ])('over HTTP/2 %s', async (_name, fault, expected) => {
    const port = await server.listenTls(certificates.server);
    const ca = await readFile(certificates.authorityFile);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername: 'registry.example' });
    session.on('error', () => undefined);
    server.script.add({ nth: [1], fault });
    const text = async (): Promise<string> => {
      const stream = session.request({ ':path': '/', ':authority': 'registry.example' });
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      if (stream.rstCode !== 0) throw new Error(`reset with code ${stream.rstCode}`);
      return Buffer.concat(chunks).toString();
    };
    await expect(text()).rejects.toThrow();
    expect(await text().catch(() => 'ended')).toBe(expected === 'open' ? 'registry.example' : 'ended');
    session.destroy();
  });

  it.each([
    ['beside HTTP/2', undefined],
    ['alone', ['http/1.1'] as const],
  ])('speaks HTTP/1.1 %s, with headers above 21 KB both ways', async (_name, protocols) => {
    const port = await server.listenTls(certificates.server, protocols);
    const ca = await readFile(certificates.authorityFile);
    const location = await new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: `/${long}`, ca, servername: 'registry.example' };
      const headers = { host: 'registry.example' };
      const request = requestHttps({ ...options, headers, maxHeaderSize: 65_536 });
      request.once('response', (response) => resolve(response.resume().headers.location));
      request.once('error', reject).end();
    });
    expect(location).toBe(long);
    expect(server.requests).toMatchObject([{ protocol: 'http/1.1', host: 'registry.example', connection: 1 }]);
  });
});
