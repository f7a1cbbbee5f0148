import * as v from 'valibot';
import { asFault, Fault } from '../fault.ts';
import { type Digest, digestOf, isDigest } from '../oci/digest.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { parseStrictJson } from '../oci/strict-json.ts';
import type { PlannedImage } from './plan.ts';

/** What mends a plan that cannot be carried out. */
export const planAgain = 'make it again with: promote plan … --output PLAN.json';

const digest = v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is not a digest');
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const name = v.pipe(v.string(), v.maxLength(1000));

/** Nothing that is attached goes under any other tag. */
const cosignTag = v.pipe(
  v.string(),
  v.regex(/^(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})\.(?:sig|att|sbom)$/, 'is no tag of cosign'),
);

const destination = v.strictObject({
  /** with a tag, or with the image's digest where it has none */
  reference: name,
  /** what stood there when the plan was made */
  current: v.nullable(digest),
  action: v.picklist(['create', 'move', 'unchanged']),
});

const attached = v.strictObject({
  digest,
  tag: v.optional(cosignTag),
  /** of a tag: what stood there when the plan was made, in each destination's `HOST/PATH` */
  standing: v.optional(v.array(v.strictObject({ repository: name, current: v.nullable(digest) }))),
});

const image = v.strictObject({
  /** `HOST/PATH@DIGEST` */
  source: name,
  destinations: v.pipe(v.array(destination), v.minLength(1)),
  /** the root first */
  manifests: v.pipe(v.array(digest), v.minLength(1)),
  attached: v.array(attached),
});

const blob = v.strictObject({
  /** the destination's `HOST/PATH` */
  repository: name,
  digest,
  /** bytes */
  size: count,
  how: v.picklist(['exists', 'mount', 'upload']),
});

const totals = v.strictObject({
  images: count,
  destinations: count,
  manifests: count,
  blobs: count,
  bytesToUpload: count,
  /** about so many, when nothing is tried again */
  requests: count,
});

const planDocument = v.strictObject({
  schemaVersion: v.literal(1),
  /** RFC 3339 */
  createdAt: v.string(),
  images: v.pipe(v.array(image), v.minLength(1)),
  blobs: v.array(blob),
  totals,
});

/** A plan as a file: what `plan` writes, a reviewer reads and `apply` carries out. */
export type PlanDocument = v.InferOutput<typeof planDocument>;
export type DocumentedImage = PlanDocument['images'][number];
export type DocumentedAttached = DocumentedImage['attached'][number];
export type DocumentedBlob = PlanDocument['blobs'][number];

/** A planned image with what is attached to it, as the document has it. */
export function documentImage(planned: PlannedImage, attached: DocumentedAttached[]): DocumentedImage {
  return {
    source: planned.source.toString(),
    destinations: planned.destinations.map(({ reference, current, action }) => ({
      reference: reference.toString(),
      current: current ?? null,
      action,
    })),
    manifests: [...planned.graph.manifests.keys()],
    attached,
  };
}

/** The document with its sums. */
export function documentPlan(
  images: DocumentedImage[],
  blobs: DocumentedBlob[],
  requests: number,
  createdAt: Date,
): PlanDocument {
  const upload = blobs.filter(({ how }) => how === 'upload');
  return {
    schemaVersion: 1,
    createdAt: createdAt.toISOString(),
    images,
    blobs,
    totals: {
      images: images.length,
      destinations: images.reduce((sum, { destinations }) => sum + destinations.length, 0),
      manifests: images.reduce((sum, { manifests, attached }) => sum + manifests.length + attached.length, 0),
      blobs: blobs.length,
      bytesToUpload: upload.reduce((sum, { size }) => sum + size, 0),
      requests,
    },
  };
}

/** The bytes of a plan's file: what its digest is of. */
export function planBytes(document: PlanDocument): Uint8Array {
  return Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * Reads a plan's file.
 * @throws Fault USAGE that names the field, also for references that are malformed or contradict each other
 */
export function parsePlan(bytes: Uint8Array): PlanDocument {
  const parsed = v.safeParse(planDocument, readJson(bytes), { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const field = issue.path?.map(({ key }) => String(key)).join('.') ?? 'the whole';
    throw new Fault('USAGE', `the plan is not one that this version carries out: ${field}: ${issue.message}`, {
      hint: planAgain,
    });
  }
  for (const documented of parsed.output.images) checkImage(documented);
  return parsed.output;
}

/** The digest that `plan` prints and `--expect-plan` takes. */
export function planDigest(bytes: Uint8Array): Digest {
  return digestOf(bytes, 'sha256');
}

/** A documented image's references. */
export function referencesOf(documented: DocumentedImage): { source: Reference; destinations: Reference[] } {
  return {
    source: parseReference(documented.source),
    destinations: documented.destinations.map(({ reference }) => parseReference(reference)),
  };
}

function checkImage(documented: DocumentedImage): void {
  const { source, destinations } = referencesOf(documented);
  const [root] = documented.manifests;
  if (source.digest === undefined || source.digest !== root) {
    throw new Fault('USAGE', `the plan's source ${source} is not pinned to the first of its manifests`);
  }
  for (const reference of destinations) {
    if (reference.tag === undefined ? reference.digest !== root : reference.digest !== undefined) {
      throw new Fault(
        'USAGE',
        `the plan's destination ${reference} has neither a tag alone nor the image's digest alone`,
      );
    }
    if (reference.name === source.name && reference.tag === undefined) {
      throw new Fault('USAGE', `the plan's destination ${reference} is its source`);
    }
  }
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, 'the plan');
  } catch (cause) {
    throw new Fault('USAGE', asFault(cause).message, { cause, hint: planAgain });
  }
}
