import { googleBehaviour } from '../fake/behaviour.ts';
import { type GoogleWorld, startGoogleWorld } from '../fake/google.ts';
import type { SeedContent } from '../fake/image-parts.ts';
import type { ApplicationProtocol, Handler, RecordedRequest } from '../fake/server.ts';
import { makeRoute, type Promotion, promote, type Route } from './route.ts';

export const us = 'us-central1-docker.pkg.dev';
export const europe = 'europe-west1-docker.pkg.dev';

/** A Google-like world for the tests of one file; each test gets repositories of its own. */
export class GoogleStage {
  readonly world: GoogleWorld;
  #routes = 0;

  constructor(world: GoogleWorld) {
    this.world = world;
  }

  /** @param to the destination's host; the source is at `us` */
  route(content: SeedContent, to = us): Route {
    this.#routes += 1;
    const end = (host: string) => ({ host, registry: this.world.registry(host) });
    const route = makeRoute(content, this.#routes, end(us), end(to));
    this.world.makeRepository(us, route.sourceKey, 'reader');
    this.world.makeRepository(to, route.destinationKey, 'writer');
    return route;
  }

  /** Promotes along a route, as a person names it. */
  promote({ source, destination }: Route, ...args: string[]): Promise<Promotion> {
    return promote([source, destination, ...args], this.world.environment);
  }

  /** The requests to registries so far, as `METHOD what`, counted; those that look for what is attached left out. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const request of this.world.server.requests.filter((each) => !looksForAttached(each))) {
      const kind = kindOf(request);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  /** Forgets requests and faults, so that the next test begins anew. */
  reset(): void {
    const { server, metadata, proxy } = this.world;
    for (const one of [server, metadata.server]) {
      one.requests.length = 0;
      one.script.clear();
      one.onRequest = undefined;
    }
    proxy.connects.length = 0;
    proxy.others.length = 0;
    for (const host of [us, europe]) Object.assign(this.world.registry(host).behaviour, googleBehaviour());
  }
}

export async function startGoogleStage(
  others: ReadonlyMap<string, Handler> = new Map(),
  protocols?: readonly ApplicationProtocol[],
): Promise<GoogleStage> {
  return new GoogleStage(await startGoogleWorld([us, europe], others, protocols));
}

function looksForAttached({ target }: RecordedRequest): boolean {
  return /\/(?:referrers\/|manifests\/sha256-)/.test(target);
}

function kindOf({ method, target }: RecordedRequest): string {
  if (target.includes('/artifacts-downloads/')) return `${method} download`;
  if (target.includes('/artifacts-uploads/')) return `${method} upload`;
  if (/\/blobs\/uploads\/\?mount=/.test(target)) return `${method} mount`;
  if (target.includes('/blobs/uploads/')) return `${method} session`;
  return `${method} ${target.includes('/blobs/') ? 'blob' : 'manifest'}`;
}
