import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attachedArtifact, multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { type GoogleStage, startGoogleStage } from '../google-stage.ts';
import { holds, promote } from '../route.ts';
import { Shelf } from './shelf.ts';

describe('what only a listing names', () => {
  let stage: GoogleStage;
  let shelves = 0;
  let shelf: Shelf;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => {
    stage.reset();
    shelves += 1;
    shelf = new Shelf(stage.world, shelves);
  });
  afterAll(() => stage.world.stop());

  const environment = () => ({ ...stage.world.environment, ...shelf.substitutions });
  const pair = (image: string) => [`${shelf.source}${image}`, `${shelf.destination}${image}`];

  /** v1 to v5, each a day older than the next, and two moving tags */
  function releases(): void {
    for (const number of [1, 2, 3, 4, 5]) {
      shelf.put(singleImage(`release ${number}`, [200]), 'api', `v${number}`, number * 86_400_000);
    }
    shelf.tested('api').tags.set('v5-rc1', singleImage('release 4', [200]).root.digest);
    shelf.tested('api').tags.set('latest', singleImage('release 1', [200]).root.digest);
  }

  it('is every tag of an image, over all pages; verify and a second run find it so', async () => {
    releases();
    stage.world.registry(shelf.source.split('/')[0] ?? '').behaviour.tagPageSize = 3;
    const { status, report, stderr } = await promote(['--all-tags', ...pair('/api')], stage.world.environment);
    expect(status).toBe(0);
    expect(report.images).toHaveLength(7);
    expect(shelf.promoted()).toEqual(['latest', 'v1', 'v2', 'v3', 'v4', 'v5', 'v5-rc1'].map((tag) => `api:${tag}`));
    expect(stderr).toContain(`${shelf.source}/api (every tag)`);
    expect((await runPromote(['verify', '--all-tags', ...pair('/api')], stage.world.environment)).status).toBe(0);
    expect((await promote(['--all-tags', ...pair('/api')], stage.world.environment)).report.outcome).toBe('unchanged');
  });

  it('is what globs let through, from substitutions', async () => {
    releases();
    const { status } = await promote([], {
      ...environment(),
      _IMAGE: 'api',
      _ALL_TAGS: 'true',
      _INCLUDE: 'v*',
      _EXCLUDE: '*-rc?, v[1-2]',
    });
    expect(status).toBe(0);
    expect(shelf.promoted()).toEqual(['api:v3', 'api:v4', 'api:v5']);
  });

  it('is the newest by upload time', async () => {
    releases();
    const args = ['--all-tags', ...pair('/api'), '--newest', '3'];
    expect((await promote(args, stage.world.environment)).status).toBe(0);
    expect(shelf.promoted()).toEqual(['api:v4', 'api:v5', 'api:v5-rc1']);
  });

  it('is every image below a repository, found by what Artifact Registry tells', async () => {
    releases();
    const web = multiPlatformIndex('recursive', sixPlatforms.slice(0, 2), 300);
    shelf.put(web, 'team/web', 'v1');
    shelf.put(web, 'team/web/debug', 'v1');
    const { status, report } = await promote(['--recursive', ...pair('')], stage.world.environment);
    expect(status).toBe(0);
    expect(report.images).toHaveLength(9);
    expect(shelf.promoted()).toContain('team/web/debug:v1');
    expect(shelf.promoted()).toHaveLength(9);
    expect(holds(shelf.live('team/web'), web, 'v1')).toBe(true);
    expect(stage.world.server.seen('GET', /_catalog/)).toEqual([]);
    const lists = stage.world.server.seen('GET', /\/tags\/list/).map(({ target }) => target);
    expect(new Set(lists).size).toBe(lists.length);
  });

  it('is below a prefix where that is given', async () => {
    shelf.put(singleImage('prefix 1', [200]), 'team/web', 'v1');
    shelf.put(singleImage('prefix 2', [200]), 'team-b/web', 'v1');
    const { status } = await promote(['--recursive'], { ...environment(), _IMAGE: 'team', _DEST_IMAGE: 'live' });
    expect(status).toBe(0);
    expect(shelf.promoted()).toEqual(['live/web:v1']);
  });

  it('adds manifests without a tag by their digest, which get none', async () => {
    const bare = singleImage('untagged', [200]);
    shelf.put(singleImage('tagged', [200]), 'api', 'v1');
    shelf.put(bare, 'api', 'gone');
    shelf.tested('api').tags.delete('gone');
    const { status, report } = await promote(['--all-tags', '--untagged', ...pair('/api')], stage.world.environment);
    expect(status).toBe(0);
    expect(report.images.map(({ destination, verified }) => [destination, verified])).toEqual([
      [`${shelf.destination}/api:v1`, true],
      [`${shelf.destination}/api@${bare.root.digest}`, true],
    ]);
    expect(shelf.promoted()).toEqual(['api:v1']);
    expect(shelf.live('api').manifests.has(bare.root.digest)).toBe(true);
  });

  it('leaves out the tags of what is attached', async () => {
    const api = singleImage('signed', [200]);
    shelf.put(api, 'api', 'v1');
    shelf.put(attachedArtifact('signature', api.root), 'api', `${api.root.digest.replace(':', '-')}.sig`);
    const { status, report } = await promote(['--all-tags', '--no-attached', ...pair('/api')], stage.world.environment);
    expect(status).toBe(0);
    expect(report.images.map(({ destination }) => destination)).toEqual([`${shelf.destination}/api:v1`]);
    expect(shelf.promoted()).toEqual(['api:v1']);
  });

  it.each([
    ['filters let nothing through', ['--include', 'x*'], 'none of 7 tags'],
    ['the image is not there', ['--source', 'SOURCE/absent', '--dest', 'DEST/absent'], 'tags'],
  ])('is an error where %s: exit 4, nothing written', async (_what, args, text) => {
    releases();
    const named = args.map((word) => word.replace('SOURCE', shelf.source).replace('DEST', shelf.destination));
    const references = args.includes('--source') ? [] : pair('/api');
    const { status, report } = await promote(['--all-tags', ...references, ...named], stage.world.environment);
    expect(status).toBe(4);
    expect(report).toMatchObject({ images: [], error: { code: 'NOT_FOUND', message: expect.stringContaining(text) } });
    expect(shelf.promoted()).toEqual([]);
  });
});
