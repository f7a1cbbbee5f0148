import { Fault } from '../fault.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import type { PlanPart } from '../promotion/apply.ts';
import { type PlanDocument, parsePlan, planDigest } from '../promotion/plan-document.ts';
import { quoted } from '../text.ts';
import { readWithin } from './bounded.ts';
import type { ApplyCommand } from './command.ts';
import { readExpectedDigest } from './expected-digest.ts';
import { onFailure } from './requests.ts';
import { readSettings } from './settings.ts';
import type { Environment, OptionValues } from './values.ts';

const largestPlan = 256 * 1024 * 1024;

/**
 * Reads the plan's file and what is to be done of it.
 * @throws Fault USAGE, WRONG_PLAN where its digest is not the one that was reviewed, and UNEXPECTED_DIGEST where one of its
 * images is not the one that was tested
 */
export async function readApply(file: string, values: OptionValues, env: Environment): Promise<ApplyCommand> {
  if (values.on('dry-run')) {
    throw new Fault('USAGE', '_DRY_RUN is set, and apply writes', {
      hint: 'what apply would do is what the plan says; take _DRY_RUN out of the environment to carry it out',
    });
  }
  const bytes = await readPlanFile(file);
  const expected = values.text('expect-plan');
  const found = planDigest(bytes);
  if (expected !== undefined && parseDigest(expected, values.where('expect-plan')) !== found) {
    throw new Fault('WRONG_PLAN', `the plan ${quoted(file)} has the digest ${found}, not the expected ${expected}`);
  }
  const document = parsePlan(bytes);
  refuseUntested(document, await readExpectedDigest(values));
  return {
    name: 'apply',
    document,
    part: readPart(values, env),
    policy: { allowMove: values.on('allow-move'), onFailure: onFailure(values) },
    digestFile: values.text('digest-file'),
    settings: readSettings(values),
  };
}

function refuseUntested({ images }: PlanDocument, tested: Digest | undefined): void {
  const other = images.find(({ manifests: [root] }) => root !== tested);
  if (tested === undefined || other === undefined) return;
  throw new Fault('UNEXPECTED_DIGEST', `the plan's source ${other.source} is not the expected ${tested}`, {
    hint: 'make a plan of the image that was tested; a plan of several is approved by --expect-plan',
  });
}

async function readPlanFile(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readWithin(file, largestPlan);
    if (bytes !== undefined) return bytes;
  } catch (cause) {
    throw new Fault('USAGE', `the plan ${quoted(file)} cannot be read`, { cause });
  }
  throw new Fault('USAGE', `the plan ${quoted(file)} is larger than ${largestPlan} bytes`);
}

function readPart(values: OptionValues, env: Environment): PlanPart {
  const phase = readPhase(values);
  const given = values.text('shard');
  if (given !== undefined && phase !== 'content') {
    throw new Fault('USAGE', `${values.where('shard')} goes with --phase content: the tags are put by one process`);
  }
  const text = given ?? (phase === 'content' ? cloudRunTask(env) : undefined) ?? '1/1';
  const [, index = 0, count = 0] = (/^([0-9]{1,5})\/([0-9]{1,5})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { phase, shard: { index, count } };
  throw new Fault('USAGE', `${values.where('shard')}: ${quoted(text)} is not I/N, with I from 1 to N`);
}

function readPhase(values: OptionValues): PlanPart['phase'] {
  const phase = values.text('phase');
  if (phase === undefined) return 'both';
  if (phase === 'content' || phase === 'tags') return phase;
  throw new Fault('USAGE', `${values.where('phase')}: ${quoted(phase)} is neither content nor tags`);
}

/** A task of a Cloud Run job, which counts from 0. */
function cloudRunTask(env: Environment): string | undefined {
  const { CLOUD_RUN_TASK_INDEX: index, CLOUD_RUN_TASK_COUNT: count } = env;
  if (index === undefined || count === undefined || !/^[0-9]+$/.test(index)) return undefined;
  return `${Number(index) + 1}/${count}`;
}
