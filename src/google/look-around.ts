import { distance } from 'fastest-levenshtein';
import { Fault } from '../fault.ts';
import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { apiHost } from './api-host.ts';
import type { ArtifactRegistry, LookUp } from './artifact-registry.ts';
import { pageSize } from './rest-api.ts';
import { within } from './within.ts';

const mostShown = 3;

/** Looks for what was probably meant, where something is not where it was said to be. Nothing here fails. */
export class LookAround {
  readonly #api: ArtifactRegistry;
  readonly #limitMs: number;

  /** @param limitMs each answer comes within this time, or is that nothing is known */
  constructor(api: ArtifactRegistry, limitMs: number) {
    this.#api = api;
    this.#limitMs = limitMs;
  }

  /** Does the repository stand where the reference says? 'unknown' also where the caller may not ask. */
  async repository(place: ArtifactRegistryPlace): Promise<'found' | 'absent' | 'unknown'> {
    return this.#timely('unknown', async () => (await this.#api.repository(place)).kind);
  }

  async mode(place: ArtifactRegistryPlace): Promise<'standard' | 'remote' | 'virtual' | undefined> {
    return this.#timely(undefined, async () => foundIn(await this.#api.repository(place))?.mode);
  }

  /** @returns the locations where the project has a repository of that name; undefined where that cannot be known */
  async locationsOf(place: ArtifactRegistryPlace): Promise<readonly string[] | undefined> {
    return this.#timely(undefined, async () => {
      const locations = foundIn(await this.#api.locations(place.project));
      const others = locations?.filter((location) => location !== place.location && location !== 'global');
      if (others === undefined) return undefined;
      const found = await Promise.all(
        others.map(async (location) => (await this.#api.repository({ ...place, location })).kind === 'found'),
      );
      return others.filter((_location, index) => found[index]);
    });
  }

  async nearestRepositories(place: ArtifactRegistryPlace): Promise<readonly string[]> {
    return this.#timely([], async () => nearest(place.repository, foundIn(await this.#api.repositories(place))));
  }

  /** @returns 'there' where the image exists, else the nearest names; undefined where that cannot be known */
  async image(place: ArtifactRegistryPlace): Promise<'there' | readonly string[] | undefined> {
    return this.#timely(undefined, async () => {
      const images = foundIn(await this.#api.images(place));
      if (images?.includes(place.image)) return 'there';
      // A full page is not the whole list.
      return images === undefined || images.length >= pageSize ? undefined : nearest(place.image, images);
    });
  }

  async nearestTags(place: ArtifactRegistryPlace, tag: string): Promise<readonly string[]> {
    return this.#timely([], async () => nearest(tag, foundIn(await this.#api.tags(place))));
  }

  async #timely<T>(otherwise: T, look: () => Promise<T>): Promise<T> {
    try {
      return await within(this.#limitMs, apiHost, look());
    } catch (error) {
      if (error instanceof Fault) return otherwise;
      throw error;
    }
  }
}

function foundIn<T>(lookUp: LookUp<T>): T | undefined {
  return lookUp.kind === 'found' ? lookUp.value : undefined;
}

/** The names that a slip of the keys would make of it, the likeliest first. */
function nearest(name: string, names: readonly string[] = []): readonly string[] {
  const mostEdits = Math.max(2, Math.floor(name.length / 3));
  return names
    .map((other) => ({ other, edits: distance(name, other) }))
    .filter(({ edits }) => edits > 0 && edits <= mostEdits)
    .sort((a, b) => a.edits - b.edits || a.other.localeCompare(b.other, 'en'))
    .slice(0, mostShown)
    .map(({ other }) => other);
}
