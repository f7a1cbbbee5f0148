import { OpenAccess } from '../fake/access.ts';
import { type Behaviour, googleBehaviour, plainBehaviour } from '../fake/behaviour.ts';
import { startLoopbackRegistry } from '../fake/registry.ts';
import type { ContractWorld } from './contract-world.ts';
import { RemoteRegistry } from './remote.ts';
import { refusedMountContract, repositoryContract } from './repository-contract.ts';
import { spoil } from './spoil.ts';

/** two tags a page, so that seven of them are four pages */
const tagPageSize = 2;

repositoryContract('a fake registry with plain manners', () => makeWorld({ ...plainBehaviour(), tagPageSize }));

repositoryContract('a fake registry with the manners of Artifact Registry', () =>
  makeWorld({ ...googleBehaviour(), tagPageSize }),
);

for (const mount of [401, 403, 404, 405, 500] as const) {
  refusedMountContract(`S24 a fake registry that answers ${mount}`, () => makeWorld({ ...plainBehaviour(), mount }));
}

async function makeWorld(behaviour: Behaviour): Promise<ContractWorld> {
  const { server, registry, host } = await startLoopbackRegistry(new OpenAccess(), behaviour);
  const remote = new RemoteRegistry(host);
  return {
    open: (path) => remote.open(path),
    spoil: async (path, digest, bytes) => spoil(registry.store, path, digest, bytes),
    stop: async () => {
      remote.close();
      await server.stop();
    },
  };
}
