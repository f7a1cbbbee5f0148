import * as v from 'valibot';
import { quoted } from '../text.ts';
import { type Digest, isDigest } from './digest.ts';

/**
 * What the manifests of image-spec and of Docker's schema 2 must hold for us to carry them. Fields
 * that we do not know pass; of those we know, none may be where it makes another kind of manifest.
 */

const text = v.string('is not a string');

const digest = v.custom<Digest>(
  (input) => typeof input === 'string' && isDigest(input),
  ({ input }) => `${shown(input)} is not a sha256 or sha512 digest`,
);

const size = v.pipe(
  v.number('is not a number'),
  v.safeInteger(({ input }) => `${input} is not a whole number of bytes up to 2^53 - 1`),
  v.minValue(0, ({ input }) => `${input} is negative`),
);

// Some clients write both as empty strings for "none".
const platformPart = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9_.-]*$/, ({ input }) => `${shown(input)} has more than letters, digits, "_", "." and "-"`),
);

const platform = v.pipe(
  exactlyNamed({
    os: platformPart,
    architecture: platformPart,
    variant: v.nullish(platformPart),
    'os.version': v.nullish(text),
    'os.features': v.nullish(v.array(text, 'is not an array')),
  }),
  v.check(({ os, architecture }) => (os === '') === (architecture === ''), 'names only one of os and architecture'),
  v.transform(({ os, architecture, variant }) => {
    if (os === '') return undefined;
    return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
  }),
);

const descriptor = v.pipe(
  exactlyNamed({
    mediaType: v.pipe(text, v.nonEmpty('is empty')),
    digest,
    size,
    platform: v.nullish(platform),
    artifactType: v.nullish(text),
    urls: v.optional(v.unknown()),
    annotations: v.optional(v.unknown()),
    data: v.optional(v.unknown()),
  }),
  v.transform(({ mediaType, digest, size, platform, artifactType }) => ({
    mediaType,
    digest,
    size,
    platform: platform ?? undefined,
    artifactType: artifactType ?? undefined,
  })),
);

const descriptors = v.array(descriptor, 'is not an array');
const schemaVersion = v.literal(2, ({ input }) => `is ${shown(input)}, not 2`);

const anyManifest = {
  mediaType: v.optional(text),
  artifactType: v.nullish(text),
  subject: v.nullish(descriptor),
  annotations: v.optional(v.unknown()),
  fsLayers: absentFrom('an image or an index'),
};

/** image-spec, manifest.md; Docker's "Image Manifest V 2, Schema 2" */
export const imageSchema = exactlyNamed({
  ...anyManifest,
  schemaVersion,
  manifests: absentFrom('an image'),
  blobs: absentFrom('an image'),
  config: descriptor,
  layers: descriptors,
});

/** image-spec, image-index.md; Docker's "Manifest List" */
export const indexSchema = exactlyNamed({
  ...anyManifest,
  schemaVersion,
  config: absentFrom('an index'),
  layers: absentFrom('an index'),
  blobs: absentFrom('an index'),
  manifests: descriptors,
});

/** The artifact manifest of image-spec 1.1's release candidates, which has no schemaVersion. */
export const artifactSchema = exactlyNamed({
  ...anyManifest,
  schemaVersion: v.optional(schemaVersion),
  config: absentFrom('an artifact manifest'),
  layers: absentFrom('an artifact manifest'),
  manifests: absentFrom('an artifact manifest'),
  blobs: v.nullish(descriptors),
});

function absentFrom(kind: string) {
  return v.optional(v.never(`does not belong in ${kind}`));
}

/**
 * An object whose known keys are spelt exactly so. Go's JSON reader takes `Layers`, or `layerſ`, for
 * `layers`: what we would pass over as unknown, the registry's own reader would act on.
 */
function exactlyNamed<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = new Map(Object.keys(entries).map((key) => [folded(key), key]));
  return v.pipe(
    v.custom<Record<string, unknown>>(isRecord, 'is not an object'),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      for (const [key, value] of Object.entries(input)) {
        const meant = known.get(folded(key));
        if (meant !== undefined && meant !== key) {
          addIssue({
            message: `is not spelt ${meant}`,
            path: [{ type: 'object', origin: 'key', input, key, value }],
          });
        }
      }
    }),
    v.looseObject(entries),
  );
}

export function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** Upper case first: it turns `ſ` to S, lower case the Kelvin sign to k. */
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function shown(input: unknown): string {
  return typeof input === 'string' ? quoted(input) : quoted(JSON.stringify(input) ?? 'nothing').slice(1, -1);
}
