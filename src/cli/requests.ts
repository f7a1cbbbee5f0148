import type { PromotionPolicy, PromotionRequest } from '../promotion/request.ts';
import type { CopyCommand, PlanCommand, VerifyCommand } from './command.ts';
import { readExpectedDigest } from './expected-digest.ts';
import { readImages } from './image-requests.ts';
import { readSettings } from './settings.ts';
import type { Environment, OptionValues } from './values.ts';

/** @throws Fault USAGE */
export async function readCopy(values: OptionValues, env: Environment): Promise<CopyCommand> {
  return {
    name: 'copy',
    request: await readRequest(values, env),
    digestFile: values.text('digest-file'),
    settings: readSettings(values),
  };
}

/** @throws Fault USAGE */
export async function readPlan(values: OptionValues, env: Environment): Promise<PlanCommand> {
  return {
    name: 'plan',
    request: await readRequest(values, env),
    planFile: values.text('output'),
    settings: { ...readSettings(values), output: undefined },
  };
}

/** @throws Fault USAGE */
export async function readVerify(values: OptionValues, env: Environment): Promise<VerifyCommand> {
  return {
    name: 'verify',
    request: await readRequest(values, env),
    deep: values.on('deep'),
    settings: readSettings(values),
  };
}

/** What a command does not take is as when it is not given. */
async function readRequest(values: OptionValues, env: Environment): Promise<PromotionRequest> {
  return {
    ...(await readImages(values, env)),
    policy: {
      allowMove: values.on('allow-move'),
      expectDigest: await readExpectedDigest(values),
      repair: values.on('repair'),
      dryRun: values.on('dry-run'),
      attached: values.on('no-attached') ? 'leave' : 'follow',
      onFailure: onFailure(values),
    },
  };
}

/** What becomes of the images that are whole when another fails. */
export function onFailure(values: OptionValues): PromotionPolicy['onFailure'] {
  return values.on('keep-going') ? 'keep going' : 'withhold';
}
