import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../cli/command.ts';
import { Fault } from '../fault.ts';
import { parseReference } from '../oci/reference.ts';
import { reported } from '../promotion/account.ts';
import type { Report } from '../promotion/report.ts';
import { reasonOf } from '../text.ts';
import { builderOutput } from '../ui/builder-output.ts';
import { jsonText } from '../ui/json.ts';
import type { Log } from '../ui/log.ts';
import { reportMarkdown } from '../ui/markdown.ts';
import { reportText } from '../ui/report.ts';
import { writePrepared } from './files.ts';
import type { Surroundings } from './surroundings.ts';

/** One result, as people read it and as programs do. */
export interface Result {
  readonly text: string;
  readonly json: string;
  /** the text, set as it stands, where there is none */
  readonly markdown?: string;
}

/** A result on standard output in the form that was asked for, and as JSON in the file of `--output`. */
export async function give(
  result: Result,
  settings: Pick<Settings, 'format' | 'output'>,
  { print, log }: Surroundings,
): Promise<void> {
  log.settle();
  print(inForm(result, settings.format));
  const { output } = settings;
  if (output !== undefined) await orWarn(() => writePrepared(output, result.json), log);
}

function inForm({ text, json, markdown }: Result, format: Settings['format']): string {
  switch (format) {
    case 'text':
      return text;
    case 'json':
      return json;
    case 'markdown':
      return markdown ?? `\`\`\`\n${text.trim()}\n\`\`\`\n`;
  }
}

/** The report with all that was warned of. */
export function withWarnings(report: Report, { warnings }: Log): Report {
  return warnings.length === 0 ? report : { ...report, warnings };
}

/** The report on standard output, in its file, and where Cloud Build looks for it. */
export function giveReport(report: Report, settings: Pick<Settings, 'format' | 'output'>, around: Surroundings) {
  return giveEverywhere(reportText(report, around.paper), report, settings, around);
}

/**
 * Tells of a run that ended with nothing to report but the fault, whichever command it was. People read that in the log.
 * @param requests made before
 * @param durationMs from the run's beginning
 */
export async function giveFault(
  fault: Fault,
  { requests, durationMs }: Pick<Report, 'requests' | 'durationMs'>,
  settings: Pick<Settings, 'format' | 'output'>,
  around: Surroundings,
): Promise<void> {
  const report: Report = {
    schemaVersion: 1,
    outcome: 'failed',
    images: [],
    error: reported(fault),
    blobs: { mounted: 0, uploaded: 0, existing: 0 },
    bytesUploaded: 0,
    requests,
    durationMs,
  };
  await giveEverywhere('', withWarnings(report, around.log), settings, around);
  around.log.fault(fault);
}

async function giveEverywhere(
  text: string,
  report: Report,
  settings: Pick<Settings, 'format' | 'output'>,
  around: Surroundings,
): Promise<void> {
  await give({ text, json: jsonText(report), markdown: reportMarkdown(report) }, settings, around);
  const folder = around.env.BUILDER_OUTPUT;
  if (folder === undefined || folder === '') return;
  await orWarn(() => writeFile(join(folder, 'output'), builderOutput(report)), around.log);
}

/**
 * `HOST/PATH@sha256:…` of each destination, one a line.
 * @returns a fault where the file cannot be written any more
 */
export async function writeDigests(file: string, report: Report): Promise<Fault | undefined> {
  const lines = new Set(
    report.images.map(({ destination, digest }) => `${parseReference(destination).name}@${digest}\n`),
  );
  try {
    await writePrepared(file, [...lines].join(''));
    return undefined;
  } catch (cause) {
    const message = `the images are promoted, but --digest-file could not be written: ${reasonOf(cause)}`;
    return new Fault('UNEXPECTED', message, { hint: 'the report names every digest', cause });
  }
}

/** The promotion happened, whatever becomes of a report about it. @param write makes the report as well */
export async function orWarn(write: () => Promise<void>, log: Log): Promise<void> {
  try {
    await write();
  } catch (error) {
    log.warning(`the report could not be written: ${reasonOf(error)}`);
  }
}
