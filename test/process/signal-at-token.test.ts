import { expect, it } from 'vitest';
import { heldUntil } from '../fake/faults.ts';
import { startGoogleWorld } from '../fake/google.ts';
import { startPromote } from '../fake/process.ts';

const host = 'us-central1-docker.pkg.dev';

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('S39 by %s while the metadata server is still asked for a token: exit %i', async (signal, status) => {
  await using world = await startGoogleWorld([host]);
  world.makeRepository(host, 'p/r', 'reader');
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  world.metadata.server.script.add({ target: /\/token$/, fault: heldUntil(release.promise) });
  world.metadata.server.onRequest = ({ target }) => {
    if (target.endsWith('/token')) asked.resolve();
  };
  const run = startPromote(['digest', `${host}/p/r/i:v1`], world.environment);
  await asked.promise;
  run.kill(signal);
  const { stderr, ...end } = await run.result;
  release.resolve();
  expect(end).toEqual({ status, signal: null, stdout: '' });
  expect(stderr).toContain(`error ${signal}: ended by ${signal}\n`);
});
