import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, CopyCommand, DigestCommand, Settings, TagsCommand, VerifyCommand } from './cli/command.ts';
import { type Composition, compose } from './compose.ts';
import { asFault, Fault } from './fault.ts';
import type { Reference } from './oci/reference.ts';
import { reported } from './promotion/account.ts';
import { compareImage } from './promotion/compare.ts';
import { promote } from './promotion/promote.ts';
import type { Report } from './promotion/report.ts';
import { builderOutput } from './ui/builder-output.ts';
import { statusOfComparisons, statusOfReport } from './ui/exit-status.ts';
import { jsonText } from './ui/json.ts';
import type { Log } from './ui/log.ts';
import { reportText } from './ui/report.ts';
import { digestText, tagsText, verifyJson, verifyText } from './ui/results.ts';

/** What a command works with besides its own words. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** standard output: results, and nothing else */
  readonly print: (text: string) => void;
  readonly log: Log;
  /** aborted with a Fault when the run has to end */
  readonly stopping: AbortController;
}

/** the account's name is only for the log */
const longestWaitForNameMs = 200;

type Working = Exclude<Command, { readonly name: 'text' }>;

/**
 * Runs one command to its end.
 * @returns the exit status
 * @throws Fault that ended a command which makes no report of its own, advice included
 */
export async function run(command: Working, around: Surroundings): Promise<number> {
  const { log, env, stopping } = around;
  for (const warning of command.settings.warnings) log.warning(warning);
  const composition = compose(referencesOf(command), command.settings, env, stopping, {
    emit: log.emit,
    exchange: (exchange) => log.exchange(exchange),
  });
  const timer = setTimeout(() => {
    stopping.abort(
      new Fault('DEADLINE', `not done within ${command.settings.deadlineMs / 1000} s`, {
        hint: 'give more time with --deadline (and the build a longer timeout), or run it again: what is there is not sent twice',
      }),
    );
  }, command.settings.deadlineMs);
  try {
    switch (command.name) {
      case 'copy':
        return await copy(command, composition, around);
      case 'verify':
        return await verify(command, composition, around);
      case 'digest':
        return await digest(command, composition, around);
      case 'tags':
        return await tags(command, composition, around);
    }
  } catch (error) {
    throw await composition.world.advised(asFault(error));
  } finally {
    clearTimeout(timer);
    composition.close();
  }
}

async function copy(
  { request, digestFile, settings }: CopyCommand,
  composition: Composition,
  around: Surroundings,
): Promise<number> {
  const { log } = around;
  log.started(request);
  if (digestFile !== undefined) await removeStale(digestFile);
  const identified = composition.identity().then((account) => {
    if (account !== undefined) log.identity(account);
  });
  const report = withWarnings(await promote(request, composition.world), settings.warnings);
  await Promise.race([identified, sleep(longestWaitForNameMs)]);
  if (report.outcome !== 'failed' && report.outcome !== 'planned' && digestFile !== undefined)
    await writeDigests(digestFile, report);
  await show(report, settings, around);
  log.finished(report);
  if (report.error !== undefined) log.fault(report.error);
  return statusOfReport(report);
}

async function verify(
  { request, deep, settings }: VerifyCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  const comparisons = (
    await Promise.all(request.images.map((image) => compareImage(image, deep ? 'deep' : 'shallow', world)))
  ).flat();
  await give(
    settings.format === 'json' ? verifyJson(comparisons) : verifyText(comparisons),
    verifyJson(comparisons),
    settings,
    around,
  );
  return statusOfComparisons(comparisons);
}

async function digest(
  { reference, settings }: DigestCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  const manifest = await world.open(reference, undefined).get(reference.digest ?? reference.tag ?? '');
  if (manifest === undefined)
    throw new Fault('NOT_FOUND', `${reference} does not exist`, {
      hint: `list what is there with: promote tags ${reference.name}`,
    });
  const result = {
    reference: reference.toString(),
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    size: manifest.bytes.length,
  };
  await give(settings.format === 'json' ? jsonText(result) : digestText(result), jsonText(result), settings, around);
  return 0;
}

async function tags(
  { repository, settings }: TagsCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  const found = await Array.fromAsync(world.open(repository, undefined).tags(), (tag) => ({ tag }));
  const result = { repository: repository.name, tags: found };
  await give(settings.format === 'json' ? jsonText(result) : tagsText(result), jsonText(result), settings, around);
  return 0;
}

function referencesOf(command: Working): readonly Reference[] {
  switch (command.name) {
    case 'copy':
    case 'verify':
      return command.request.images.flatMap(({ source, destinations }) => [source, ...destinations]);
    case 'digest':
      return [command.reference];
    case 'tags':
      return [command.repository];
  }
}

/**
 * The report of a run that never began.
 * @param fault of the arguments
 */
export async function reportUsage(
  fault: Fault,
  display: Pick<Settings, 'format' | 'output'>,
  around: Surroundings,
): Promise<void> {
  const nothing = { mounted: 0, uploaded: 0, existing: 0 };
  const report: Report = {
    schemaVersion: 1,
    outcome: 'failed',
    images: [],
    error: reported(fault),
    blobs: nothing,
    bytesUploaded: 0,
    requests: 0,
    durationMs: 0,
  };
  if (display.format === 'json') around.print(jsonText(report));
  if (display.output !== undefined) await writeOrWarn(display.output, jsonText(report), around.log);
  around.log.fault(fault);
}

function withWarnings(report: Report, warnings: readonly string[]): Report {
  return warnings.length === 0 ? report : { ...report, warnings };
}

/** The report on standard output, in its file, and where Cloud Build looks for it. */
async function show(report: Report, settings: Settings, around: Surroundings): Promise<void> {
  const { env, log } = around;
  await give(settings.format === 'json' ? jsonText(report) : reportText(report), jsonText(report), settings, around);
  const folder = env.BUILDER_OUTPUT;
  if (folder !== undefined && folder !== '') await writeOrWarn(join(folder, 'output'), builderOutput(report), log);
}

async function give(text: string, json: string, settings: Settings, { print, log }: Surroundings): Promise<void> {
  print(text);
  if (settings.output !== undefined) await writeOrWarn(settings.output, json, log);
}

/** The promotion happened, whatever becomes of a report about it. */
async function writeOrWarn(file: string, text: string, log: Log): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    log.warning(`the report could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What an earlier run left must not be deployed if this one fails. */
async function removeStale(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (cause) {
    throw new Fault(
      'USAGE',
      `--digest-file: ${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

async function writeDigests(file: string, report: Report): Promise<void> {
  const lines = new Set(
    report.images.map(({ destination, digest }) => `${destination.slice(0, destination.lastIndexOf(':'))}@${digest}\n`),
  );
  try {
    await writeFile(file, [...lines].join(''));
  } catch (cause) {
    throw new Fault(
      'UNEXPECTED',
      `the images are promoted, but --digest-file could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
