import { Fault } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Repository } from '../oci/repository.ts';
import { type Graph, manifestsOf, readGraph } from './graph.ts';

const deepest = 8;
const mostAttached = 10_000;

/** A signature, an SBOM, an attestation: whatever points at a promoted manifest. */
export interface AttachedArtifact {
  readonly graph: Graph;
  /** the tag that it is found by, where it is not found by its `subject` (cosign's old scheme) */
  readonly tag: string | undefined;
}

/** How the three tags that cosign may have put for each manifest are looked for: all of them by name, or those that were listed before. */
export type CosignTags = 'by name' | ReadonlySet<string>;

const cosignSuffixes = ['sig', 'att', 'sbom'] as const;

/**
 * Finds what is attached to the manifests of an image, and to what is found, and so on. Each is read
 * and hashed; a listed size is not trusted.
 * @param warn told what is listed and cannot be had
 * @throws Fault LIMIT_EXCEEDED beyond 8 levels or 10,000 artifacts
 */
export async function findAttached(
  repository: Repository,
  graph: Graph,
  cosign: CosignTags,
  warn: (message: string) => void,
): Promise<readonly AttachedArtifact[]> {
  const names = cosignNames(graph);
  const [referring, tagged] = await Promise.all([
    findReferrers(repository, graph, warn),
    findTagged(repository, cosign === 'by name' ? names : names.filter((tag) => cosign.has(tag))),
  ]);
  const known = new Set(referring.map((artifact) => artifact.graph.root.digest));
  // What hangs on a cosign tag may itself be signed by a referrer.
  const below = await Promise.all(tagged.map((artifact) => findReferrers(repository, artifact.graph, warn)));
  const further = below.flat().filter(({ graph: { root } }) => !known.has(root.digest) && known.add(root.digest));
  return [...referring, ...further, ...tagged];
}

/** Reads artifacts that were named before. @throws Fault NOT_FOUND */
export async function readAttached(
  repository: Repository,
  named: readonly { readonly digest: Digest; readonly tag?: string | undefined }[],
): Promise<readonly AttachedArtifact[]> {
  return Promise.all(
    named.map(async ({ digest, tag }) => {
      const manifest = await repository.get(digest);
      if (manifest === undefined)
        throw new Fault('NOT_FOUND', `source ${repository.name}@${digest}, which is attached, is missing`);
      return { graph: await readArtifact(repository, manifest), tag };
    }),
  );
}

async function findReferrers(
  repository: Repository,
  graph: Graph,
  warn: (message: string) => void,
): Promise<AttachedArtifact[]> {
  const found = new Map<Digest, AttachedArtifact>();
  let subjects: readonly Digest[] = manifestsOf(graph);
  for (let depth = 0; subjects.length > 0; depth += 1) {
    const fresh = new Map<Digest, Manifest>();
    for (const manifest of await referrersOfAll(repository, subjects, mostAttached - found.size, warn)) {
      if (!found.has(manifest.digest)) fresh.set(manifest.digest, manifest);
    }
    if (fresh.size > 0 && depth === deepest) {
      throw new Fault(
        'LIMIT_EXCEEDED',
        `source ${repository.name}@${graph.root.digest}: artifacts are attached to each other more than ${deepest} deep`,
      );
    }
    const artifacts = await Promise.all(Array.from(fresh.values(), (manifest) => readArtifact(repository, manifest)));
    for (const artifact of artifacts) found.set(artifact.root.digest, { graph: artifact, tag: undefined });
    subjects = artifacts.flatMap((artifact) => [...artifact.manifests.keys()]);
  }
  return [...found.values()];
}

/** @param most are read: what is listed is counted first, since a list can name more than memory holds */
async function referrersOfAll(
  repository: Repository,
  subjects: readonly Digest[],
  most: number,
  warn: (message: string) => void,
): Promise<Manifest[]> {
  let count = 0;
  const lists = await Promise.all(
    subjects.map(async (subject) => {
      const listed = await repository.referrers(subject);
      const digests = [...new Set(listed.map(({ digest }) => digest))];
      count += digests.length;
      if (count > most) {
        throw new Fault('LIMIT_EXCEEDED', `source ${repository.name}: more than ${mostAttached} attached artifacts`);
      }
      return { subject, digests };
    }),
  );
  const read = lists.map(({ subject, digests }) => readReferrers(repository, subject, digests, warn));
  return (await Promise.all(read)).flat();
}

async function readReferrers(
  repository: Repository,
  subject: Digest,
  listed: readonly Digest[],
  warn: (message: string) => void,
): Promise<Manifest[]> {
  const manifests = await Promise.all(listed.map((digest) => repository.get(digest)));
  return manifests.flatMap((manifest, index) => {
    if (manifest !== undefined && manifest.subject?.digest === subject) return [manifest];
    const name = `${repository.name}@${listed[index]}`;
    warn(
      `${name} is listed as attached to ${subject}, but ${manifest === undefined ? 'is missing' : 'is not'}; it was left behind`,
    );
    return [];
  });
}

async function findTagged(repository: Repository, names: readonly string[]): Promise<AttachedArtifact[]> {
  const manifests = await Promise.all(names.map((name) => repository.get(name)));
  const artifacts = manifests.map(async (manifest, index) =>
    manifest === undefined ? [] : [{ graph: await readArtifact(repository, manifest), tag: names[index] }],
  );
  return (await Promise.all(artifacts)).flat();
}

function readArtifact(repository: Repository, manifest: Manifest): Promise<Graph> {
  return readGraph(repository, manifest, `source ${repository.name}@${manifest.digest}`);
}

/** Every tag that cosign may have put for a manifest of an image. */
export function cosignNames(graph: Graph): string[] {
  return manifestsOf(graph).flatMap(cosignTagsOf);
}

function cosignTagsOf(digest: Digest): string[] {
  return cosignSuffixes.map((suffix) => `${digest.replace(':', '-')}.${suffix}`);
}
