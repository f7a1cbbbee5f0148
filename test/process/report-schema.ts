import * as v from 'valibot';

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const failure = v.strictObject({
  code: v.pipe(v.string(), v.regex(/^[A-Z_]+$/)),
  message: v.pipe(v.string(), v.minLength(1)),
  hint: v.optional(v.string()),
});

const image = v.strictObject({
  source: v.string(),
  destination: v.string(),
  digest: v.nullable(digest),
  previousDigest: v.optional(digest),
  attached: v.optional(v.array(digest)),
  outcome: v.picklist(['promoted', 'unchanged', 'planned', 'withheld', 'failed']),
  verified: v.boolean(),
  error: v.optional(failure),
});

/** The JSON report as it is promised to scripts: no field less, none more. */
const report = v.strictObject({
  schemaVersion: v.literal(1),
  outcome: v.picklist(['promoted', 'unchanged', 'planned', 'failed']),
  images: v.array(image),
  error: v.optional(failure),
  warnings: v.optional(v.array(v.string())),
  blobs: v.strictObject({ mounted: count, uploaded: count, existing: count }),
  bytesUploaded: count,
  requests: count,
  durationMs: count,
});

export type PromotionReport = v.InferOutput<typeof report>;

/** @throws when the text is not one JSON document of the promised form */
export function readReport(text: string): PromotionReport {
  return v.parse(v.pipe(v.string(), v.parseJson(), report), text);
}
