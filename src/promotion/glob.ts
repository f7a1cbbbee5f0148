/**
 * Globs over tags. An own matcher, for the usual ones become backtracking expressions that a pattern
 * with many stars keeps busy for hours; this one takes a step for each pair of characters.
 */

const globForm = /^(?:[\w.*?-]|\[!?(?:[\w.]|\w-\w)+\])+$/;
const tokenForm = /\[[^\]]+\]|./g;

type Token = 'any run' | RegExp;

/** Whether a text is a glob that tags can match: their characters, `*`, `?`, `[a-c]` and `[!a-c]`. */
export function isGlob(text: string): boolean {
  if (!globForm.test(text)) return false;
  try {
    return tokensOf(text).length > 0;
  } catch {
    // a range that runs backwards
    return false;
  }
}

/** @param glob by isGlob() */
export function matchesGlob(text: string, glob: string): boolean {
  const tokens = tokensOf(glob);
  let reached = withEmptyRuns(tokens, [0]);
  for (const character of text) {
    const next = [...reached].flatMap((index) => {
      const token = tokens[index];
      if (token === 'any run') return [index];
      return token?.test(character) === true ? [index + 1] : [];
    });
    reached = withEmptyRuns(tokens, next);
  }
  return reached.has(tokens.length);
}

function tokensOf(glob: string): readonly Token[] {
  return (glob.match(tokenForm) ?? []).map(tokenOf);
}

function tokenOf(part: string): Token {
  if (part === '*') return 'any run';
  if (part === '?') return /./;
  return part.startsWith('[') ? new RegExp(part.replace('[!', '[^')) : new RegExp(`^[${part}]$`);
}

/** Where matching may stand: a run of any characters may be empty. */
function withEmptyRuns(tokens: readonly Token[], indexes: readonly number[]): Set<number> {
  const reached = new Set(indexes);
  // A set that grows while it is walked is walked to its new end.
  for (const index of reached) if (tokens[index] === 'any run') reached.add(index + 1);
  return reached;
}
