import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findCredentialFile } from '../../src/google/find-credentials.ts';
import { DockerConfig } from '../../src/registry/docker-config.ts';

const planted = {
  '.config/gcloud/application_default_credentials.json': '{}',
  'application_default_credentials.json': '{}',
  '.docker/config.json': '{"auths":{"r.example":{"auth":"cGxhbnRlZA=="}}}',
  'config.json': '{"auths":{"r.example":{"auth":"cGxhbnRlZA=="}}}',
};

it.each([
  { HOME: '' },
  { CLOUDSDK_CONFIG: '', DOCKER_CONFIG: '' },
  { HOME: '', CLOUDSDK_CONFIG: '', DOCKER_CONFIG: '', GOOGLE_APPLICATION_CREDENTIALS: '' },
])('a file planted in the working directory is nobody where variables are empty: %j', async (env) => {
  const before = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'promote-planted-'));
  onTestFinished(async () => {
    process.chdir(before);
    await rm(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(planted)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  process.chdir(folder);
  expect(await findCredentialFile(env)).toBeUndefined();
  expect(await new DockerConfig(env).authorization('r.example')).toBeUndefined();
});
