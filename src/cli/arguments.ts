import { closest, distance } from 'fastest-levenshtein';
import { Fault } from '../fault.ts';
import { printable, quoted } from '../text.ts';
import { type CommandName, commandNames, type Option } from './option.ts';
import { flagOf, options, optionsOf } from './options.ts';
import { readSwitch } from './values.ts';

/** What was typed, sorted but not yet read. */
export interface Arguments {
  readonly command: CommandName;
  /** without the command */
  readonly positionals: readonly string[];
  /** option name → each text given for it, in order; a switch's is `true` or `false` */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly wants: 'run' | 'help' | 'overview' | 'version';
}

/**
 * Sorts the arguments of a process into command, positionals and flags.
 * @param argv without node and script; not empty
 * @throws Fault USAGE for an unknown flag or command, with the nearest real one
 */
export async function readArguments(argv: readonly string[]): Promise<Arguments> {
  refuseWithoutFolder();
  const { default: yargs } = await import('yargs');
  const parsed = yargs()
    .help(false)
    .version(false)
    .exitProcess(false)
    .detectLocale(false)
    .parserConfiguration({
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .options(
      Object.fromEntries(options.map(({ name, kind }) => [name, { type: kind === 'switch' ? 'boolean' : 'string' }])),
    )
    .options({ help: { type: 'boolean', alias: 'h' }, version: { type: 'boolean' } })
    .parseSync(checkedWords(argv));

  const words = parsed._.map(String);
  refuseEmptyWords(words);
  const [first, ...rest] = words[0] === 'help' ? words.slice(1) : words;
  const command = commandOf(first);
  const flags = new Map(
    options.flatMap(({ name }) => (parsed[name] === undefined ? [] : [[name, textsOf(parsed[name])] as const])),
  );
  const asksHelp = parsed.help === true || words[0] === 'help';
  const help = command === undefined ? 'overview' : 'help';
  const wants = asksHelp ? help : parsed.version === true ? 'version' : 'run';
  if (wants === 'run') refuseForeignFlags(command ?? 'copy', flags);
  return {
    command: command ?? 'copy',
    positionals: command === undefined && first !== undefined ? [first, ...rest] : rest,
    flags,
    wants,
  };
}

/** yargs asks where it is, and cannot say what is wrong. */
function refuseWithoutFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new Fault('USAGE', 'the working directory does not exist any more', {
      hint: 'change to one that does',
      cause,
    });
  }
}

// yargs acts on some flags that are not ours (it prints completions), reads every switch value but `true` as
// false, and lets the last of two switches win: so the words are checked before it sees them.
function checkedWords(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const switches = new Map<string, string>();
  const checked = withDashes(argv.slice(0, end)).map((word) => {
    if (!word.startsWith('-') || word === '-') return word;
    const [flag = word, ...value] = word.split('=');
    const option = options.find(({ name }) => flagOf(name) === flag);
    if (option === undefined) return knownWord(word, flag);
    if (option.kind !== 'switch') return word;
    const text = value.length === 0 ? 'true' : readSwitch(value.join('='), flag);
    if ((switches.get(flag) ?? text) !== text) throw new Fault('USAGE', `${flag} is given both as true and as false`);
    switches.set(flag, text);
    return `${flag}=${text}`;
  });
  return [...checked, ...argv.slice(end)];
}

const dashOrNumber = /^-[0-9]*$/;

/** `--images-file -` as `--images-file=-`, and so `--newest -1`: yargs takes a dash for the next flag. */
function withDashes(words: readonly string[]): string[] {
  const takesValue = (word: string | undefined) =>
    options.some(({ name, kind }) => kind !== 'switch' && flagOf(name) === word);
  return words.flatMap((word, index) => {
    const next = words[index + 1] ?? '';
    if (takesValue(word) && dashOrNumber.test(next)) return [`${word}=${next}`];
    return dashOrNumber.test(word) && takesValue(words[index - 1]) ? [] : [word];
  });
}

function knownWord(word: string, flag: string): string {
  if (['--help', '-h', '--version'].includes(word)) return word;
  const nearest = closest(flag, [...options.map(({ name }) => flagOf(name)), '--help', '--version']);
  throw new Fault('USAGE', `unknown option ${printable(flag, 100)}`, {
    hint: isLike(flag, nearest) ? `did you mean ${nearest}?` : 'promote --help lists the options',
  });
}

/** Half of what was typed may be a slip. */
function isLike(word: string, other: string): boolean {
  return distance(word, other) <= word.length / 2;
}

function refuseEmptyWords(words: readonly string[]): void {
  const index = words.findIndex((word) => word.trim() === '');
  if (index < 0) return;
  throw new Fault('USAGE', `argument ${index + 1} (options left aside) is empty`, {
    hint: 'with ALLOW_LOOSE a misspelt substitution arrives empty',
  });
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

// A reference holds a slash; a word without one was meant as a command.
function commandOf(word: string | undefined): CommandName | undefined {
  if (word === undefined || word.includes('/')) return undefined;
  const command = commandNames.find((name) => name === word);
  if (command !== undefined) return command;
  const nearest = closest(word, commandNames);
  throw new Fault('USAGE', `unknown command ${quoted(word)}`, {
    hint: isLike(word, nearest)
      ? `did you mean ${nearest}? (a reference is HOST/PATH:TAG)`
      : 'promote --help lists the commands; a reference is HOST/PATH:TAG',
  });
}

function refuseForeignFlags(command: CommandName, flags: ReadonlyMap<string, unknown>): void {
  const taken = optionsOf(command);
  const foreign = options.find((option: Option) => flags.has(option.name) && !taken.includes(option));
  if (foreign === undefined) return;
  throw new Fault('USAGE', `${flagOf(foreign.name)} is not an option of ${command}`, {
    hint: `it is one of ${foreign.commands.join(', ')}; promote ${command} --help lists what ${command} takes`,
  });
}
