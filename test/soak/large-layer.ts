import { makeCertificates } from '../fake/certificates.ts';
import { ConnectProxy } from '../fake/proxy.ts';
import { GeneratedLayer, GeneratedSource, HashingSink } from './generated-layer.ts';
import { atLeast, atMost, mebibyte, type Row, told } from './row.ts';
import { watchedRun } from './watched-run.ts';

const hosts = ['from.example', 'to.example'];
const mostGrowthMiB = 64;
const limitMs = 30 * 60_000;

/** One layer of so many bytes whose download breaks twice, against an image with a layer of 2 MiB. */
export async function largeLayer(size: number): Promise<readonly Row[]> {
  const idle = await carry(new GeneratedLayer('small', 2 * mebibyte), []);
  const large = await carry(
    new GeneratedLayer('large', size),
    [0.3, 0.8].map((share) => Math.floor(share * size)),
  );
  const what = `one layer of ${(size / 2 ** 30).toFixed(1)} GiB, broken off twice`;
  return [
    atLeast(`${what}: arrived with the right digest`, large.arrived, 1, 'time'),
    atMost(`${what}: uploads of it`, large.uploads, 1, ''),
    atMost(`${what}: resident memory over an idle process`, (large.peak - idle.peak) / mebibyte, mostGrowthMiB, 'MiB'),
    told(`${what}: downloads that it took`, String(large.downloads)),
    told(`${what}: speed`, `${(size / mebibyte / (large.ms / 1000)).toFixed(0)} MiB/s`),
  ];
}

async function carry(layer: GeneratedLayer, breaks: readonly number[]) {
  const certificates = await makeCertificates(hosts);
  await using source = new GeneratedSource(layer, breaks, certificates.server);
  await using sink = new HashingSink(certificates.server);
  const ports = [await source.listen(), await sink.listen()];
  const proxy = new ConnectProxy(new Map(hosts.map((host, index) => [`${host}:443`, ports[index] ?? 0])));
  const environment = { HTTPS_PROXY: await proxy.listen(), NODE_EXTRA_CA_CERTS: certificates.authorityFile };
  const args = [...hosts.map((host) => `${host}/a/app:v1`), '--no-attached'];
  const { status, stderr, peak, ms } = await watchedRun(args, environment, limitMs);
  await Promise.all([proxy.stop(), certificates.remove()]);
  if (status !== 0) throw new Error(`a layer of ${layer.size} bytes: exit ${status}\n${stderr.slice(-3000)}`);
  const arrived = sink.committed.filter((digest) => digest === layer.digest).length;
  // The config is the other one.
  return { arrived, uploads: sink.uploads - 1, downloads: source.requests, peak, ms };
}
