import type { Digest } from '../oci/digest.ts';

/** Where a blob is, or is about to be, on one registry host. */
export interface ShelfPlace {
  /** the repository's path, without the host */
  readonly path: string;
  /** ends when it is there; fails when it does not get there */
  readonly ready: Promise<unknown>;
}

/**
 * What this run brought to one destination host: a blob that is in one of its repositories is
 * mounted into the others, so that its bytes cross to a host once.
 */
export class Shelf {
  readonly #places = new Map<Digest, ShelfPlace>();

  find(digest: Digest): ShelfPlace | undefined {
    return this.#places.get(digest);
  }

  /** The first repository that gets a blob lends it to the others. */
  offer(digest: Digest, path: string, ready: Promise<unknown>): void {
    if (!this.#places.has(digest)) this.#places.set(digest, { path, ready });
  }
}
