import { Fault } from '../fault.ts';
import { flagOf, type OptionName, substitutionOf } from './options.ts';
import type { OptionValues } from './values.ts';

/** A value that a promotion cannot do without. */
export interface Need {
  readonly option: OptionName;
  /** `the source repository` */
  readonly subject: string;
  readonly value: unknown;
}

/**
 * The fault that names every needed value that is undefined, with what the environment shows of the reasons.
 */
export function missingFault(values: OptionValues, needs: readonly Need[]): Fault {
  const missing = needs.filter(({ value }) => value === undefined);
  const message = missing.map(
    ({ option, subject }) =>
      `${subject} is missing: give ${flagOf(option)} or the substitution ${substitutionOf(option)}`,
  );
  const doubts = missing.flatMap(({ option }) => values.doubt(option) ?? []);
  return new Fault('USAGE', message.join('; '), {
    hint:
      doubts.length > 0
        ? doubts.join('; ')
        : 'or name both sides whole: promote SOURCE DESTINATION (HOST/PATH:TAG); promote copy --help shows examples',
  });
}
