import * as v from 'valibot';
import { Fault, type FaultCode } from '../fault.ts';
import type { HttpRequest, Transport } from '../http/transport.ts';
import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import { parseJson } from '../registry/json.ts';
import { printable } from '../text.ts';
import { apiHost } from './api-host.ts';
import { repositoryName } from './permissions.ts';
import { apiUrl, pageSize, quotaHeader, resourceId } from './rest-api.ts';

/** What a look-up gave: where the caller may not look, or nobody answers, that is no failure of the caller's. */
export type LookUp<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  /** the reason: one line, escaped, 4,000 characters at most, so that advice finds what stands far behind */
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a promotion needs to know of a repository. */
export interface RepositoryFacts {
  /** `DOCKER`, `NPM`, … */
  readonly format: string;
  readonly mode: 'standard' | 'remote' | 'virtual';
  readonly immutableTags: boolean;
}

const repositoryAnswer = v.object({
  format: v.string(),
  mode: v.optional(v.string(), 'STANDARD_REPOSITORY'),
  dockerConfig: v.optional(v.object({ immutableTags: v.optional(v.boolean(), false) })),
});
const permissionsAnswer = v.object({ permissions: v.optional(v.array(v.string()), []) });
const locationsAnswer = v.object({ locations: v.optional(v.array(v.object({ locationId: v.string() })), []) });
const named = v.array(v.object({ name: resourceId }));
const repositoriesAnswer = v.object({ repositories: v.optional(named, []) });
const packagesAnswer = v.object({ packages: v.optional(named, []) });
const tagsAnswer = v.object({ tags: v.optional(named, []) });
const errorAnswer = v.object({
  error: v.object({
    message: v.optional(v.string(), ''),
    status: v.optional(v.string(), ''),
    details: v.optional(v.array(v.looseObject({ reason: v.optional(v.string()) })), []),
  }),
});

const answerLimit = 4 * 1024 * 1024;
/** These end the run, whatever was asked. */
const final: ReadonlySet<FaultCode> = new Set(['UNAUTHENTICATED', 'USAGE', 'DEADLINE', 'SIGINT', 'SIGTERM']);

/** The Artifact Registry REST API, v1, as far as it tells why a promotion can or cannot be. */
export class ArtifactRegistry {
  readonly #transport: Transport;
  readonly #quotaProject: () => Promise<string | undefined>;

  /** @param transport adds the caller's token for the API's own host */
  constructor(transport: Transport, quotaProject: () => Promise<string | undefined>) {
    this.#transport = transport;
    this.#quotaProject = quotaProject;
  }

  /** `projects.locations.repositories.get` */
  async repository(place: ArtifactRegistryPlace): Promise<LookUp<RepositoryFacts>> {
    return mapped(await this.#get(repositoryName(place), repositoryAnswer), ({ format, mode, dockerConfig }) => ({
      format,
      mode: mode === 'REMOTE_REPOSITORY' ? 'remote' : mode === 'VIRTUAL_REPOSITORY' ? 'virtual' : 'standard',
      immutableTags: dockerConfig?.immutableTags === true,
    }));
  }

  /**
   * `projects.locations.repositories.testIamPermissions`, which everybody may ask.
   * @returns those of the permissions that the caller has
   */
  async granted(place: ArtifactRegistryPlace, permissions: readonly string[]): Promise<LookUp<ReadonlySet<string>>> {
    const request = {
      method: 'POST' as const,
      url: apiUrl(`${repositoryName(place)}:testIamPermissions`),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ permissions })),
    };
    return mapped(await this.#ask(request, permissionsAnswer), (answer) => new Set(answer.permissions));
  }

  /** `projects.locations.list`: where a project can have repositories */
  async locations(project: string): Promise<LookUp<readonly string[]>> {
    return mapped(await this.#get(`projects/${project}/locations?pageSize=${pageSize}`, locationsAnswer), (answer) =>
      answer.locations.map(({ locationId }) => locationId),
    );
  }

  /** The names of a project's repositories in one location: the first thousand. */
  async repositories({ project, location }: ArtifactRegistryPlace): Promise<LookUp<readonly string[]>> {
    const below = `projects/${project}/locations/${location}/repositories`;
    return mapped(await this.#get(`${below}?pageSize=${pageSize}`, repositoriesAnswer), (answer) =>
      answer.repositories.map(({ name }) => name),
    );
  }

  /** The images of a repository: the first thousand. */
  async images(place: ArtifactRegistryPlace): Promise<LookUp<readonly string[]>> {
    const below = `${repositoryName(place)}/packages`;
    return mapped(await this.#get(`${below}?pageSize=${pageSize}`, packagesAnswer), (answer) =>
      answer.packages.map(({ name }) => name),
    );
  }

  /** The tags of an image: the first thousand. */
  async tags(place: ArtifactRegistryPlace): Promise<LookUp<readonly string[]>> {
    const below = `${repositoryName(place)}/packages/${encodeURIComponent(place.image)}/tags`;
    return mapped(await this.#get(`${below}?pageSize=${pageSize}`, tagsAnswer), (answer) =>
      answer.tags.map(({ name }) => name),
    );
  }

  #get<S extends AnySchema>(resource: string, schema: S): Promise<LookUp<v.InferOutput<S>>> {
    return this.#ask({ method: 'GET', url: apiUrl(resource), headers: {} }, schema);
  }

  async #ask<S extends AnySchema>(
    request: Omit<HttpRequest, 'maxBytes'>,
    schema: S,
  ): Promise<LookUp<v.InferOutput<S>>> {
    try {
      const headers = { ...request.headers, ...quotaHeader(await this.#quotaProject()) };
      const { status, body } = await this.#transport.send({ ...request, headers, maxBytes: answerLimit });
      if (status === 404) return { kind: 'absent' };
      if (status !== 200) return { kind: 'unknown', reason: reasonIn(body, status) };
      const read = v.safeParse(schema, parseJson(body));
      if (read.success) return { kind: 'found', value: read.output };
      return { kind: 'unknown', reason: `${apiHost} gave an answer that is not its own` };
    } catch (error) {
      if (!(error instanceof Fault) || final.has(error.code)) throw error;
      return { kind: 'unknown', reason: error.message };
    }
  }
}

type AnySchema = v.GenericSchema<unknown, unknown>;

function mapped<A, B>(lookUp: LookUp<A>, map: (value: A) => B): LookUp<B> {
  return lookUp.kind === 'found' ? { kind: 'found', value: map(lookUp.value) } : lookUp;
}

/** The API's own words (`google.rpc.Status`) on one line, with what machines know the reason by. */
function reasonIn(body: Uint8Array, status: number): string {
  const read = v.safeParse(errorAnswer, parseJson(body));
  if (!read.success) return `${apiHost} answered ${status}`;
  const { message, status: name, details } = read.output.error;
  const reason = details.find((detail) => detail.reason !== undefined)?.reason ?? name;
  return printable(`${message} (${reason || status})`, 4000);
}
