type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stream gets colours (no-color.org, force-color.org).
 * @param isTerminal the stream is one
 */
export function wantsColour(env: Environment, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}
