import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { usualPatience } from '../../src/http/patience.ts';
import { ConnectProxy } from '../fake/proxy.ts';
import { listen, openOrigins, requestsOf } from './loopback.ts';

const host = 'registry.example';
const late = new Fault('DEADLINE', 'not done within 0.1 s');

describe.each([
  ['that never answers CONNECT', silentProxy],
  ['to a server that never shakes hands', proxyToSilence],
  ['nowhere: directly to a server that never shakes hands', async () => ''],
])('S25 behind a proxy %s', (_where, proxyAddress) => {
  it.each(['download', 'upload'] as const)('a %s is given up when there is no connection in time', async (what) => {
    const { begin } = await start(proxyAddress, 200);
    await expect(begin(what)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('no connection within 0.2 s'),
    });
  });

  it.each(['download', 'upload', 'send'] as const)('a %s ends at once when everything is stopped', async (what) => {
    const { begin, stopping } = await start(proxyAddress, 5_000);
    setTimeout(() => stopping.abort(late), 100);
    const began = performance.now();
    await expect(begin(what)).rejects.toBe(late);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

async function start(proxyAddress: () => Promise<string>, connectMs: number) {
  const proxy = await proxyAddress();
  const stopping = new AbortController();
  const transport = new NetworkTransport(openOrigins(proxy), stopping.signal, { ...usualPatience, connectMs });
  const url = new URL(proxy === '' ? `https://127.0.0.1:${await silentServer()}/` : `https://${host}/`);
  const begin = requestsOf(transport, url);
  return { stopping, begin: (what: keyof typeof begin) => begin[what]() };
}

/** @returns the port of a server that takes connections and says nothing */
async function silentServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.resume();
  });
  return listen(server);
}

async function silentProxy(): Promise<string> {
  return `http://127.0.0.1:${await silentServer()}`;
}

async function proxyToSilence(): Promise<string> {
  const proxy = new ConnectProxy(new Map([[`${host}:443`, await silentServer()]]));
  onTestFinished(() => proxy.stop());
  return proxy.listen();
}
