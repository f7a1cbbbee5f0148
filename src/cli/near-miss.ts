import { distance } from 'fastest-levenshtein';
import type { Option } from './option.ts';
import { options, substitutionOf } from './options.ts';

/** A key of the environment that was probably meant to be one of our substitutions. */
export interface NearMiss {
  readonly key: string;
  readonly option: Option;
}

const fewestLetters = 5;
const mostEdits = 2;
const userKey = /^_[A-Z0-9_]+$/;

/**
 * The user's substitutions that differ by a slip of the keys from one of ours that was not given.
 * @param keys of the environment
 * @param missing the options that got no value
 */
export function nearMisses(keys: readonly string[], missing: readonly Option[]): NearMiss[] {
  return missesOf(
    keys,
    missing.filter((option) => lettersOf(option) >= fewestLetters),
  );
}

/** The same for our short names, where two edits make another word: worth saying only where the value is needed. */
export function shortNearMisses(keys: readonly string[], missing: readonly Option[]): NearMiss[] {
  return missesOf(
    keys,
    missing.filter((option) => lettersOf(option) < fewestLetters),
  );
}

function missesOf(keys: readonly string[], candidates: readonly Option[]): NearMiss[] {
  const ours = new Set(options.map((option) => substitutionOf(option.name)));
  return keys
    .filter((key) => userKey.test(key) && !ours.has(key))
    .flatMap((key) => {
      const option = nearest(key, candidates);
      return option === undefined ? [] : [{ key, option }];
    });
}

function nearest(key: string, candidates: readonly Option[]): Option | undefined {
  return candidates
    .map((option) => ({ option, edits: distance(key, substitutionOf(option.name)) }))
    .filter(({ edits }) => edits <= mostEdits)
    .sort((a, b) => a.edits - b.edits)[0]?.option;
}

function lettersOf(option: Option): number {
  return option.name.replaceAll('-', '').length;
}
