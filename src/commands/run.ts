import type { OnlineCommand } from '../cli/command.ts';
import { type Composition, compose } from '../compose.ts';
import { asFault, Fault } from '../fault.ts';
import type { Reference } from '../oci/reference.ts';
import { referencesOf as planned } from '../promotion/plan-document.ts';
import { statusOfFault } from '../ui/exit-status.ts';
import { copy } from './copy.ts';
import { digest, tags, verify } from './inspect.ts';
import { giveFault } from './outputs.ts';
import { applyPlan, plan } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Runs one command to its end, and tells of a fault that ended one which makes no report of its own.
 * @returns the exit status
 */
export async function run(command: OnlineCommand, around: Surroundings): Promise<number> {
  const { log, env, ended } = around;
  const { warnings, deadlineMs } = command.settings;
  for (const warning of warnings) log.warning(warning);
  const startedAt = Date.now();
  const composition = compose(referencesOf(command), command.settings, env, ended, log);
  const timer = setTimeout(() => composition.world.stop(late(deadlineMs)), deadlineMs);
  void composition.principal().then((who) => {
    if (who !== undefined) log.identity(who.name);
  });
  try {
    return await dispatch(command, composition, around);
  } catch (error) {
    const { world } = composition;
    const fault = await world.advised(asFault(error));
    const effort = { requests: world.requests(), durationMs: Date.now() - startedAt };
    await giveFault(fault, effort, command.settings, around);
    return statusOfFault(fault.code);
  } finally {
    clearTimeout(timer);
    composition.close();
  }
}

async function dispatch(command: OnlineCommand, composition: Composition, around: Surroundings): Promise<number> {
  switch (command.name) {
    case 'copy':
      return copy(command, composition, around);
    case 'plan':
      return plan(command, composition, around);
    case 'apply':
      return applyPlan(command, composition, around);
    case 'verify':
      return verify(command, composition, around);
    case 'digest':
      return digest(command, composition, around);
    case 'tags':
      return tags(command, composition, around);
    case 'check': {
      const { check } = await import('./check.ts');
      return check(command, composition, around);
    }
  }
}

function late(deadlineMs: number): Fault {
  return new Fault('DEADLINE', `not done within ${deadlineMs / 1000} s`, {
    hint: 'give more time with --deadline (and the build a longer timeout), or run it again: what is there is not sent twice',
  });
}

function referencesOf(command: OnlineCommand): readonly Reference[] {
  switch (command.name) {
    case 'apply':
      return command.document.images.map(planned).flatMap(({ source, destinations }) => [source, ...destinations]);
    case 'copy':
    case 'plan':
    case 'verify':
    case 'check':
      return [...command.request.images, ...command.request.selections].flatMap(({ source, destinations }) => [
        source,
        ...destinations,
      ]);
    case 'digest':
      return [command.reference];
    case 'tags':
      return [command.repository];
  }
}
