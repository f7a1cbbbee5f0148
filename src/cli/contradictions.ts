import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';
import type { OptionName } from './options.ts';
import type { OptionValues } from './values.ts';

/** A part that was given beside a whole reference, and what the reference has there. */
export interface Pin {
  readonly option: OptionName;
  readonly given: string | undefined;
  readonly inReference: string | undefined;
}

/**
 * A part that stands beside a whole reference must agree with it: a trigger can thus pin where a message may promote from.
 * @param whole what gave the reference: a flag, a substitution or a line of a file
 * @throws Fault USAGE that names the option and the part
 */
export function refuseContradictions(values: OptionValues, whole: string, pins: readonly Pin[]): void {
  for (const { option, given, inReference } of pins) {
    if (given === undefined || given === inReference) continue;
    const found = inReference === undefined ? 'nothing' : quoted(inReference);
    throw new Fault('USAGE', `${values.where(option)} is ${quoted(given)}, but ${whole} has ${found} there`, {
      hint: 'leave one of the two out, or make them agree',
    });
  }
}
