import { Fault } from '../fault.ts';
import { artifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import { quoted } from '../text.ts';
import type { OptionName } from './options.ts';
import type { OptionValues } from './values.ts';

/** A part that was given beside a whole reference, and what the reference has there. */
export interface Pin {
  readonly option: OptionName;
  readonly given: string | undefined;
  readonly inReference: string | undefined;
}

/** The parts of a source's repository. */
export function sourcePins(reference: Reference, values: OptionValues): Pin[] {
  const place = artifactRegistryPlace(reference);
  return [
    { option: 'source-project', given: values.text('source-project'), inReference: place?.project },
    { option: 'source-location', given: values.text('source-location'), inReference: place?.location },
    { option: 'source-repo', given: values.text('source-repo'), inReference: place?.repository },
  ];
}

/** The parts of a destination, its tag left aside. */
export function destinationPins(reference: Reference, values: OptionValues): Pin[] {
  const place = artifactRegistryPlace(reference);
  return [
    { option: 'dest-project', given: values.text('dest-project'), inReference: place?.project },
    { option: 'dest-location', given: values.text('dest-location'), inReference: place?.location },
    { option: 'dest-repo', given: values.text('dest-repo'), inReference: place?.repository },
    { option: 'dest-image', given: values.text('dest-image'), inReference: place?.image },
  ];
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
