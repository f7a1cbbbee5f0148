import * as v from 'valibot';

const pointer = v.looseObject({ digest: v.string(), urls: v.optional(v.array(v.string())) });

const document = v.looseObject({
  mediaType: v.optional(v.string()),
  artifactType: v.optional(v.string()),
  config: v.optional(v.looseObject({ mediaType: v.string(), digest: v.string() })),
  layers: v.optional(v.array(pointer)),
  blobs: v.optional(v.array(pointer)),
  manifests: v.optional(v.array(pointer)),
  subject: v.optional(pointer),
  annotations: v.optional(v.record(v.string(), v.string())),
});

/** What a registry looks at in a manifest: leniently, since the strict reading is what is under test. */
export interface ManifestDocument {
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  readonly blobs: readonly { readonly digest: string; readonly foreign: boolean }[];
  readonly manifests: readonly { readonly digest: string }[];
  readonly subject: { readonly digest: string } | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** @returns undefined where the bytes are no JSON object of that form */
export function readDocument(bytes: Uint8Array): ManifestDocument | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), document), Buffer.from(bytes).toString());
  if (!read.success) return undefined;
  const {
    mediaType,
    artifactType,
    config,
    layers = [],
    blobs = [],
    manifests = [],
    subject,
    annotations,
  } = read.output;
  const pointers = [...(config === undefined ? [] : [{ digest: config.digest, urls: undefined }]), ...layers, ...blobs];
  return {
    mediaType,
    artifactType: artifactType ?? config?.mediaType,
    blobs: pointers.map(({ digest, urls }) => ({ digest, foreign: urls !== undefined })),
    manifests,
    subject,
    annotations,
  };
}
