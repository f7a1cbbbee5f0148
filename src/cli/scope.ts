import { Fault } from '../fault.ts';
import { isGlob } from '../promotion/glob.ts';
import type { SelectionFilter } from '../promotion/request.ts';
import { quoted } from '../text.ts';
import type { OptionName } from './options.ts';
import type { OptionValues } from './values.ts';

/** How much of what is named is promoted: the tags that are named, all of an image, or all images below. */
export type Scope = 'named tags' | 'all tags' | 'recursive';

const filters = ['include', 'exclude', 'newest', 'untagged'] as const satisfies readonly OptionName[];
/** what says which tags, or holds for one image alone */
const forNamedTags = [
  'tag',
  'dest-tag',
  'expect-digest',
  'expect-digest-file',
] as const satisfies readonly OptionName[];

/** @throws Fault USAGE for an option that does not go with the scope */
export function readScope(values: OptionValues): Scope {
  const scope = values.on('recursive') ? 'recursive' : values.on('all-tags') ? 'all tags' : 'named tags';
  if (scope === 'named tags') {
    const filter = filters.find((name) => values.has(name));
    if (filter === undefined || (filter === 'untagged' && !values.on('untagged'))) return scope;
    throw new Fault('USAGE', `${values.where(filter)} chooses from what --all-tags or --recursive finds`, {
      hint: 'give one of the two as well',
    });
  }
  const foreign = forNamedTags.find((name) => values.has(name));
  if (foreign === undefined) return scope;
  const chosenBy = values.where(scope === 'recursive' ? 'recursive' : 'all-tags');
  throw new Fault('USAGE', `${values.where(foreign)} and ${chosenBy} exclude each other`, {
    hint: foreign === 'tag' ? 'choose tags by --include and --exclude' : 'promote this image in a step of its own',
  });
}

/** @throws Fault USAGE for a malformed glob or number */
export function readFilter(values: OptionValues): SelectionFilter {
  return {
    include: globsOf(values, 'include'),
    exclude: globsOf(values, 'exclude'),
    newest: newest(values),
    untagged: values.on('untagged'),
  };
}

function globsOf(values: OptionValues, name: OptionName<'list'>): readonly string[] {
  const globs = values.list(name);
  const wrong = globs.find((glob) => !isGlob(glob));
  if (wrong === undefined) return globs;
  throw new Fault('USAGE', `${values.where(name)}: ${quoted(wrong)} is not a glob that tags can match`, {
    hint: 'tags have letters, digits, "_", "." and "-"; * is any of them, ? is one, [a-c] and [!a-c] one of a set',
  });
}

function newest(values: OptionValues): number | undefined {
  const text = values.text('newest');
  if (text === undefined) return undefined;
  const count = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new Fault('USAGE', `${values.where('newest')}: ${quoted(text)} is not a whole number from 1`);
}
