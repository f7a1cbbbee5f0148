import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';
import { type NearMiss, nearMisses, shortNearMisses } from './near-miss.ts';
import type { CommandName, Option } from './option.ts';
import { flagOf, type OptionName, optionsRead, substitutionOf } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What one option got, and where it stood: the flag or the substitution, for messages. */
export interface Given {
  readonly texts: readonly string[];
  readonly where: string;
}

/** The options of one command with the values that flags and environment gave them. */
export class OptionValues {
  readonly #given: ReadonlyMap<string, Given>;
  /** option name → why it probably has no value */
  readonly #doubts: ReadonlyMap<string, string>;
  /** near-miss names in the environment */
  readonly warnings: readonly string[];

  constructor(given: ReadonlyMap<string, Given>, doubts: ReadonlyMap<string, string>, warnings: readonly string[]) {
    this.#given = given;
    this.#doubts = doubts;
    this.warnings = warnings;
  }

  has(name: OptionName): boolean {
    return this.#given.has(name);
  }

  text(name: OptionName<'text'>): string | undefined {
    return this.#given.get(name)?.texts[0];
  }

  /** the items in order; none when the option was not given */
  list(name: OptionName<'list'>): readonly string[] {
    return this.#given.get(name)?.texts.flatMap(splitList) ?? [];
  }

  on(name: OptionName<'switch'>): boolean {
    return this.#given.get(name)?.texts.at(-1) === 'true';
  }

  /** the flag or the substitution that gave the value; the flag when none did */
  where(name: OptionName): string {
    return this.#given.get(name)?.where ?? flagOf(name);
  }

  /** What the environment shows of why the option has no value; undefined where it shows nothing. */
  doubt(name: OptionName): string | undefined {
    return this.#doubts.get(name);
  }
}

/**
 * Joins flags and environment: a flag wins, an empty substitution counts as not given.
 * @param command which options count: other substitutions are for other steps of the build
 * @throws Fault USAGE for an empty flag, a repeated single value, a malformed switch, a safeguard that is empty or misspelt
 */
export function readValues(
  command: CommandName,
  flags: ReadonlyMap<string, readonly string[]>,
  env: Environment,
): OptionValues {
  const read = optionsRead(command);
  const given = new Map<string, Given>();
  const doubts = new Map<string, string>();
  for (const option of read) {
    const texts = flags.get(option.name);
    const text = env[substitutionOf(option.name)];
    if (texts !== undefined) given.set(option.name, fromFlag(option, texts));
    else if (text !== undefined && isBlank(option, text)) doubts.set(option.name, emptySubstitution(option));
    else if (text !== undefined) given.set(option.name, fromEnvironment(option, text));
  }
  const missing = read.filter(({ name }) => !given.has(name));
  const keys = definedKeys(env);
  const misses = nearMisses(keys, missing);
  refuseSafeguards(missing, misses, doubts);
  for (const miss of [...shortNearMisses(keys, missing), ...misses]) doubts.set(miss.option.name, misspelt(miss));
  return new OptionValues(given, doubts, misses.map(misspelt));
}

function definedKeys(env: Environment): string[] {
  return Object.keys(env).filter((key) => env[key] !== undefined);
}

function refuseSafeguards(
  missing: readonly Option[],
  misses: readonly NearMiss[],
  doubts: ReadonlyMap<string, string>,
): void {
  const empty = missing.find(({ name, safeguard }) => safeguard === true && doubts.has(name));
  if (empty !== undefined) {
    throw new Fault('USAGE', `${substitutionOf(empty.name)} is set but empty (its option is ${flagOf(empty.name)})`, {
      hint: 'with ALLOW_LOOSE a misspelt substitution arrives empty: correct it, or leave it out',
    });
  }
  const miss = misses.find(({ option }) => option.safeguard === true);
  if (miss !== undefined) {
    throw new Fault('USAGE', misspelt(miss), { hint: `rename it, or set ${substitutionOf(miss.option.name)} as well` });
  }
}

function emptySubstitution(option: Option): string {
  return `${substitutionOf(option.name)} is set but empty; with ALLOW_LOOSE a misspelt substitution arrives empty`;
}

function misspelt({ key, option }: NearMiss): string {
  return `${key} is not one of promote's substitutions: did you mean ${substitutionOf(option.name)}?`;
}

function fromFlag(option: Option, texts: readonly string[]): Given {
  const where = flagOf(option.name);
  if (texts.some((text) => isBlank(option, text))) {
    throw new Fault('USAGE', `${where} has an empty value (its substitution is ${substitutionOf(option.name)})`, {
      hint: 'give it a value, or leave it out',
    });
  }
  if (option.kind === 'text' && texts.length > 1) throw new Fault('USAGE', `${where} is given more than once`);
  return { texts, where };
}

function fromEnvironment(option: Option, text: string): Given {
  const where = substitutionOf(option.name);
  return { texts: [option.kind === 'switch' ? readSwitch(text, where) : text], where };
}

/**
 * @param where the flag or substitution that the text stood in, for the message
 * @throws Fault USAGE for anything but `true`, `1`, `false`, `0`
 */
export function readSwitch(text: string, where: string): 'true' | 'false' {
  if (text === 'true' || text === '1') return 'true';
  if (text === 'false' || text === '0') return 'false';
  throw new Fault('USAGE', `${where}: ${quoted(text)} is neither true (or 1) nor false (or 0)`);
}

function isBlank(option: Option, text: string): boolean {
  return option.kind === 'list' ? splitList(text).length === 0 : text.trim() === '';
}

// gcloud's --substitutions splits at commas, so white space separates as well.
function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}
