import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { besideLinkLocal, GoogleCloud } from '../../src/google/google-cloud.ts';
import { noLimits } from '../fake/limits.ts';
import { listen } from '../http/loopback.ts';

it.each([
  ['http://169.254.169.254/metadata/identity/oauth2/token', ''],
  ['http://169.254.170.2/v2/credentials', ''],
  ['https://sts.googleapis.com/v1/token', 'http://proxy:3128'],
  ['https://169.254.example/token', 'http://proxy:3128'],
])('%s goes by the proxy %j', (url, proxy) => {
  expect(besideLinkLocal(() => 'http://proxy:3128')(url)).toBe(proxy);
});

describe('advice, where the metadata server takes connections and says nothing', () => {
  const fault = new Fault('NOT_FOUND', 'there is no such thing', {
    about: {
      side: 'source',
      reference: 'us-central1-docker.pkg.dev/p/r/i',
      action: 'list',
      status: 404,
      text: '',
    },
  });

  it('takes some seconds at most, and is the fault as it was then', { timeout: 20_000 }, async () => {
    const google = await unanswered();
    const startedAt = performance.now();
    expect(await google.advise(fault, new AbortController().signal)).toBe(fault);
    expect(performance.now() - startedAt).toBeLessThan(9_000);
  });

  it('ends at once when a signal ends the run', async () => {
    const google = await unanswered();
    const ending = new AbortController();
    setTimeout(() => ending.abort(new Fault('SIGTERM', 'ended by SIGTERM')), 100);
    const startedAt = performance.now();
    expect(await google.advise(fault, ending.signal)).toBe(fault);
    expect(await google.advise(fault, ending.signal)).toBe(fault);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

async function unanswered(): Promise<GoogleCloud> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  const GCE_METADATA_HOST = `127.0.0.1:${await listen(server)}`;
  const google = new GoogleCloud({ GCE_METADATA_HOST }, [], noLimits(), () => '');
  onTestFinished(() => google.close());
  return google;
}
