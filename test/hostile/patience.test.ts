import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import type { Patience } from '../../src/http/patience.ts';
import { answer } from '../fake/exchange.ts';
import { FakeServer } from '../fake/server.ts';
import { listen, openOrigins } from '../http/loopback.ts';
import { trustedCertificate } from '../http/trust.ts';

const brief: Patience = { connectMs: 1000, windowMs: 150, leastBytes: 1000, commitMs: 400, exchangeMs: 300 };
const chunk = Buffer.alloc(64 * 1024, 7);

describe('S25 a connection', () => {
  it('that brings nothing after the first bytes is given up', async () => {
    const url = await serve((_request, response) => void response.writeHead(200).write(chunk));
    const { body } = await transport().download({ url, headers: {} });
    await expect(buffer(body)).rejects.toMatchObject({ code: 'ETIMEDOUT', message: expect.stringContaining('moved') });
  });

  it('that never answers is given up', async () => {
    const url = await serve(() => undefined);
    await expect(transport().download({ url, headers: {} })).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('no byte moved for 0.15 s'),
    });
  });

  it('that brings a trickle is given up', async () => {
    const url = await serve((_request, response) => trickle(response, 1));
    const { body } = await transport().download({ url, headers: {} });
    await expect(buffer(body)).rejects.toThrow(/only \d+ bytes moved in 0.15 s/);
  });

  it('that is slow, but no trickle, is kept', async () => {
    const url = await serve((_request, response) => trickle(response, 1000, 25));
    const { body } = await transport().download({ url, headers: {} });
    expect(await buffer(body)).toHaveLength(25_000);
  });

  it('whose reader is the slow one is kept', async () => {
    const url = await serve((_request, response) => void response.writeHead(200).end(Buffer.alloc(4_000_000)));
    const { body } = await transport().download({ url, headers: {} });
    await sleep(3 * brief.windowMs);
    expect(await buffer(body)).toHaveLength(4_000_000);
  });

  it('that takes nothing of an upload is given up', async () => {
    const url = await serve((request) => void request.pause());
    const content = Readable.from(endless(), { objectMode: false });
    await expect(put(url, content, 1e12)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('moved'),
    });
    expect(content.destroyed).toBe(true);
  });

  it('whose upload waits for our own bytes is kept', async () => {
    const url = await serve(async (request, response) => void response.writeHead(201).end(await lengthOf(request)));
    const content = Readable.from(slowly(), { objectMode: false });
    expect((await put(url, content, 2 * chunk.length)).status).toBe(201);
  });

  it('that has a whole upload may think about it longer, but not for ever', async () => {
    const thinking =
      (ms: number): RequestListener =>
      async (request, response) => {
        await lengthOf(request);
        await sleep(ms);
        response.writeHead(201).end();
      };
    const content = () => Readable.from([chunk], { objectMode: false });
    const patient = await serve(thinking(2 * brief.windowMs));
    expect((await put(patient, content(), chunk.length)).status).toBe(201);
    const silent = await serve(async (request) => void (await lengthOf(request)));
    await expect(put(silent, content(), chunk.length)).rejects.toMatchObject({
      message: expect.stringContaining('no byte moved for 0.4 s'),
    });
  });

  it('over HTTP/2 that nothing comes through any more is left: the next request goes over another one', async () => {
    const certificates = await trustedCertificate('localhost');
    const server = new FakeServer(new Map([['localhost', { handle: async () => answer(200, {}) }]]));
    const port = await server.listenTls(certificates.server);
    onTestFinished(() => server.stop());
    server.script.add({ nth: [1], fault: () => new Promise(() => undefined) });
    const url = new URL(`https://localhost:${port}/v2/`);
    const ask = transport();
    const request = { method: 'GET', url, headers: {}, maxBytes: 1000 } as const;
    await expect(ask.send(request)).rejects.toMatchObject({ code: 'NETWORK' });
    expect((await ask.send(request)).status).toBe(200);
    expect(server.requests.map(({ protocol, connection }) => `${protocol} ${connection}`)).toEqual(['h2 1', 'h2 2']);
  });
});

async function serve(listener: RequestListener): Promise<URL> {
  return new URL(`http://127.0.0.1:${await listen(createServer(listener))}/x`);
}

function transport(): NetworkTransport {
  return new NetworkTransport(openOrigins(), new AbortController().signal, brief);
}

function put(url: URL, content: Readable, length: number) {
  return transport().upload({ url, headers: {}, content, length });
}

/** So many bytes each 20 ms, so often or without an end. */
async function trickle(response: ServerResponse, bytes: number, times = Number.POSITIVE_INFINITY): Promise<void> {
  for (let count = 0; count < times && !response.destroyed; count += 1) {
    response.write(Buffer.alloc(bytes));
    await sleep(20);
  }
  response.end();
}

async function lengthOf(request: IncomingMessage): Promise<string> {
  return String((await buffer(request)).length);
}

function* endless(): Generator<Uint8Array> {
  for (;;) yield chunk;
}

async function* slowly(): AsyncGenerator<Uint8Array> {
  yield chunk;
  await sleep(3 * brief.windowMs);
  yield chunk;
}
