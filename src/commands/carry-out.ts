import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import type { Report } from '../promotion/report.ts';
import { statusOfFault, statusOfReport } from '../ui/exit-status.ts';
import { giveReport, withWarnings, writeDigests } from './outputs.ts';
import { startPage } from './page.ts';
import type { Surroundings } from './surroundings.ts';

/** the account's name is only for the log */
const longestWaitForNameMs = 200;

/**
 * Runs what makes a report, and gives the report wherever it is wanted.
 * @returns the exit status
 */
export async function carryOut(
  work: () => Promise<Report>,
  { digestFile, settings }: { readonly digestFile: string | undefined; readonly settings: Settings },
  { principal }: Composition,
  around: Surroundings,
): Promise<number> {
  const { log } = around;
  const writePage = settings.report === undefined ? undefined : await startPage(settings.report, around);
  const report = withWarnings(await work(), log);
  const who = await Promise.race([principal(), sleep(longestWaitForNameMs, undefined)]);
  await writePage?.(report, who?.name);
  // The report as text tells people the same.
  if (settings.format !== 'text' || settings.logFormat === 'json') log.finished(report);
  await giveReport(report, settings, around);
  const verified = report.outcome === 'promoted' || report.outcome === 'unchanged';
  const unwritten = digestFile !== undefined && verified ? await writeDigests(digestFile, report) : undefined;
  const fault = unwritten ?? report.error;
  if (fault !== undefined) log.fault(fault);
  return unwritten === undefined ? statusOfReport(report) : statusOfFault(unwritten.code);
}
