import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { afterwards, heldUntil } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import { startPromote } from '../fake/process.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { readReport } from './report-schema.ts';

describe('a run that is told to end', () => {
  let stage: LoopbackStage;
  let folder: string;

  beforeAll(async () => {
    stage = await startLoopbackStage();
    folder = await mkdtemp(join(tmpdir(), 'promote-signals-'));
  });
  beforeEach(() => stage.reset());
  afterAll(async () => {
    await stage.stop();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['SIGINT', 130, 300],
    ['SIGTERM', 143, 300],
    ['SIGTERM', 143, 3_000_000],
  ] as const)(
    'S39 by %s: exit %i, the upload of %i bytes cancelled, the report written, no tag',
    async (signal, status, size) => {
      const content = singleImage(`${signal} ${size}`, [size]);
      const route = stage.route(content);
      const digestFile = join(folder, `${signal}-${size}.digest`);
      const builderOutput = await mkdtemp(join(folder, 'builder-'));
      const release = Promise.withResolvers<void>();
      const underWay = Promise.withResolvers<void>();
      stage.to.server.script.add({ method: 'PUT', fault: heldUntil(release.promise) });
      stage.to.server.onRequest = ({ method }) => {
        if (method === 'PUT') underWay.resolve();
      };
      const run = startPromote([route.source, route.destination, '--format=json', '--digest-file', digestFile], {
        BUILDER_OUTPUT: builderOutput,
      });
      await underWay.promise;
      const killedAt = performance.now();
      run.kill(signal);
      const result = await run.result;
      release.resolve();
      expect(result).toMatchObject({ status, signal: null });
      expect(performance.now() - killedAt).toBeLessThan(5000);
      expect(stage.to.server.seen('DELETE', /uploads/).length).toBeGreaterThan(0);
      const report = readReport(result.stdout);
      expect(report).toMatchObject({
        outcome: 'failed',
        error: { code: signal },
        images: [{ outcome: 'failed', verified: false }],
      });
      expect(readReport(await readFile(join(builderOutput, 'output'), 'utf8'))).toEqual(report);
      await expect(readFile(digestFile)).rejects.toThrow('ENOENT');
      expect(stage.to.server.seen('PUT', /manifests/)).toEqual([]);
      expect(result.stderr).toContain(`ended by ${signal}`);
    },
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'S39 by %s between the PUT of its tag and the reading back: exit %i, promoted, not verified, with the way back',
    async (signal, status) => {
      const route = stage.route(singleImage(`${signal} after the tag`, [300]));
      const digestFile = join(folder, `${signal}-after.digest`);
      const release = Promise.withResolvers<void>();
      const isPut = Promise.withResolvers<void>();
      stage.to.server.script.add({
        method: 'PUT',
        target: /manifests\/v1$/,
        fault: afterwards(() => {
          stage.to.server.script.add({ method: 'GET', target: /manifests\/v1$/, fault: heldUntil(release.promise) });
          stage.to.server.onRequest = ({ method }) => {
            if (method === 'GET') isPut.resolve();
          };
        }),
      });
      const run = startPromote([route.source, route.destination, '--format=json', '--digest-file', digestFile], {});
      await isPut.promise;
      run.kill(signal);
      const { status: ended, stdout, stderr } = await run.result;
      release.resolve();
      expect(ended).toBe(status);
      const report = readReport(stdout);
      expect(report).toMatchObject({ outcome: 'failed', error: { code: signal } });
      expect(report.images).toMatchObject([{ outcome: 'promoted', verified: false, error: report.error }]);
      expect(route.live.tags.get('v1')).toBe(report.images[0]?.digest);
      expect(stderr).toContain(`${route.destination} is new: remove this tag`);
      await expect(readFile(digestFile)).rejects.toThrow('ENOENT');
    },
  );

  it('S12 killed outright leaves every tag as it was', async () => {
    const route = stage.route(singleImage('killed', [300]));
    const release = Promise.withResolvers<void>();
    const underWay = Promise.withResolvers<void>();
    stage.to.server.script.add({ method: 'PUT', fault: heldUntil(release.promise) });
    stage.to.server.onRequest = ({ method }) => {
      if (method === 'PUT') underWay.resolve();
    };
    const run = startPromote([route.source, route.destination], {});
    await underWay.promise;
    run.kill('SIGKILL');
    expect((await run.result).signal).toBe('SIGKILL');
    release.resolve();
    expect(route.live.tags.size).toBe(0);
    stage.reset();
    expect((await stage.promote(route)).status).toBe(0);
  });
});
