import { expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import type { HttpResponse } from '../../src/http/transport.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { AuthorizedTransport } from '../../src/registry/authorized-transport.ts';
import { RemoteRepository } from '../../src/registry/repository.ts';
import { ociIndex } from '../fake/image-parts.ts';
import { noLimits } from '../fake/limits.ts';
import { sending } from '../fake/sending.ts';

const origin = new URL('https://from.example');
const subject = digestOf(Buffer.from('subject'), 'sha256');
const anonymous = { authorization: async () => undefined, renew: async () => undefined };
const lost = () => new Fault('NETWORK', 'the connection was closed');

function respond(url: URL, status: number, headers = {}, body = ''): HttpResponse {
  return { url, status, headers, body: Buffer.from(body) };
}

it('a token exchange that failed is tried again by the next request', async () => {
  let exchanges = 0;
  const inner = sending(async ({ url, headers }) => {
    if (url.pathname === '/token') {
      exchanges += 1;
      if (exchanges === 1) throw lost();
      return respond(url, 200, {}, '{"token":"there"}');
    }
    const challenge = { 'www-authenticate': 'Bearer realm="https://from.example/token"' };
    return headers.authorization === 'Bearer there' ? respond(url, 200) : respond(url, 401, challenge);
  });
  const transport = new AuthorizedTransport(inner, origin, anonymous);
  const request = { method: 'GET' as const, url: new URL('/v2/app/tags/list', origin), headers: {}, maxBytes: 1000 };
  await expect(transport.send(request)).rejects.toMatchObject({ code: 'NETWORK' });
  expect((await transport.send(request)).status).toBe(200);
});

it('a token realm that fails is no registry that knows us not', async () => {
  const challenge = { 'www-authenticate': 'Bearer realm="https://from.example/token"' };
  const inner = sending(async ({ url }) =>
    url.pathname === '/token' ? respond(url, 503) : respond(url, 401, challenge),
  );
  const transport = new AuthorizedTransport(inner, origin, anonymous);
  const request = { method: 'GET' as const, url: new URL('/v2/app/tags/list', origin), headers: {}, maxBytes: 1000 };
  await expect(transport.send(request)).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
});

it('whether a registry lists referrers is asked again where that failed', async () => {
  let asked = 0;
  const inner = sending(async ({ url }) => {
    if (!url.pathname.includes('/referrers/')) return respond(url, 404);
    asked += 1;
    if (asked === 1) throw lost();
    return respond(url, 200, {}, '{"manifests":[]}');
  });
  const repository = new RemoteRepository(parseReference('from.example/app'), inner, 'source', noLimits());
  await expect(repository.referrers(subject)).rejects.toMatchObject({ code: 'NETWORK' });
  expect(await repository.referrers(subject)).toEqual([]);
});

it('a list of referrers whose next page is gone is no registry without such lists', async () => {
  const entry = { mediaType: ociIndex, digest: subject, size: 1 };
  const inner = sending(async ({ url }) => {
    if (url.searchParams.has('page') || !url.pathname.includes('/referrers/')) return respond(url, 404);
    return respond(url, 200, { link: '<?page=2>; rel="next"' }, JSON.stringify({ manifests: [entry] }));
  });
  const repository = new RemoteRepository(parseReference('from.example/app'), inner, 'source', noLimits());
  await expect(repository.referrers(subject)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('what stands under the fallback tag matters only where the registry lists no referrers itself', async () => {
  const inner = sending(async ({ url }) =>
    url.pathname.includes('/referrers/')
      ? respond(url, 200, {}, '{"manifests":[]}')
      : respond(url, 200, { 'content-type': 'text/html' }, 'no index'),
  );
  const repository = new RemoteRepository(parseReference('from.example/app'), inner, 'source', noLimits());
  expect(await repository.referrers(subject)).toEqual([]);
});

it('a blob that is known by sha512 may be kept under its sha256 as well', async () => {
  const bytes = Buffer.from('a blob');
  const digest = digestOf(bytes, 'sha512');
  const inner = sending(async ({ method, url }) =>
    method === 'POST'
      ? respond(url, 202, { location: '/upload' })
      : respond(url, 201, { 'docker-content-digest': digestOf(bytes, 'sha256') }),
  );
  const repository = new RemoteRepository(parseReference('to.example/app'), inner, 'destination', noLimits());
  const session = await repository.startUpload();
  await session.commit({ mediaType: 'application/octet-stream', digest, size: bytes.length }, bytes);
});
