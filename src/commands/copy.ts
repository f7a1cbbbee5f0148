import type { CopyCommand } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import { promote } from '../promotion/promote.ts';
import { carryOut } from './carry-out.ts';
import type { Surroundings } from './surroundings.ts';

/** `promote copy`. @returns the exit status */
export async function copy(command: CopyCommand, composition: Composition, around: Surroundings): Promise<number> {
  around.log.started(command.request);
  return carryOut(() => promote(command.request, composition.world), command, composition, around);
}
