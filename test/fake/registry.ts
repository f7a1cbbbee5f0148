import type { Access } from './access.ts';
import type { Behaviour } from './behaviour.ts';
import { RegistryHost } from './registry-host.ts';
import { FakeServer } from './server.ts';

/** A fake registry on loopback over plain HTTP. */
export interface LoopbackRegistry {
  readonly server: FakeServer;
  readonly registry: RegistryHost;
  /** `127.0.0.1:PORT`, as it stands in a reference */
  readonly host: string;
}

export async function startLoopbackRegistry(access: Access, behaviour: Behaviour): Promise<LoopbackRegistry> {
  const registry = new RegistryHost(access, behaviour);
  const server = new FakeServer(new Map([['*', registry]]));
  const port = await server.listen();
  return { server, registry, host: `127.0.0.1:${port}` };
}
