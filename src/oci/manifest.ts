import * as v from 'valibot';
import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';
import type { Descriptor } from './descriptor.ts';
import { type Digest, type DigestAlgorithm, digestOf } from './digest.ts';
import { artifactSchema, imageSchema, indexSchema, isRecord } from './manifest-schema.ts';
import { fieldName, parseStrictJson } from './strict-json.ts';

/**
 * A manifest of any kind, with the bytes that were fetched: they are what is put, never a new
 * serialisation. An image (or artifact) has blobs, an index has manifests.
 */
export interface Manifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: 'image' | 'index';
  /** the config and the layers of an image, in order; none for an index */
  readonly blobs: readonly Descriptor[];
  /** the children of an index, in order; none for an image */
  readonly manifests: readonly Descriptor[];
  /** what this manifest is attached to (image-spec 1.1, `subject`) */
  readonly subject: Descriptor | undefined;
  readonly artifactType: string | undefined;
}

type Content = Pick<Manifest, 'kind' | 'blobs' | 'manifests' | 'subject' | 'artifactType'>;

/** How to read each kind of manifest; `what` names it in messages. */
const readers: ReadonlyMap<string, (document: unknown, what: string) => Content> = new Map([
  ['application/vnd.oci.image.index.v1+json', readIndex],
  ['application/vnd.oci.image.manifest.v1+json', readImage],
  ['application/vnd.docker.distribution.manifest.list.v2+json', readIndex],
  ['application/vnd.docker.distribution.manifest.v2+json', readImage],
  ['application/vnd.oci.artifact.manifest.v1+json', readArtifact],
]);

/** Everything that parseManifest understands, for an Accept header. */
export const manifestMediaTypes: readonly string[] = [...readers.keys()];

/** Those that name other manifests. */
export const indexMediaTypes: readonly string[] = [...readers].flatMap(([type, read]) =>
  read === readIndex ? [type] : [],
);

const schema1Form = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;

/** What servers say that do not know what they serve. */
const genericTypes: ReadonlySet<string> = new Set([
  '',
  'application/json',
  'application/octet-stream',
  'binary/octet-stream',
  'text/plain',
]);

/**
 * Reads a manifest strictly: what two readers could read in two ways is refused.
 * @param bytes as they were sent
 * @param contentType the Content-Type header, parameters and all; undefined where there was none
 * @param algorithm of the digest that the manifest is known by
 * @throws Fault MANIFEST_INVALID that names the field
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  algorithm: DigestAlgorithm,
): Manifest {
  const digest = digestOf(bytes, algorithm);
  const what = `manifest ${digest}`;
  const document = parseStrictJson(bytes, what);
  if (!isRecord(document)) throw invalid(what, 'is not an object');
  const served = servedMediaType(contentType);
  refuseSchema1(document, served, what);
  const mediaType = agreedMediaType(document, served, what);
  const read = readers.get(mediaType);
  if (read === undefined) throw invalid(what, `mediaType: ${quoted(mediaType)} is no kind of manifest that is known`);
  return { bytes, digest, mediaType, ...read(document, what) };
}

/** @returns the Content-Type without its parameters; undefined where it says nothing */
function servedMediaType(contentType: string | undefined): string | undefined {
  const mediaType = (contentType ?? '').replace(/;.*/s, '').trim().toLowerCase();
  return genericTypes.has(mediaType) ? undefined : mediaType;
}

/** Its layers are found by other rules, and its digest leaves out a part of its bytes. */
function refuseSchema1(document: Record<string, unknown>, served: string | undefined, what: string): void {
  const named = [served, document.mediaType].find((type) => typeof type === 'string' && schema1Form.test(type));
  if (named === undefined && document.schemaVersion !== 1) return;
  const field = document.schemaVersion === 1 ? 'schemaVersion' : 'mediaType';
  throw new Fault('MANIFEST_INVALID', `${what}: ${field}: is of Docker's schema 1, which is not carried`, {
    hint: 'build the image again, or push it again with a current tool',
  });
}

/** What is served and what is written must be one (image-spec, manifest.md, `mediaType`). Docker's documents always have theirs. */
function agreedMediaType(document: Record<string, unknown>, served: string | undefined, what: string): string {
  const written = document.mediaType;
  if (written === undefined) {
    if (served === undefined || served.startsWith('application/vnd.docker.')) {
      throw invalid(what, 'mediaType: is missing');
    }
    return served;
  }
  if (typeof written !== 'string') throw invalid(what, 'mediaType: is not a string');
  if (served !== undefined && written !== served) {
    throw invalid(what, `mediaType: ${quoted(written)} contradicts the Content-Type ${quoted(served)}`);
  }
  return written;
}

function readImage(document: unknown, what: string): Content {
  const { config, layers, subject, artifactType } = conforming(imageSchema, document, what);
  return { kind: 'image', blobs: [config, ...layers], manifests: [], ...attachment(subject, artifactType) };
}

function readIndex(document: unknown, what: string): Content {
  const { manifests, subject, artifactType } = conforming(indexSchema, document, what);
  return { kind: 'index', blobs: [], manifests, ...attachment(subject, artifactType) };
}

function readArtifact(document: unknown, what: string): Content {
  const { blobs, subject, artifactType } = conforming(artifactSchema, document, what);
  return { kind: 'image', blobs: blobs ?? [], manifests: [], ...attachment(subject, artifactType) };
}

function attachment(subject: Descriptor | null | undefined, artifactType: string | null | undefined) {
  return { subject: subject ?? undefined, artifactType: artifactType ?? undefined };
}

function conforming<const Schema extends v.GenericSchema>(schema: Schema, document: unknown, what: string) {
  const result = v.safeParse(schema, document, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = fieldName(issue.path?.map((step) => step.key) ?? []);
  throw invalid(what, `${field}: ${issue.received === 'undefined' ? 'is missing' : issue.message}`);
}

function invalid(what: string, flaw: string): Fault {
  return new Fault('MANIFEST_INVALID', `${what}: ${flaw}`);
}
