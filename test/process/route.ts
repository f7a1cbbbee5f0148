import type { SeedContent } from '../fake/image-parts.ts';
import { type RunResult, runPromote } from '../fake/process.ts';
import type { RegistryHost } from '../fake/registry-host.ts';
import { seed } from '../fake/seeding.ts';
import type { StoredRepository } from '../fake/store.ts';
import { type PromotionReport, readReport } from './report-schema.ts';

/** A seeded source image and where it shall go, in repositories that no other test has. */
export interface Route {
  /** `HOST/PATH:v1` */
  readonly source: string;
  readonly destination: string;
  /** `PROJECT/REPOSITORY` of each */
  readonly sourceKey: string;
  readonly destinationKey: string;
  /** what the two registries hold */
  readonly tested: StoredRepository;
  readonly live: StoredRepository;
}

/** One end of a route. */
export interface End {
  /** as it stands in a reference */
  readonly host: string;
  readonly registry: RegistryHost;
}

export function makeRoute(content: SeedContent, number: number, from: End, to: End): Route {
  const sourceKey = `tested/from-${number}`;
  const destinationKey = `live/to-${number}`;
  seed(content, from.registry.store, `${sourceKey}/app`, 'v1');
  return {
    source: `${from.host}/${sourceKey}/app:v1`,
    destination: `${to.host}/${destinationKey}/app:v1`,
    sourceKey,
    destinationKey,
    tested: from.registry.store.at(`${sourceKey}/app`),
    live: to.registry.store.at(`${destinationKey}/app`),
  };
}

/** A run that printed a report as JSON. */
export interface Promotion extends RunResult {
  readonly report: PromotionReport;
}

/** Runs the program with `--format json`, and holds its report against the promised form. */
export async function promote(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Promotion> {
  const result = await runPromote([...args, '--format', 'json'], environment);
  try {
    return { ...result, report: readReport(result.stdout) };
  } catch (error) {
    throw new Error(`status ${result.status}, no report: ${error}\n${result.stdout}\n${result.stderr}`);
  }
}

/** What a repository holds of some content: true when it is all there, byte for byte, and the tag stands at it. */
export function holds(repository: StoredRepository, content: SeedContent, tag: string): boolean {
  const isBlob = content.blobs.every(({ digest, bytes }) => sameBytes(repository.blobs.get(digest), bytes));
  const isManifest = content.manifests.every(({ digest, bytes, mediaType }) => {
    const stored = repository.manifests.get(digest);
    return stored?.mediaType === mediaType && sameBytes(stored.bytes, bytes);
  });
  return isBlob && isManifest && repository.tags.get(tag) === content.root.digest;
}

function sameBytes(found: Uint8Array | undefined, wanted: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, wanted) === 0;
}
