import * as v from 'valibot';
import { Fault, type Side } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import { Reference } from '../oci/reference.ts';
import { pathFlaw } from '../oci/reference-grammar.ts';
import type { ListedRepository, RepositoryListing, TagLister } from '../oci/repository.ts';
import { Endpoint, registryOrigin } from './endpoint.ts';
import { pagesOf } from './pages.ts';

/** The distribution project's own: `GET /v2/_catalog`. */
const catalogPage = v.object({ repositories: v.nullable(v.array(v.string()), []) });
/** a registry that tells of more has no end, or is none that one run could copy */
const mostRepositories = 100_000;

/** Finds the repositories of one registry that lie below a path. */
export class Catalog {
  readonly #open: (reference: Reference) => Pick<TagLister, 'listing'>;
  readonly #transport: Transport;
  readonly #side: Side | undefined;

  /**
   * @param open opens a repository of the same registry
   * @param transport adds the registry's credentials
   */
  constructor(
    open: (reference: Reference) => Pick<TagLister, 'listing'>,
    transport: Transport,
    side: Side | undefined,
  ) {
    this.#open = open;
    this.#transport = transport;
    this.#side = side;
  }

  /**
   * Every repository at or below a path with what it holds: by what each tells of what lies below it,
   * as Artifact Registry does, else by the registry's catalog.
   * @param prefix neither tag nor digest
   * @throws Fault NOT_FOUND where nothing is there, LIMIT_EXCEEDED where the lists do not end
   */
  async below(prefix: Reference): Promise<readonly ListedRepository[]> {
    const known = await this.#open(prefix).listing().catch(absence);
    // A path that holds no image itself is known to the catalog alone.
    if (known instanceof Fault || known.children === undefined) return this.#byCatalog(prefix, known);
    return this.#descend(prefix, known);
  }

  /** The tree below a repository that tells its children, all branches at once. */
  async #descend(top: Reference, known: RepositoryListing): Promise<readonly ListedRepository[]> {
    const found: ListedRepository[] = [];
    const visit = async (reference: Reference, listing: RepositoryListing): Promise<void> => {
      const children = listing.children ?? [];
      found.push({ reference, listing });
      if (found.length + children.length > mostRepositories) throw endless(top);
      await Promise.all(
        children.map(async (child) => {
          const below = repositoryAt(top, `${reference.path}/${child}`);
          return visit(below, await this.#open(below).listing().catch(emptyWhereAbsent));
        }),
      );
    };
    await visit(top, known);
    return found;
  }

  /** @param known what was said when the path itself was asked for */
  async #byCatalog(prefix: Reference, known: RepositoryListing | Fault): Promise<readonly ListedRepository[]> {
    const paths = await this.#paths(prefix).catch((error: unknown) => {
      throw known instanceof Fault && error instanceof Fault && error.about !== undefined ? known : error;
    });
    const within = paths.filter((path) => path === prefix.path || path.startsWith(`${prefix.path}/`));
    if (within.length === 0 && known instanceof Fault) throw known;
    return Promise.all(
      within.map(async (path) => {
        if (path === prefix.path && !(known instanceof Fault)) return { reference: prefix, listing: known };
        const reference = repositoryAt(prefix, path);
        return { reference, listing: await this.#open(reference).listing().catch(emptyWhereAbsent) };
      }),
    );
  }

  async #paths(prefix: Reference): Promise<readonly string[]> {
    const endpoint = new Endpoint(prefix, this.#transport, this.#side);
    const errand = endpoint.errand('listing the repositories', 'list');
    const first = new URL('/v2/_catalog?n=1000', registryOrigin(prefix));
    const paths = new Set<string>();
    for await (const page of pagesOf(endpoint, errand, first, catalogPage)) {
      for (const path of page.repositories) paths.add(path);
      if (paths.size > mostRepositories) throw endless(prefix);
    }
    return [...paths];
  }
}

/** @throws Fault PROTOCOL: what the registry named cannot be a repository's path */
function repositoryAt(prefix: Reference, path: string): Reference {
  const flaw = pathFlaw(path);
  try {
    if (flaw === undefined) return new Reference(prefix.host, path, undefined, undefined);
  } catch (cause) {
    throw new Fault('PROTOCOL', `${prefix.host} lists a repository whose name is too long`, { cause });
  }
  throw new Fault('PROTOCOL', `${prefix.host} lists a malformed repository: ${flaw}`);
}

function endless(prefix: Reference): Fault {
  return new Fault('LIMIT_EXCEEDED', `${prefix}: more than ${mostRepositories} repositories lie below it`);
}

/** That the repository does not exist, as a value. */
function absence(error: unknown): Fault {
  if (error instanceof Fault && error.code === 'NOT_FOUND') return error;
  throw error;
}

/** A catalog keeps the names of repositories whose last tag is gone. */
function emptyWhereAbsent(error: unknown): RepositoryListing {
  absence(error);
  return { tags: [], manifests: undefined, children: undefined };
}
