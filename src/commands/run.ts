import type { Command } from '../cli/command.ts';
import { compose } from '../compose.ts';
import { asFault, Fault } from '../fault.ts';
import type { Reference } from '../oci/reference.ts';
import { referencesOf as planned } from '../promotion/plan-document.ts';
import { copy } from './copy.ts';
import { digest, tags, verify } from './inspect.ts';
import { applyPlan, plan } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

type Working = Exclude<Command, { readonly name: 'text' | 'iam' }>;

/**
 * Runs one command to its end.
 * @returns the exit status
 * @throws Fault that ended a command which makes no report of its own, advice included
 */
export async function run(command: Working, around: Surroundings): Promise<number> {
  const { log, env, ended } = around;
  const { warnings, deadlineMs } = command.settings;
  for (const warning of warnings) log.warning(warning);
  const composition = compose(referencesOf(command), command.settings, env, ended, log);
  const timer = setTimeout(() => composition.world.stop(late(deadlineMs)), deadlineMs);
  try {
    switch (command.name) {
      case 'copy':
        return await copy(command, composition, around);
      case 'plan':
        return await plan(command, composition, around);
      case 'apply':
        return await applyPlan(command, composition, around);
      case 'verify':
        return await verify(command, composition, around);
      case 'digest':
        return await digest(command, composition, around);
      case 'tags':
        return await tags(command, composition, around);
      case 'check': {
        const { check } = await import('./check.ts');
        return await check(command, composition, around);
      }
    }
  } catch (error) {
    throw await composition.world.advised(asFault(error));
  } finally {
    clearTimeout(timer);
    composition.close();
  }
}

function late(deadlineMs: number): Fault {
  return new Fault('DEADLINE', `not done within ${deadlineMs / 1000} s`, {
    hint: 'give more time with --deadline (and the build a longer timeout), or run it again: what is there is not sent twice',
  });
}

function referencesOf(command: Working): readonly Reference[] {
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
