import { writeFile } from 'node:fs/promises';
import { describe } from 'vitest';
import { startDockerRegistry } from '../fake/docker-registry.ts';
import { isMissing } from '../fake/tools.ts';
import type { ContractWorld } from './contract-world.ts';
import { RemoteRegistry } from './remote.ts';
import { repositoryContract } from './repository-contract.ts';

const missing = isMissing('docker-registry');

describe.skipIf(missing)(missing ? 'skipped: docker-registry is not installed' : 'docker-registry', () => {
  repositoryContract("the Docker project's registry", makeWorld);
});

async function makeWorld(): Promise<ContractWorld> {
  const registry = await startDockerRegistry();
  const remote = new RemoteRegistry(registry.host);
  return {
    open: (path) => remote.open(path),
    spoil: async (_path, digest, bytes) => writeFile(registry.fileOf(digest), bytes),
    stop: async () => {
      remote.close();
      await registry.stop();
    },
  };
}
