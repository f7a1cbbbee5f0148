import { Readable } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Gate } from '../../src/http/gate.ts';
import { RetryingTransport } from '../../src/http/retrying-transport.ts';
import { noLimits } from '../fake/limits.ts';

it('a download that is refused with a pause past the deadline is read off, so that its connection is free', async () => {
  const body = Readable.from([Buffer.from('slow down')]);
  const never = () => Promise.reject(new Error('not asked for'));
  const headers = { 'retry-after': '3600', 'content-length': '9' };
  const limits = { ...noLimits(), deadline: Date.now() + 1000 };
  const transport = new RetryingTransport(
    { send: never, upload: never, download: async ({ url }) => ({ url, status: 429, headers, body }) },
    limits,
    new Gate(limits),
    () => undefined,
  );
  const download = transport.download({ url: new URL('https://a.example/v2/a/blobs/x'), headers: {} });
  await expect(download).rejects.toThrow('3600 s');
  await tick();
  await tick();
  expect(body.readableEnded || body.destroyed).toBe(true);
});
