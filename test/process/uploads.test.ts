import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instead, withHeaders } from '../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { europe, type GoogleStage, startGoogleStage, us } from './google-stage.ts';
import { holds } from './route.ts';

describe('mounts and uploads', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  it.each([201, 202, 401, 403, 404, 405, 500] as const)(
    'S24 a mount that is answered %i ends in the same digest',
    async (mount) => {
      const content = singleImage(`mount ${mount}`, [300]);
      const route = stage.route(content);
      stage.world.registry(us).behaviour.mount = mount;
      const { status, report } = await stage.promote(route);
      expect(status).toBe(0);
      expect(report.blobs).toMatchObject(mount === 201 ? { mounted: 2, uploaded: 0 } : { mounted: 0, uploaded: 2 });
      expect(holds(route.live, content, 'v1')).toBe(true);
    },
  );

  it("S24 uses a 202's own upload session, and no other", async () => {
    const content = singleImage('session', [300]);
    stage.world.registry(us).behaviour.mount = 202;
    await stage.promote(stage.route(content));
    expect(stage.counts()).toMatchObject({ 'POST mount': 2, 'PUT upload': 2 });
    expect(stage.counts()['POST session']).toBeUndefined();
  });

  it('S37 uploads to Locations that make 21 KB of headers', async () => {
    const content = singleImage('long', [300, 2_000_000]);
    const route = stage.route(content, europe);
    stage.world.registry(europe).behaviour.locationLength = 21_000;
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(stage.world.server.seen('PUT', /artifacts-uploads/).every(({ target }) => target.length > 21_000)).toBe(
      true,
    );
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it.each([
    ['relative', 'v2'],
    ['absolute', 'v2'],
    ['absolute', 'artifacts-uploads'],
  ] as const)('S37 uploads to %s Locations at %s, with or without a query', async (locations, uploadPath) => {
    const content = singleImage(`${locations} ${uploadPath}`, [300]);
    const route = stage.route(content, europe);
    Object.assign(stage.world.registry(europe).behaviour, { locations, uploadPath });
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
  });

  it.each([
    ['that is no URL', 'https://'],
    ['that carries credentials', `https://user:secret@${europe}/upload`],
    ['that is not over TLS', `http://${europe}/upload`],
  ])('S37 S8 refuses a Location %s: exit 7, nothing sent', async (what, location) => {
    const route = stage.route(singleImage(`location ${what}`, [300]), europe);
    stage.world.server.script.add({ method: 'POST', fault: withHeaders({ location }) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(7);
    expect(report.error?.code).toMatch(/^(PROTOCOL|REDIRECT_FORBIDDEN)$/);
    expect(stage.world.server.seen('PUT')).toEqual([]);
  });

  it('sends nothing that the destination has already', async () => {
    const content = multiPlatformIndex('partly there', sixPlatforms.slice(0, 2), 300);
    const route = stage.route(content, europe);
    const [first, ...rest] = content.blobs;
    route.live.putBlob(first?.bytes ?? Buffer.alloc(0));
    const { report } = await stage.promote(route);
    expect(report.blobs).toEqual({ mounted: 0, uploaded: rest.length, existing: 1 });
  });

  it('sends one blob whose mount was refused, and mounts the other', async () => {
    const content = singleImage('one refused', [300]);
    const route = stage.route(content);
    stage.world.server.script.add({ method: 'POST', target: /mount=/, nth: [1], fault: instead(403) });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report.blobs).toEqual({ mounted: 1, uploaded: 1, existing: 0 });
    expect(holds(route.live, content, 'v1')).toBe(true);
  });
});
