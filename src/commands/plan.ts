import type { ApplyCommand, PlanCommand } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import { Fault } from '../fault.ts';
import { apply } from '../promotion/apply.ts';
import { planBytes, planDigest } from '../promotion/plan-document.ts';
import { prepare } from '../promotion/prepare.ts';
import { reasonOf } from '../text.ts';
import { statusOfReport } from '../ui/exit-status.ts';
import { planMarkdown } from '../ui/markdown.ts';
import { planText } from '../ui/plan.ts';
import { carryOut } from './carry-out.ts';
import { writePrepared } from './files.ts';
import { give, giveReport, withWarnings } from './outputs.ts';
import type { Surroundings } from './surroundings.ts';

/** `promote plan`. @returns the exit status */
export async function plan(
  { request, planFile, settings }: PlanCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  around.log.started(request);
  const prepared = await prepare(request, world);
  if (!('document' in prepared)) {
    const report = withWarnings(prepared.report, around.log);
    await giveReport(report, settings, around);
    if (report.error !== undefined) around.log.fault(report.error);
    return statusOfReport(report);
  }
  const bytes = planBytes(prepared.document);
  if (planFile !== undefined) await writePlan(planFile, bytes);
  const { document } = prepared;
  const digest = planDigest(bytes);
  const forms = {
    text: planText(document, digest),
    json: new TextDecoder().decode(bytes),
    markdown: planMarkdown(document, digest),
  };
  await give(forms, settings, around);
  return 0;
}

/** `promote apply`. @returns the exit status */
export async function applyPlan(
  command: ApplyCommand,
  composition: Composition,
  around: Surroundings,
): Promise<number> {
  const { document, part, policy } = command;
  return carryOut(() => apply(document, part, policy, composition.world), command, composition, around);
}

/** Unlike a report about something done, the plan is the result itself. */
async function writePlan(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writePrepared(file, bytes);
  } catch (cause) {
    throw new Fault('USAGE', `--output: the plan could not be written: ${reasonOf(cause)}`, { cause });
  }
}
