import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { heldUntil } from '../../fake/faults.ts';
import { singleImage } from '../../fake/images.ts';
import { startPromote } from '../../fake/process.ts';
import { type Land, startLand } from './land.ts';

const host = 'artifactregistry.googleapis.com';

describe('the time that advice takes', () => {
  let land: Land;

  beforeAll(async () => {
    land = await startLand(singleImage('advice in time', [100]));
  });
  beforeEach(() => land.reset());
  afterAll(() => land.world.stop());

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'S39 ends with %s: the refusal is told at once, without it',
    async (signal) => {
      land.deny('staging/apps');
      land.world.server.script.add({ host, fault: heldUntil(new Promise(() => undefined)) });
      const asked = Promise.withResolvers<void>();
      land.world.server.onRequest = (request) => {
        if (request.host === host) asked.resolve();
      };
      const run = startPromote([land.source, land.destination], land.world.environment);
      await asked.promise;
      const toldAt = performance.now();
      run.kill(signal);
      const { status, stderr } = await run.result;
      expect(performance.now() - toldAt).toBeLessThan(1_500);
      expect(status, stderr).toBe(3);
      expect(stderr).toContain('error DENIED: source');
      expect(stderr).not.toContain('roles/artifactregistry.reader');
    },
  );
});
