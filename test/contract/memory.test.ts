import { MemoryRegistry } from '../fake/memory-repository.ts';
import type { ContractWorld } from './contract-world.ts';
import { refusedMountContract, repositoryContract } from './repository-contract.ts';
import { spoil } from './spoil.ts';

repositoryContract('a repository in memory', async () => worldOf(new MemoryRegistry('memory.example')));

refusedMountContract('a repository in memory', async () => {
  const registry = new MemoryRegistry('memory.example');
  registry.mounts = 'refused';
  return worldOf(registry);
});

function worldOf(registry: MemoryRegistry): ContractWorld {
  return {
    open: (path) => registry.repository(path),
    spoil: async (path, digest, bytes) => spoil(registry.store, path, digest, bytes),
    stop: async () => undefined,
  };
}
