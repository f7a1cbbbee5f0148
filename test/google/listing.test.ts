import { describe, expect, it } from 'vitest';
import { ArtifactRegistryListing } from '../../src/google/listing.ts';
import type { HttpRequest, Transport } from '../../src/http/transport.ts';

const base = 'https://artifactregistry.googleapis.com/v1/projects/p/locations/us/repositories/r';
const digest = `sha256:${'a'.repeat(64)}`;
const bare = `sha256:${'b'.repeat(64)}`;
const place = { project: 'p', location: 'us', repository: 'r', image: 'team/api' };
const errand = {
  side: 'source',
  reference: 'us-docker.pkg.dev/p/r/team/api',
  action: 'list',
  doing: 'listing',
} as const;

/** Answers by the URL behind the repository's, and remembers what was asked. */
class ScriptedApi implements Transport {
  readonly asked: HttpRequest[] = [];
  readonly #answers: Readonly<Record<string, unknown>>;
  status = 200;

  constructor(answers: Readonly<Record<string, unknown>>) {
    this.#answers = answers;
  }

  async send(request: HttpRequest) {
    this.asked.push(request);
    const answer = this.#answers[request.url.href.slice(base.length)];
    const body = Buffer.from(JSON.stringify(answer ?? { error: { message: 'API words' } }));
    const status = answer === undefined && this.status === 200 ? 404 : this.status;
    return { status, url: request.url, headers: {}, body };
  }

  download(): never {
    throw new Error('nothing is downloaded');
  }

  upload(): never {
    throw new Error('nothing is uploaded');
  }
}

const names = (...packages: string[]) => packages.map((name) => ({ name: `projects/p/packages/${name}` }));
const whole = {
  '/packages?pageSize=1000': { packages: names('team%2Fapi', 'team%2Fapi%2Fdebug%2Fx', 'web'), nextPageToken: 'n+1' },
  '/packages?pageSize=1000&pageToken=n%2B1': {
    packages: names('team%2Fapi%2Fdebug', 'team%2Fapi%2Ftools', 'team%2Fapis'),
  },
  '/packages/team%2Fapi/tags?pageSize=1000': {
    tags: [{ name: 'x/tags/v1', version: `x/versions/${digest}` }],
    nextPageToken: '2',
  },
  '/packages/team%2Fapi/tags?pageSize=1000&pageToken=2': {
    tags: [{ name: 'x/tags/v2', version: `x/versions/${digest}` }],
  },
  '/packages/team%2Fapi/versions?pageSize=1000': {
    versions: [{ name: `x/versions/${digest}`, createTime: '2026-11-24T10:00:00.5Z' }, { name: `x/versions/${bare}` }],
  },
};

describe('a listing by the REST API', () => {
  it('joins all pages of tags, versions and packages', async () => {
    const api = new ScriptedApi(whole);
    expect(await new ArtifactRegistryListing(api, async () => 'quota').listing(place, errand)).toEqual({
      tags: ['v1', 'v2'],
      manifests: [
        { digest, tags: ['v1', 'v2'], uploadedAt: Date.UTC(2026, 10, 24, 10, 0, 0, 500) },
        { digest: bare, tags: [], uploadedAt: undefined },
      ],
      children: ['debug', 'tools'],
    });
    expect(api.asked.map(({ headers }) => headers['x-goog-user-project'])).toEqual(Array(5).fill('quota'));
  });

  it('of a whole repository asks for its images alone', async () => {
    const api = new ScriptedApi(whole);
    const listing = await new ArtifactRegistryListing(api, async () => undefined).listing(
      { ...place, image: '' },
      errand,
    );
    expect(listing).toEqual({ tags: [], manifests: [], children: ['team', 'web'] });
    expect(api.asked).toHaveLength(2);
  });

  it('of a path that is no image has what lies below it', async () => {
    const { '/packages?pageSize=1000': first, '/packages?pageSize=1000&pageToken=n%2B1': second } = whole;
    const api = new ScriptedApi({
      '/packages?pageSize=1000': first,
      '/packages?pageSize=1000&pageToken=n%2B1': second,
    });
    const listing = await new ArtifactRegistryListing(api, async () => undefined).listing(
      { ...place, image: 'team' },
      errand,
    );
    expect(listing).toEqual({ tags: [], manifests: [], children: ['api', 'apis'] });
  });

  it.each([
    [403, 'DENIED'],
    [401, 'UNAUTHENTICATED'],
    [500, 'REGISTRY_FAILED'],
  ])('that is answered %i fails as %s, with the words of the API', async (status, code) => {
    const api = new ScriptedApi({});
    api.status = status;
    await expect(new ArtifactRegistryListing(api, async () => undefined).listing(place, errand)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^source us-docker\.pkg\.dev\/p\/r\/team\/api: .*API words/),
    });
  });

  it.each([
    ['tags', { tags: 'v1' }],
    ['tags', { tags: [{ name: 'x/tags/%zz', version: `x/versions/${digest}` }] }],
    ['versions', { versions: [{ name: 'x/versions/%' }] }],
    ['versions', { versions: [{ name: `x/versions/${bare}`, createTime: 'yesterday' }] }],
  ])('fails where the %s are not of the API: %j', async (what, page) => {
    const strange = new ScriptedApi({ ...whole, [`/packages/team%2Fapi/${what}?pageSize=1000`]: page });
    await expect(
      new ArtifactRegistryListing(strange, async () => undefined).listing(place, errand),
    ).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('fails where the pages do not end', async () => {
    const again = { '/packages?pageSize=1000&pageToken=n': { nextPageToken: 'n' } };
    const endless = new ScriptedApi({ '/packages?pageSize=1000': { nextPageToken: 'n' }, ...again });
    await expect(
      new ArtifactRegistryListing(endless, async () => undefined).listing({ ...place, image: '' }, errand),
    ).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
