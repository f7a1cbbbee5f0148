import { Fault } from '../fault.ts';
import { parseReference, parseRepository, type Reference } from '../oci/reference.ts';
import { readApply } from './apply.ts';
import { type Arguments, readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { helpText } from './help.ts';
import { readIam } from './iam.ts';
import { overview } from './overview.ts';
import { readCopy, readPlan, readVerify } from './requests.ts';
import { readSettings } from './settings.ts';
import { type Environment, type OptionValues, readValues } from './values.ts';
import { version } from './version.ts';

const nothingTyped: Arguments = { command: 'copy', positionals: [], flags: new Map(), wants: 'run' };

/**
 * What the process was asked to do. Reads the files that options and `apply` name, and nothing else outside.
 * @param argv without node and script
 * @throws Fault USAGE
 */
export async function readCommandLine(argv: readonly string[], env: Environment): Promise<Command> {
  const typed = plainly(argv) ?? (await readArguments(argv));
  if (typed.wants === 'version') return { name: 'text', text: `${version}\n` };
  if (typed.wants === 'overview') return { name: 'text', text: overview() };
  if (typed.wants === 'help') return { name: 'text', text: await helpText(typed.command) };
  refuseUncheckedTls(env);
  switch (typed.command) {
    case 'copy':
      return readCopy(valuesOfPair(typed, env), env);
    case 'plan':
      return readPlan(valuesOfPair(typed, env), env);
    case 'apply':
      return readApply(onlyPositional(typed, 'PLAN.json'), readValues('apply', typed.flags, env), env);
    case 'verify':
      return readVerify(valuesOfPair(typed, env), env);
    case 'digest': {
      const reference = parseReference(onlyPositional(typed, 'REFERENCE'));
      return { name: 'digest', reference: versioned(reference), settings: settingsOf(typed, env) };
    }
    case 'tags': {
      const repository = parseRepository(onlyPositional(typed, 'REPOSITORY'));
      return { name: 'tags', repository, settings: settingsOf(typed, env) };
    }
    case 'check': {
      const { request, settings } = await readCopy(valuesOfPair(typed, env), env);
      return { name: 'check', request, settings };
    }
    case 'iam':
      return readIam(valuesOfPair(typed, env), env);
  }
}

/**
 * What needs no parser, and so does not wait for one to load: a step that substitutions or its two references tell
 * everything, and `--version`.
 */
function plainly(argv: readonly string[]): Arguments | undefined {
  if (argv.length === 1 && argv[0] === '--version') return { ...nothingTyped, wants: 'version' };
  const areReferences = argv.every((word) => word.includes('/') && !word.startsWith('-'));
  return areReferences ? { ...nothingTyped, positionals: argv } : undefined;
}

function settingsOf(typed: Arguments, env: Environment) {
  return readSettings(readValues(typed.command, typed.flags, env));
}

// SOURCE and DESTINATION are what --source and --dest are, so every rule of those holds for them.
function valuesOfPair({ command, positionals, flags }: Arguments, env: Environment): OptionValues {
  const [source, destination, ...surplus] = positionals;
  const flagsAndPair = new Map(flags);
  if (source !== undefined) {
    if (destination === undefined || surplus.length > 0) {
      throw new Fault('USAGE', `${command} takes two references or none, and got ${positionals.length}`, {
        hint: `promote ${command} SOURCE DESTINATION`,
      });
    }
    if (flags.has('source') || flags.has('dest')) {
      throw new Fault('USAGE', 'the references are given twice: as arguments, and by --source or --dest');
    }
    flagsAndPair.set('source', [source]).set('dest', [destination]);
  }
  return readValues(command, flagsAndPair, env);
}

function onlyPositional({ command, positionals }: Arguments, what: string): string {
  const [word, ...surplus] = positionals;
  if (word !== undefined && surplus.length === 0) return word;
  throw new Fault('USAGE', `${command} takes one ${what}, and got ${positionals.length}`, {
    hint: `promote ${command} ${what}`,
  });
}

function versioned(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  throw new Fault('USAGE', `${reference} has neither a tag nor a digest`, { hint: `write ${reference}:TAG` });
}

function refuseUncheckedTls(env: Environment): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return;
  throw new Fault('USAGE', 'NODE_TLS_REJECT_UNAUTHORIZED=0 would let anyone answer for the registries', {
    hint: 'unset it; name your own certificate authority in NODE_EXTRA_CA_CERTS',
  });
}
