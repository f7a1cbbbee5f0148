import { createServer, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { listen, openOrigins, requestsOf } from './loopback.ts';

describe('S33 interim answers (1xx)', () => {
  it.each(['download', 'upload', 'send'] as const)('without an end: PROTOCOL, at a %s', async (what) => {
    const { begin, written } = await serve(100_000);
    await expect(begin[what]()).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('not HTTP as it should be'),
    });
    expect(written()).toBeLessThan(100_000);
  });

  it('two of them, as servers send them, are passed over', async () => {
    const { begin } = await serve(2);
    expect(Buffer.from((await begin.send()).body).toString()).toBe('there');
    expect((await buffer((await begin.download()).body)).toString()).toBe('there');
    expect((await begin.upload()).status).toBe(200);
  });
});

/** A server that sends so many of them before its answer. */
async function serve(count: number) {
  let sent = 0;
  const listener: RequestListener = async (request, response) => {
    request.resume();
    for (; sent < count && !response.destroyed; sent += 1) {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      if (sent % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    response.end('there');
    sent = 0;
  };
  const url = new URL(`http://127.0.0.1:${await listen(createServer(listener))}/`);
  const transport = new NetworkTransport(openOrigins(), new AbortController().signal);
  const begin = requestsOf(transport, url);
  return { begin, written: () => sent };
}
