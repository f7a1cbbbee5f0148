import { Fault } from '../fault.ts';
import type { Environment, OptionValues } from './values.ts';

/** Where the source's repository lies: `--source-location`, `--location`, the build's `LOCATION`; undefined without any. */
export function sourceLocation(values: OptionValues, env: Environment): string | undefined {
  return usable(values.text('source-location') ?? values.text('location')) ?? buildLocation(env);
}

/**
 * Where the destination's repository lies: `--dest-location`, `--location`, the source's, the build's `LOCATION`.
 * @param ofSource undefined where the source is not in Artifact Registry
 */
export function destinationLocation(
  values: OptionValues,
  ofSource: string | undefined,
  env: Environment,
): string | undefined {
  return usable(values.text('dest-location') ?? values.text('location') ?? ofSource) ?? buildLocation(env);
}

function buildLocation(env: Environment): string | undefined {
  const location = env.LOCATION;
  return location === undefined || location.trim() === '' ? undefined : usable(location);
}

function usable(location: string | undefined): string | undefined {
  if (location !== 'global') return location;
  throw new Fault('USAGE', 'Artifact Registry keeps no images in the location "global"', {
    hint: "give --location or the substitution _LOCATION (a global build's LOCATION is no default)",
  });
}
