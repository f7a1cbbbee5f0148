import type { Digest } from '../oci/digest.ts';
import type { Comparison } from '../promotion/compare.ts';
import { printable } from '../text.ts';
import { jsonText } from './json.ts';

/** What `digest` found. */
export interface DigestResult {
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** bytes of the manifest */
  readonly size: number;
}

/** What `tags` found. */
export interface TagsResult {
  readonly repository: string;
  readonly tags: readonly TagResult[];
}

export interface TagResult {
  readonly tag: string;
  readonly digest?: Digest;
  /** RFC 3339 */
  readonly uploaded?: string;
}

/** The digest alone, as people pipe it. */
export function digestText(result: DigestResult): string {
  return `${result.digest}\n`;
}

/** One tag a line; nothing for an empty repository. */
export function tagsText(result: TagsResult): string {
  return result.tags.map(({ tag }) => `${printable(tag)}\n`).join('');
}

/** What was compared, and everything that is not the same. */
export function verifyText(results: readonly Comparison[]): string {
  return `\n${results
    .flatMap(verifyLines)
    .map((line) => printable(line, 2000))
    .join('\n')}\n\n`;
}

/** One result is an object, as people script against it; several are an array. */
export function verifyJson(results: readonly Comparison[]): string {
  return jsonText(results.length === 1 ? results[0] : results);
}

/** In one word what a comparison came to. */
export function verdictOf({ same, different }: Comparison): 'same' | 'different' | 'missing' {
  if (same) return 'same';
  return different.length > 0 ? 'different' : 'missing';
}

function verifyLines(result: Comparison): string[] {
  return [
    `${verdictOf(result).padEnd(9)}  ${result.destination}`,
    `           from ${result.source}`,
    `           ${result.digest ?? 'no digest'}`,
    ...result.missing.map((what) => `  missing    ${what}`),
    ...result.different.map((what) => `  different  ${what}`),
  ];
}
