import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseReference } from '../../src/oci/reference.ts';
import { DockerConfig } from '../../src/registry/docker-config.ts';

it.each([
  ['registry.example:443', 'registry.example/app'],
  ['https://Registry.Example:443/v2/', 'registry.example:443/app'],
  ['registry.example', 'registry.example:443/app'],
  ['localhost:443', 'localhost:443/app'],
  ['registry.example:5000', 'registry.example:5000/app'],
])('a login under %s is taken for %s', async (key, reference) => {
  const folder = await mkdtemp(join(tmpdir(), 'promote-docker-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [key]: { auth: 'dTpw' } } }));
  const config = new DockerConfig({ DOCKER_CONFIG: folder });
  expect(await config.authorization(parseReference(reference).host)).toBe('Basic dTpw');
});
