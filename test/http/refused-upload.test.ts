import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { listen, openOrigins } from './loopback.ts';

const chunk = Buffer.alloc(64 * 1024);
const count = 1600;

it('an upload that is refused before its end: the whole refusal is read, although its text comes late', async () => {
  const server = createServer((request, response) => {
    request.once('data', async () => {
      request.pause();
      response.writeHead(403).flushHeaders();
      await sleep(50);
      response.end('you may not');
    });
  });
  const url = new URL(`http://127.0.0.1:${await listen(server)}/`);
  const content = Readable.from(
    Array.from({ length: count }, () => chunk),
    { objectMode: false },
  );
  const transport = new NetworkTransport(openOrigins(), new AbortController().signal);
  const { status, body } = await transport.upload({ url, headers: {}, content, length: count * chunk.length });
  expect([status, Buffer.from(body).toString()]).toEqual([403, 'you may not']);
  expect(content.destroyed).toBe(true);
});
