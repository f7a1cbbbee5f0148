import { digestOf } from '../../src/oci/digest.ts';
import type { Behaviour } from './behaviour.ts';
import { readDocument } from './document.ts';
import { type Answer, answer, type FakeRequest, jsonAnswer } from './exchange.ts';
import type { Store, StoredManifest, StoredRepository } from './store.ts';

/** Artifact Registry lists so many tags and so many manifests by the protocol, and leaves the rest out. */
const mostListed = 10_000;
const indexType = 'application/vnd.oci.image.index.v1+json';

/** One page of a repository's tags (distribution-spec, "Listing Tags"), with Google's additions where asked for. */
export function tagList(
  behaviour: Behaviour,
  request: FakeRequest,
  path: string,
  repository: StoredRepository,
  children: readonly string[],
): Answer {
  const most = behaviour.tagDetails === 'google' ? mostListed : Number.POSITIVE_INFINITY;
  const tags = [...repository.tags.keys()].sort().slice(0, most);
  const { names, headers } = page(request, tags, behaviour.tagPageSize);
  const details =
    behaviour.tagDetails === 'none'
      ? {}
      : { child: children.slice(0, most), manifest: manifestDetails(repository, most) };
  return jsonAnswer(200, { ...details, name: path, tags: names }, headers);
}

/** One page of the registry's repositories (distribution project, "Listing Repositories"). */
export function catalog(store: Store, request: FakeRequest): Answer {
  const { names, headers } = page(request, [...store.repositories.keys()], 100);
  return jsonAnswer(200, { repositories: names }, headers);
}

/** What points at a digest by `subject` (distribution-spec, "Listing Referrers"). */
export function referrers(repository: StoredRepository, request: FakeRequest, subject: string): Answer {
  const wanted = request.query.get('artifactType');
  const all = descriptorsOf(repository, subject);
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
  const filtered: Record<string, string> = wanted === null ? {} : { 'oci-filters-applied': 'artifactType' };
  return answer(200, { 'content-type': indexType, ...filtered }, indexOf(manifests));
}

/** Keeps the list of referrers under the tag where clients without the API look ("Referrers Tag Schema"). */
export function keepFallbackTag(repository: StoredRepository, subject: string): void {
  const bytes = indexOf(descriptorsOf(repository, subject));
  const digest = digestOf(bytes, 'sha256');
  repository.putManifest(digest, indexType, bytes);
  repository.tags.set(subject.replace(':', '-'), digest);
}

interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

function descriptorsOf(repository: StoredRepository, subject: string): ReferrerDescriptor[] {
  return [...repository.manifests].flatMap(([digest, { mediaType, bytes }]) => {
    const document = readDocument(bytes);
    if (document?.subject?.digest !== subject) return [];
    const { artifactType, annotations } = document;
    return [{ mediaType, digest, size: bytes.length, artifactType, annotations }];
  });
}

function indexOf(manifests: readonly ReferrerDescriptor[]): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
}

function page(
  request: FakeRequest,
  all: string[],
  mostOnPage: number,
): { names: string[]; headers: Record<string, string> } {
  const size = Math.min(Number(request.query.get('n') ?? mostOnPage), mostOnPage);
  const last = request.query.get('last') ?? '';
  const rest = all.sort().filter((name) => name > last);
  const names = rest.slice(0, size);
  const end = names.at(-1);
  if (end === undefined || names.length === rest.length) return { names, headers: {} };
  const next = `${request.path}?n=${size}&last=${encodeURIComponent(end)}`;
  return { names, headers: { link: `<${next}>; rel="next"` } };
}

function manifestDetails(repository: StoredRepository, most: number): Record<string, unknown> {
  return Object.fromEntries(
    [...repository.manifests]
      .slice(0, most)
      .map(([digest, manifest]) => [digest, detailsOf(repository, digest, manifest)]),
  );
}

function detailsOf(repository: StoredRepository, digest: string, manifest: StoredManifest): Record<string, unknown> {
  return {
    imageSizeBytes: String(manifest.bytes.length),
    mediaType: manifest.mediaType,
    timeCreatedMs: '0',
    timeUploadedMs: String(manifest.uploaded),
    tag: repository.tagsOf(digest),
  };
}
