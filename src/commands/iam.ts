import type { IamCommand } from '../cli/command.ts';
import { gcloudText } from '../google/grants-gcloud.ts';
import { terraformText } from '../google/grants-terraform.ts';
import { writePrepared } from './files.ts';
import { orWarn } from './outputs.ts';
import type { Surroundings } from './surroundings.ts';

/** `promote iam`. @returns the exit status */
export async function iam(command: IamCommand, { print, log }: Surroundings): Promise<number> {
  for (const warning of command.warnings) log.warning(warning);
  const text = command.format === 'gcloud' ? gcloudText(command) : terraformText(command);
  print(text);
  const { output } = command;
  if (output !== undefined) await orWarn(() => writePrepared(output, text), log);
  return 0;
}
