import type { GoogleWorld } from '../../fake/google.ts';
import type { SeedContent } from '../../fake/image-parts.ts';
import { seed } from '../../fake/seeding.ts';
import type { StoredRepository } from '../../fake/store.ts';
import { us } from '../google-stage.ts';

/** Two Artifact Registry repositories of one host, with images below them, that no other test has. */
export class Shelf {
  /** `HOST/PROJECT/REPOSITORY` of each */
  readonly source: string;
  readonly destination: string;
  readonly #world: GoogleWorld;
  readonly #number: number;

  constructor(world: GoogleWorld, number: number) {
    this.#world = world;
    this.#number = number;
    world.makeRepository(us, `staging-${number}/apps`, 'reader');
    world.makeRepository(us, `prod-${number}/apps`, 'writer');
    this.source = `${us}/staging-${number}/apps`;
    this.destination = `${us}/prod-${number}/apps`;
  }

  /** @param uploaded milliseconds since 1970; now where it is left out */
  put(content: SeedContent, image: string, tag: string, uploaded?: number): void {
    seed(content, this.#world.registry(us).store, `staging-${this.#number}/apps/${image}`, tag);
    if (uploaded === undefined) return;
    const { digest, mediaType, bytes } = content.root;
    this.tested(image).manifests.set(digest, { mediaType, bytes, uploaded });
  }

  tested(image: string): StoredRepository {
    return this.#world.registry(us).store.at(`staging-${this.#number}/apps/${image}`);
  }

  live(image: string): StoredRepository {
    return this.#world.registry(us).store.at(`prod-${this.#number}/apps/${image}`);
  }

  /** `IMAGE:TAG` of every tag that stands in the destination */
  promoted(): string[] {
    const { repositories } = this.#world.registry(us).store;
    const above = `prod-${this.#number}/apps/`;
    return [...repositories]
      .filter(([path]) => path.startsWith(above))
      .flatMap(([path, { tags }]) => [...tags.keys()].map((tag) => `${path.slice(above.length)}:${tag}`))
      .sort();
  }

  /** The substitutions of the parts. */
  get substitutions(): Record<string, string> {
    return {
      _SOURCE_PROJECT: `staging-${this.#number}`,
      _DEST_PROJECT: `prod-${this.#number}`,
      _SOURCE_REPO: 'apps',
      _LOCATION: 'us-central1',
    };
  }
}
