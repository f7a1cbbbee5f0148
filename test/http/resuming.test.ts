import { Readable } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ResumingTransport } from '../../src/http/resuming-transport.ts';
import type { Transport } from '../../src/http/transport.ts';
import { noLimits } from '../fake/limits.ts';

it('a download that nobody reads any more is not asked for again', async () => {
  let asked = 0;
  const first = new Readable({ read: () => undefined });
  const download: Transport['download'] = async ({ url }) => {
    asked += 1;
    return { url, status: 200, headers: {}, body: first };
  };
  const never = () => Promise.reject(new Error('not asked for'));
  const limits = noLimits();
  const waits: AbortSignal[] = [];
  const sleep = async (_ms: number, signal: AbortSignal) => {
    waits.push(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    signal.throwIfAborted();
  };
  const transport = new ResumingTransport(
    { send: never, upload: never, download },
    { ...limits, clock: { ...limits.clock, sleep } },
    () => undefined,
  );
  const { body } = await transport.download({ url: new URL('https://a.example/v2/a/blobs/x'), headers: {} });
  body.resume();
  first.destroy(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
  while (waits.length === 0) await tick();
  body.destroy();
  await tick();
  expect(waits[0]?.aborted).toBe(true);
  expect(asked).toBe(1);
});
