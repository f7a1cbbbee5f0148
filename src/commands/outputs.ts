import { rm, writeFile } from 'node:fs/promises';
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
  if (settings.output !== undefined) await writeOrWarn(settings.output, result.json, log);
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

/** The report on standard output, in its file, and where Cloud Build looks for it. */
export async function giveReport(report: Report, settings: Settings, around: Surroundings): Promise<void> {
  const forms = { text: reportText(report, around.paper), json: jsonText(report), markdown: reportMarkdown(report) };
  await give(forms, settings, around);
  const folder = around.env.BUILDER_OUTPUT;
  if (folder !== undefined && folder !== '')
    await writeOrWarn(join(folder, 'output'), builderOutput(report), around.log);
}

/**
 * Tells of a run that never began.
 * @param fault of the arguments
 */
export async function giveUsageFault(
  fault: Fault,
  display: Pick<Settings, 'format' | 'output' | 'report'>,
  around: Surroundings,
): Promise<void> {
  // The page of an earlier run must not be taken for one of this run.
  if (display.report !== undefined) await rm(display.report, { force: true }).catch(() => undefined);
  const report: Report = {
    schemaVersion: 1,
    outcome: 'failed',
    images: [],
    error: reported(fault),
    blobs: { mounted: 0, uploaded: 0, existing: 0 },
    bytesUploaded: 0,
    requests: 0,
    durationMs: 0,
  };
  if (display.format === 'json' || display.output !== undefined)
    await give({ text: '', json: jsonText(report) }, display, around);
  around.log.fault(fault);
}

/** What an earlier run left must not be deployed if this one fails. */
export async function removeStaleDigests(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (cause) {
    throw new Fault('USAGE', `--digest-file: ${file} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** `HOST/PATH@sha256:…` of each destination, one a line. */
export async function writeDigests(file: string, report: Report): Promise<void> {
  const lines = new Set(
    report.images.map(({ destination, digest }) => `${parseReference(destination).name}@${digest}\n`),
  );
  try {
    await writeFile(file, [...lines].join(''));
  } catch (cause) {
    throw new Fault(
      'UNEXPECTED',
      `the images are promoted, but --digest-file could not be written: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The promotion happened, whatever becomes of a report about it. */
export async function writeOrWarn(file: string, text: string, log: Log): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    log.warning(`the report could not be written: ${reasonOf(error)}`);
  }
}
