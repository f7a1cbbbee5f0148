import type { Fault, Side } from '../fault.ts';
import type { Reference } from '../oci/reference.ts';
import type { ListedRepository, Repository } from '../oci/repository.ts';
import type { Limits } from '../retry.ts';
import type { Emit } from './events.ts';

/** All that a promotion needs of what lies outside of it. */
export interface World {
  /** @param side for the repository's messages; undefined where there is only one */
  open(reference: Reference, side: Side | undefined): Repository;
  /**
   * Every repository at or below a path of a registry, with what it holds.
   * @throws Fault NOT_FOUND where nothing is there
   */
  repositories(prefix: Reference, side: Side | undefined): Promise<readonly ListedRepository[]>;
  readonly emit: Emit;
  readonly limits: Limits;
  /** Breaks off every request that is under way, for this reason; only uploads are still cancelled. */
  stop(reason: unknown): void;
  /** The fault with the command that mends it, where one is known. */
  advised(fault: Fault): Promise<Fault>;
  /** requests to registries so far */
  requests(): number;
}

/** bytes of large blobs move for so many at a time, whatever the number of requests */
export const blobsAtATime = 4;

/** enough to keep every request busy; what is under way for an image is held in memory, the images that wait are not */
export const imagesAtATime = 64;
