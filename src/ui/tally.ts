import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobOutcome, PromotionEvent } from '../promotion/events.ts';

/** How the blobs of one image came to be there. */
export interface Share {
  readonly existing: number;
  readonly mounted: number;
  readonly uploaded: number;
  /** of what was uploaded */
  readonly bytes: number;
}

/** One blob on its way. */
export interface Transfer {
  readonly digest: Digest;
  readonly sent: number;
  readonly size: number;
}

interface BlobState extends Transfer {
  readonly how: BlobOutcome | undefined;
}

interface ImageState {
  readonly repository: string;
  readonly blobs: readonly Digest[];
}

/** What the events of a run add up to. */
export class Tally {
  /** by destination: those that are not settled yet */
  readonly #open = new Map<string, ImageState>();
  /** by repository and digest */
  readonly #blobs = new Map<string, BlobState>();
  readonly #moving = new Set<string>();
  /** what an image that is done was already told to have brought */
  readonly #told = new Set<string>();
  #images = 0;
  #sent = 0;
  #size = 0;

  /** destinations that were planned and are not there yet */
  get open(): number {
    return this.#open.size;
  }

  /** all that were planned */
  get images(): number {
    return this.#images;
  }

  /** Bytes so far of those that may have to be sent. */
  get bytes(): { readonly sent: number; readonly size: number } {
    return { sent: this.#sent, size: this.#size };
  }

  /** The blobs that have bytes under way. */
  get moving(): readonly Transfer[] {
    return Array.from(this.#moving, (key) => this.#blobs.get(key)).filter((blob) => blob !== undefined);
  }

  take(event: PromotionEvent): void {
    switch (event.type) {
      case 'planned':
        this.#images += 1;
        if (event.action !== 'unchanged') this.#plan(event);
        break;
      case 'bytes':
        this.#moving.add(keyOf(event.repository, event.digest));
        this.#set(event.repository, { digest: event.digest, how: undefined, sent: event.sent, size: event.size });
        break;
      case 'blob':
        this.#moving.delete(keyOf(event.repository, event.blob.digest));
        this.#set(event.repository, arrived(event.blob, event.how));
        break;
    }
  }

  /** What a destination that is there now took. What another brought before it counts as there. */
  settle(destination: string): Share {
    const { repository, blobs } = this.#open.get(destination) ?? { repository: '', blobs: [] };
    this.#open.delete(destination);
    const own = blobs.map((digest) => {
      const key = keyOf(repository, digest);
      const blob = this.#blobs.get(key);
      const isFirst = !this.#told.has(key);
      this.#told.add(key);
      return { how: isFirst ? (blob?.how ?? 'existing') : 'existing', size: blob?.size ?? 0 };
    });
    const of = (wanted: BlobOutcome) => own.filter(({ how }) => how === wanted);
    return {
      existing: of('existing').length,
      mounted: of('mounted').length,
      uploaded: of('uploaded').length,
      bytes: of('uploaded').reduce((sum, { size }) => sum + size, 0),
    };
  }

  #plan({ destination, graph }: Extract<PromotionEvent, { type: 'planned' }>): void {
    const repository = repositoryOf(destination);
    const blobs = graph.blobs();
    this.#open.set(destination, { repository, blobs: blobs.map(({ digest }) => digest) });
    for (const { digest, size } of blobs) {
      if (!this.#blobs.has(keyOf(repository, digest))) this.#set(repository, { digest, how: undefined, sent: 0, size });
    }
  }

  #set(repository: string, blob: BlobState): void {
    const key = keyOf(repository, blob.digest);
    const before = this.#blobs.get(key);
    this.#size += weightOf(blob) - (before === undefined ? 0 : weightOf(before));
    this.#sent += blob.sent - (before?.sent ?? 0);
    this.#blobs.set(key, blob);
  }
}

/** What need not be sent weighs nothing. */
function weightOf({ how, size }: BlobState): number {
  return how === 'existing' || how === 'mounted' ? 0 : size;
}

function arrived({ digest, size }: Descriptor, how: BlobOutcome): BlobState {
  return { digest, how, size, sent: how === 'uploaded' ? size : 0 };
}

function keyOf(repository: string, digest: Digest): string {
  return `${repository} ${digest}`;
}

/** `HOST/PATH:TAG` or `HOST/PATH@DIGEST` → `HOST/PATH` */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}
