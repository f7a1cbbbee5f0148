import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { singleImage } from '../../fake/images.ts';
import { type GoogleStage, startGoogleStage } from '../google-stage.ts';
import { promote } from '../route.ts';
import { Shelf } from './shelf.ts';

const api = 'artifactregistry.googleapis.com';

describe('an image with more tags than Artifact Registry lists by the protocol', () => {
  let stage: GoogleStage;
  let shelves = 0;
  let shelf: Shelf;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => {
    stage.reset();
    stage.world.api.disabled.clear();
    shelves += 1;
    shelf = new Shelf(stage.world, shelves);
    shelf.put(singleImage('old', [200]), 'team/api', 'v0', 1000);
    shelf.put(singleImage('new', [200]), 'team/api', 'z-new', 2000);
    const repository = shelf.tested('team/api');
    const digest = repository.tags.get('v0') ?? '';
    for (let number = 0; number < 10_000; number += 1) repository.tags.set(`t${number}`, digest);
  });
  afterAll(() => stage.world.stop());

  const apiRequests = () => stage.world.server.requests.filter(({ host }) => host === api);

  it('is listed by the REST API', async () => {
    const args = ['--all-tags', '--include', 'z-*,v*', '--newest', '1'];
    const references = [`${shelf.source}/team/api`, `${shelf.destination}/team/api`];
    const { status } = await promote([...args, ...references], stage.world.environment);
    expect(status).toBe(0);
    expect(shelf.promoted()).toEqual(['team/api:z-new']);
    const asked = apiRequests().map(({ target }) => target);
    expect(asked.filter((target) => target.includes('/packages/team%2Fapi/tags?'))).toHaveLength(11);
    expect(asked.filter((target) => target.includes('/packages/team%2Fapi/versions?'))).toHaveLength(1);
  });

  it('is listed so below a repository as well, and what lies below it is found', async () => {
    shelf.put(singleImage('below', [200]), 'team/api/debug', 'z-below');
    const args = ['--recursive', '--include', 'z-*', shelf.source, shelf.destination];
    expect((await promote(args, stage.world.environment)).status).toBe(0);
    expect(shelf.promoted()).toEqual(['team/api/debug:z-below', 'team/api:z-new']);
  });

  it('is not promoted in part where the API is not there: exit 3', async () => {
    stage.world.api.disabled.add(`staging-${shelves}`);
    const references = [`${shelf.source}/team/api`, `${shelf.destination}/team/api`];
    const { status, report } = await promote(['--all-tags', ...references], stage.world.environment);
    expect(status).toBe(3);
    expect(report.error).toMatchObject({ code: 'DENIED', message: expect.stringContaining('it is disabled') });
    expect(shelf.promoted()).toEqual([]);
  });

  it('is not asked for where the list is whole', async () => {
    const tags = shelf.tested('team/api').tags;
    for (const tag of tags.keys()) if (tag.startsWith('t')) tags.delete(tag);
    const references = [`${shelf.source}/team/api`, `${shelf.destination}/team/api`];
    expect((await promote(['--all-tags', ...references], stage.world.environment)).status).toBe(0);
    expect(shelf.promoted()).toEqual(['team/api:v0', 'team/api:z-new']);
    expect(apiRequests()).toEqual([]);
  });
});
