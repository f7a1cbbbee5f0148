import { setTimeout as sleep } from 'node:timers/promises';
import type { CopyCommand } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import { promote } from '../promotion/promote.ts';
import { statusOfReport } from '../ui/exit-status.ts';
import { giveReport, removeStaleDigests, writeDigests } from './outputs.ts';
import type { Surroundings } from './surroundings.ts';

/** the account's name is only for the log */
const longestWaitForNameMs = 200;

/** `promote copy`. @returns the exit status */
export async function copy(
  { request, digestFile, settings }: CopyCommand,
  { identity, world }: Composition,
  around: Surroundings,
): Promise<number> {
  const { log } = around;
  log.started(request);
  if (digestFile !== undefined) await removeStaleDigests(digestFile);
  const named = identity().then((account) => {
    if (account !== undefined) log.identity(account);
  });
  const { warnings } = settings;
  const bare = await promote(request, world);
  const report = warnings.length === 0 ? bare : { ...bare, warnings };
  await Promise.race([named, sleep(longestWaitForNameMs)]);
  await giveReport(report, settings, around);
  const verified = report.outcome === 'promoted' || report.outcome === 'unchanged';
  if (digestFile !== undefined && verified) await writeDigests(digestFile, report);
  log.finished(report);
  if (report.error !== undefined) log.fault(report.error);
  return statusOfReport(report);
}
