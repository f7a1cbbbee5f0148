import { asFault, Fault } from '../fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Repository, smallBlob, type UploadSession } from '../oci/repository.ts';
import { Backoff, isTransient } from '../retry.ts';
import type { BlobOutcome } from './events.ts';
import type { Lanes } from './lanes.ts';
import type { World } from './world.ts';

/** attempts at bytes that arrive wrong: a broken path may mend, a broken source does not */
const mostMismatches = 2;

/** From one repository into another, one blob at a time. */
export class BlobCopy {
  readonly #source: Repository;
  readonly #destination: Repository;
  readonly #world: World;
  readonly #lanes: Lanes;

  constructor(source: Repository, destination: Repository, world: World, lanes: Lanes) {
    this.#source = source;
    this.#destination = destination;
    this.#world = world;
    this.#lanes = lanes;
  }

  /**
   * @param from path of a repository on the destination's host that has the blob
   * @param lender another one, waited for where the first does not lend it
   */
  async mountOrSend(blob: Descriptor, from: string, lender: () => Promise<string | undefined>): Promise<BlobOutcome> {
    const mounted = await this.#destination.mount(blob, from);
    if (mounted === 'mounted') return 'mounted';
    const session = mounted === 'refused' ? undefined : mounted;
    const there = await this.#lookOrBorrow(blob, lender).catch(async (error) => {
      await session?.cancel();
      throw error;
    });
    if (there === undefined) return this.send(blob, session);
    await session?.cancel();
    return there;
  }

  /** @param lender path of a repository on the destination's host that got the blob, if any did */
  async borrowOrSend(blob: Descriptor, lender: string | undefined): Promise<BlobOutcome> {
    return lender === undefined ? this.sendIfMissing(blob) : this.mountOrSend(blob, lender, async () => undefined);
  }

  async sendIfMissing(blob: Descriptor): Promise<BlobOutcome> {
    return (await this.#destination.exists(blob)) ? 'existing' : this.send(blob);
  }

  /** @param offered an upload session that is already open */
  async send(blob: Descriptor, offered?: UploadSession): Promise<'uploaded'> {
    const backoff = new Backoff(this.#world.limits);
    let session = offered;
    let mismatches = 0;
    for (;;) {
      try {
        await this.#lanes.run(blob, () => this.#attempt(blob, session, backoff.tries));
        return 'uploaded';
      } catch (error) {
        session = undefined;
        if (isMismatch(error)) mismatches += 1;
        if (!mayPass(error, mismatches)) throw error instanceof TriedBelow ? error.cause : error;
        await this.#pause(blob, backoff, error);
      }
    }
  }

  /** A throttled attempt is none, and the transport's gate keeps the wait. */
  async #pause(blob: Descriptor, backoff: Backoff, error: unknown): Promise<void> {
    const fault = asFault(error);
    const waitMs = fault.code === 'THROTTLED' ? 0 : await backoff.failed(error);
    const what = `${this.#destination.name}@${blob.digest}`;
    this.#world.emit({ type: 'retry', what, because: fault.message, waitMs });
  }

  async #lookOrBorrow(
    blob: Descriptor,
    lender: () => Promise<string | undefined>,
  ): Promise<'existing' | 'mounted' | undefined> {
    return (await this.#destination.exists(blob)) ? 'existing' : this.#borrow(blob, await lender());
  }

  async #borrow(blob: Descriptor, from: string | undefined): Promise<'mounted' | undefined> {
    if (from === undefined) return undefined;
    const mounted = await this.#destination.mount(blob, from);
    if (mounted === 'mounted') return 'mounted';
    if (mounted !== 'refused') await mounted.cancel();
    return undefined;
  }

  /** Asks for the bytes while the upload is opened. An upload that is not completed is given up. */
  async #attempt(blob: Descriptor, offered: UploadSession | undefined, attempt: number): Promise<void> {
    const { digest, size } = blob;
    const repository = this.#destination.name;
    const opening = offered === undefined ? triedBelow(this.#destination.startUpload()) : Promise.resolve(offered);
    // A stream would stand idle, and nobody would see it fail, until the upload is open.
    if (size > smallBlob) await opening;
    const asked = this.#source.fetch(blob, (sent) => {
      this.#world.emit({ type: 'bytes', repository, digest, attempt, sent, size });
    });
    const fetching = size <= smallBlob ? triedBelow(asked) : asked;
    await Promise.allSettled([opening, fetching]);
    const session = await opening;
    try {
      await session.commit(blob, await fetching);
    } catch (error) {
      await session.cancel();
      throw error;
    }
  }
}

/** The request behind it has been tried again as often as it may. */
class TriedBelow extends Error {}

async function triedBelow<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (cause) {
    throw isTransient(cause) ? new TriedBelow('tried again below', { cause }) : cause;
  }
}

function mayPass(error: unknown, mismatches: number): boolean {
  return isTransient(error) || (isMismatch(error) && mismatches < mostMismatches);
}

function isMismatch(error: unknown): boolean {
  return error instanceof Fault && (error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH');
}
