import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { Origins } from '../../src/http/origins.ts';

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
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  const origins = new Origins(
    () => true,
    () => '',
  );
  onTestFinished(() => {
    origins.close();
    server.close();
    server.closeAllConnections();
  });
  const content = Readable.from(
    Array.from({ length: count }, () => chunk),
    { objectMode: false },
  );
  const url = new URL(`http://127.0.0.1:${address.port}/`);
  const transport = new NetworkTransport(origins, new AbortController().signal);
  const { status, body } = await transport.upload({ url, headers: {}, content, length: count * chunk.length });
  expect([status, Buffer.from(body).toString()]).toEqual([403, 'you may not']);
  expect(content.destroyed).toBe(true);
});
