import type { Side } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import type { RepositoryListing } from '../oci/repository.ts';
import { RemoteRepository } from '../registry/repository.ts';
import type { Limits } from '../retry.ts';
import type { ArtifactRegistryListing } from './listing.ts';

/** Artifact Registry's list by the protocol is incomplete past so many tags or images; its REST API's is not. */
const mostEntriesListed = 10_000;

/** A repository of Artifact Registry, whose listing is whole however much it holds. */
export class ArtifactRegistryRepository extends RemoteRepository {
  readonly #place: ArtifactRegistryPlace;
  readonly #side: Side | undefined;
  readonly #lists: () => ArtifactRegistryListing;

  /** @param lists gives the REST API's lists; called when they are needed */
  constructor(
    reference: Reference,
    place: ArtifactRegistryPlace,
    transport: Transport,
    side: Side | undefined,
    limits: Limits,
    lists: () => ArtifactRegistryListing,
  ) {
    super(reference, transport, side, limits);
    this.#place = place;
    this.#side = side;
    this.#lists = lists;
  }

  override async *tags(): AsyncGenerator<string> {
    yield* (await this.listing()).tags;
  }

  override async listing(): Promise<RepositoryListing> {
    const listed = await super.listing();
    const { tags, manifests = [], children = [] } = listed;
    if (Math.max(tags.length, manifests.length, children.length) < mostEntriesListed) return listed;
    const errand = {
      side: this.#side,
      reference: this.name,
      action: 'list' as const,
      doing: 'listing what is there by the REST API',
    };
    return this.#lists().listing(this.#place, errand);
  }
}
