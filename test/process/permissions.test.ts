import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildAccount } from '../fake/google.ts';
import { singleImage } from '../fake/images.ts';
import { europe, type GoogleStage, startGoogleStage, us } from './google-stage.ts';

describe('what a registry of Google refuses', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  it("S23 says which reference of the source may not be read, who asked, and the grant's command", async () => {
    const route = stage.route(singleImage('denied source', [10]));
    stage.world.iam.deny(buildAccount, `${us}/${route.sourceKey}`);
    const { status, report, stderr } = await stage.promote(route);
    expect(status).toBe(3);
    const { code, message, hint = '' } = report.error ?? { code: '', message: '' };
    expect(code).toBe('DENIED');
    expect(message).toContain(`source ${route.source}`);
    expect(message).toContain('artifactregistry.repositories.downloadArtifacts');
    expect(hint).toContain(buildAccount);
    const repository = route.sourceKey.split('/')[1];
    const command = `gcloud artifacts repositories add-iam-policy-binding ${repository} --project=tested --location=us-central1 --member=serviceAccount:${buildAccount} --role=roles/artifactregistry.reader`;
    expect(hint.split('\n')).toContain(command);
    expect(stderr).toContain(command);
    expect(report.images[0]).toMatchObject({ outcome: 'failed', verified: false, digest: null, source: route.source });
  });

  it('S23 says that the destination may not be written, with the role of a writer there, at once', async () => {
    const route = stage.route(singleImage('denied destination', [10]), europe);
    stage.world.iam.grant(buildAccount, `${europe}/${route.destinationKey}`, 'reader');
    const { status, report } = await stage.promote(route);
    expect(status).toBe(3);
    expect(report.error?.code).toBe('DENIED');
    expect(report.error?.message).toContain(`destination ${europe}/${route.destinationKey}/app`);
    const repository = route.destinationKey.split('/')[1];
    expect(report.error?.hint).toContain(
      `gcloud artifacts repositories add-iam-policy-binding ${repository} --project=live --location=europe-west1 --member=serviceAccount:${buildAccount} --role=roles/artifactregistry.writer`,
    );
    expect(stage.counts()['POST session']).toBeLessThanOrEqual(2);
    expect(stage.counts()['PUT manifest']).toBeUndefined();
    expect(report.images[0]).toMatchObject({ outcome: 'failed', verified: false });
  });

  it('says that the source does not exist, with how to list what is there', async () => {
    const route = stage.route(singleImage('no tag', [10]));
    const missing = { ...route, source: route.source.replace(':v1', ':v9') };
    const { status, report } = await stage.promote(missing);
    expect(status).toBe(4);
    expect(report.error).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`source ${missing.source}`),
      hint: expect.stringContaining(`promote tags ${route.source.replace(':v1', '')}`),
    });
    expect(report.images[0]).toMatchObject({ source: missing.source, digest: null, outcome: 'failed' });
  });

  it('says that the destination repository does not exist: exit 4, nothing put', async () => {
    const route = stage.route(singleImage('no repository', [10]));
    const destination = `${us}/live/never-made/app:v1`;
    const { status, report } = await stage.promote({ ...route, destination });
    expect(status).toBe(4);
    expect(report.error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('destination') });
    expect(report.error?.message).toContain('never-made');
    expect(stage.counts()['PUT manifest']).toBeUndefined();
  });

  it('S29 leaves an immutable tag alone that has the digest already: success without a PUT', async () => {
    const content = singleImage('immutable same', [10]);
    const route = stage.route(content);
    await stage.promote(route);
    stage.world.makeRepository(us, route.destinationKey, 'writer', { mode: 'standard', immutableTags: true });
    stage.reset();
    const { status, report } = await stage.promote(route);
    expect(status).toBe(0);
    expect(report.outcome).toBe('unchanged');
    expect(stage.counts()).toEqual({ 'GET manifest': 2 });
  });

  it('exits with 6 where an immutable tag would move, also with --allow-move', async () => {
    const route = stage.route(singleImage('immutable one', [10]));
    await stage.promote(route);
    const before = route.live.tags.get('v1');
    stage.world.makeRepository(us, route.destinationKey, 'writer', { mode: 'standard', immutableTags: true });
    const other = stage.route(singleImage('immutable other', [10]));
    const { status, report } = await stage.promote({ ...other, destination: route.destination }, '--allow-move');
    expect(status).toBe(6);
    expect(report.error).toMatchObject({ code: 'TAG_IMMUTABLE', message: expect.stringContaining(route.destination) });
    expect(route.live.tags.get('v1')).toBe(before);
  });

  it.each(['remote', 'virtual'] as const)(
    'exits with 6 for a %s repository, which cannot be pushed to',
    async (mode) => {
      const route = stage.route(singleImage(mode, [10]), europe);
      stage.world.makeRepository(europe, route.destinationKey, 'writer', { mode, immutableTags: false });
      const { status, report } = await stage.promote(route);
      expect(status).toBe(6);
      expect(report.error?.code).toBe('READ_ONLY');
    },
  );
});
