import * as v from 'valibot';

const result = v.strictObject({
  identity: v.nullable(v.string()),
  findings: v.array(
    v.strictObject({
      side: v.picklist(['source', 'destination']),
      subject: v.pipe(v.string(), v.minLength(1)),
      status: v.picklist(['ok', 'missing', 'unknown']),
      detail: v.pipe(v.string(), v.minLength(1)),
      fix: v.optional(v.pipe(v.string(), v.minLength(1))),
    }),
  ),
});

export type CheckResult = v.InferOutput<typeof result>;

/** @throws when the text is not one JSON document of the promised form */
export function readCheck(text: string): CheckResult {
  return v.parse(v.pipe(v.string(), v.parseJson(), result), text);
}
