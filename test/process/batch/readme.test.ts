import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { singleImage } from '../../fake/images.ts';
import { seed } from '../../fake/seeding.ts';
import { europe, startGoogleStage, us } from '../google-stage.ts';

const root = join(import.meta.dirname, '../../..');

it('every command that README.md shows under "Many at once" does what it says', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const script = /### Many at once\n+```sh\n(.*?)```/s.exec(readme)?.[1] ?? '';
  expect(script.match(/promote /g)?.length).toBeGreaterThan(7);

  const { world } = await startGoogleStage();
  const folder = await mkdtemp(join(tmpdir(), 'promote-readme-'));
  onTestFinished(async () => {
    await Promise.all([world.stop(), rm(folder, { recursive: true })]);
  });
  world.makeRepository(us, 'my-project/apps', 'reader');
  for (const host of [us, europe]) world.makeRepository(host, 'my-production/apps', 'writer');
  const { store } = world.registry(us);
  for (const tag of ['v1', 'v2-rc1', 'latest']) seed(singleImage(tag, [50]), store, 'my-project/apps/api', tag);
  seed(singleImage('web', [50]), store, 'my-project/apps/web', 'v2');

  const promote = `promote() { '${process.execPath}' '${join(root, 'dist/promote.cjs')}' "$@"; }`;
  await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', `${promote}\n${script}`], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...world.environment },
  });

  const tagsOf = (host: string, path: string) => [...world.registry(host).store.at(path).tags.keys()].sort();
  expect(tagsOf(us, 'my-production/apps/api')).toEqual(['latest', 'stable', 'v1', 'v2-rc1']);
  expect(tagsOf(us, 'my-production/apps/web')).toEqual(['v2']);
  expect(tagsOf(europe, 'my-production/apps/api')).toEqual(['v1']);
});
