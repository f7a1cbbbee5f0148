import { OpenAccess } from '../fake/access.ts';
import { googleBehaviour } from '../fake/behaviour.ts';
import type { SeedContent } from '../fake/image-parts.ts';
import { type LoopbackRegistry, startLoopbackRegistry } from '../fake/registry.ts';
import { makeRoute, type Promotion, promote, type Route } from './route.ts';

/** Two registries on loopback that let everyone in; each test gets repositories of its own. */
export class LoopbackStage {
  readonly from: LoopbackRegistry;
  readonly to: LoopbackRegistry;
  #routes = 0;

  constructor(from: LoopbackRegistry, to: LoopbackRegistry) {
    this.from = from;
    this.to = to;
  }

  /** From one registry to the other, so that every byte is sent. */
  route(content: SeedContent): Route {
    this.#routes += 1;
    return makeRoute(content, this.#routes, this.from, this.to);
  }

  promote({ source, destination }: Route, ...args: string[]): Promise<Promotion> {
    return promote([source, destination, ...args], {});
  }

  reset(): void {
    for (const { server, registry } of [this.from, this.to]) {
      server.requests.length = 0;
      server.script.clear();
      server.onRequest = undefined;
      Object.assign(registry.behaviour, googleBehaviour());
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.from.server.stop(), this.to.server.stop()]);
  }
}

export async function startLoopbackStage(): Promise<LoopbackStage> {
  const start = () => startLoopbackRegistry(new OpenAccess(), googleBehaviour());
  return new LoopbackStage(await start(), await start());
}
