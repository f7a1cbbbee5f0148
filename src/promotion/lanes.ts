import pLimit from 'p-limit';
import type { Descriptor } from '../oci/descriptor.ts';
import { smallBlob } from '../oci/repository.ts';
import { blobsAtATime } from './world.ts';

/** small blobs are all round trips, and each is in memory from its download to its upload: 32 MiB at most */
const smallBlobsAtATime = 32;

/** How many blobs have their bytes under way, in the whole run. A few large ones fill the line. */
export class Lanes {
  readonly #small = pLimit(smallBlobsAtATime);
  readonly #large = pLimit(blobsAtATime);

  run<Result>(blob: Descriptor, work: () => Promise<Result>): Promise<Result> {
    return blob.size <= smallBlob ? this.#small(work) : this.#large(work);
  }
}
