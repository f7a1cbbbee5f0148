import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../..');

it('two builds of the same sources, in two folders, are the same bytes', async () => {
  const [one, other] = [await buildCopy(), await buildCopy()];
  expect([...one.keys()].filter((name) => name.endsWith('.cjs')).length).toBeGreaterThan(0);
  expect([...other.keys()]).toEqual([...one.keys()]);
  for (const [name, bytes] of one) expect(other.get(name)?.equals(bytes), name).toBe(true);
});

/** Builds a copy of the project in a folder of its own. @returns what came of it, by name */
async function buildCopy(): Promise<ReadonlyMap<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'promote-build-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['src', 'package.json', 'test/build.ts', 'test/bundle'])
    await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'test/build.ts')], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const names = (await readdir(join(folder, 'dist'))).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, 'dist', name))] as const)),
  );
}
