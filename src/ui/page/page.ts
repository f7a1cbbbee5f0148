import { createHash } from 'node:crypto';
import type { BlobOutcome } from '../../promotion/events.ts';
import type { ImageReport, Report, ReportedFault } from '../../promotion/report.ts';
import { failuresFirst, faultOfRun } from '../failures.ts';
import { bytesText, counted } from '../quantities.ts';
import { proof } from '../report.ts';
import { effortText } from '../shares.ts';
import { empty, html, Markup } from './markup.ts';
import { style } from './style.ts';
import type { Trace } from './trace.ts';
import { outcomeWords, tree } from './tree.ts';

/** What a page tells besides the report. */
export interface Occasion {
  /** who acted; undefined where nobody was named */
  readonly account: string | undefined;
  readonly at: Date;
  /** of Cloud Build; undefined elsewhere */
  readonly build: string | undefined;
  readonly version: string;
}

/** Bytes. Everything around the images takes less than what is left of 100 KB. */
const roomForImages = 84_000;
const roomForHeads = 56_000;
const mostWarnings = 10;
/** characters */
const longestHint = 2000;

/** The report as one page: no script, no network, nothing in it that was not escaped, 100 KB at most. */
export function page(report: Report, trace: Trace, occasion: Occasion): string {
  const ended = faultOfRun(report);
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${headline(report)}</title>
<style>${Markup.trusted(style)}</style>
</head>
<body>
<main>
<h1 class="${report.outcome}">${headline(report)}</h1>
<p>${proof(report)}</p>
${ended === undefined ? empty : fault(ended)}
${facts(report, occasion)}
${blobBar(report)}
${images(report, trace)}
${warnings(report.warnings ?? [])}
<footer>promote ${occasion.version}</footer>
</main>
</body>
</html>
`.text;
}

function headline({ outcome, images: all }: Report): string {
  const what = counted(all.length, 'destination');
  switch (outcome) {
    case 'promoted':
      return `Promoted: ${what}`;
    case 'unchanged':
      return `Already there: ${what}`;
    case 'planned':
      return `Dry run: ${what}`;
    case 'failed':
      return `Failed: ${all.filter(({ error }) => error !== undefined).length} of ${what}`;
  }
}

function facts({ requests, durationMs }: Report, { account, at, build }: Occasion): Markup {
  const rows: readonly (readonly [string, string])[] = [
    ['By', account ?? 'no Google identity'],
    ['When', at.toISOString().replace(/\.\d+Z$/, 'Z')],
    ...(build === undefined ? [] : [['Build', build] as const]),
    ['Effort', effortText({ requests, durationMs })],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function blobBar({ blobs, bytesUploaded }: Report): Markup {
  const parts: readonly (readonly [BlobOutcome, number])[] = [
    ['existing', blobs.existing],
    ['mounted', blobs.mounted],
    ['uploaded', blobs.uploaded],
  ];
  const total = blobs.existing + blobs.mounted + blobs.uploaded;
  if (total === 0) return html`<p>No blob was looked at or moved.</p>`;
  const words = parts.map(([how, count]) => `${count} ${outcomeWords[how]}`).join(', ');
  let from = 0;
  const rects = parts.map(([how, count]) => {
    const width = (count * 100) / total;
    const rect = html`<rect class="${how}" x="${from.toFixed(2)}" width="${width.toFixed(2)}" height="4"/>`;
    from += width;
    return rect;
  });
  return html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="Blobs: ${words}">${rects}</svg>
<ul class="legend">${parts.map(
    ([how, count]) =>
      html`<li><b class="${how}">${outcomeWords[how]}</b> ${counted(count, 'blob')}${how === 'uploaded' ? `, ${bytesText(bytesUploaded)}` : ''}</li>`,
  )}</ul>`;
}

/** As many images as fit, failures first; then, in what room is left, their trees. */
function images({ images: all }: Report, trace: Trace): Markup {
  const ordered = failuresFirst(all);
  const heads = headsThatFit(ordered);
  let room = roomForImages - heads.reduce((sum, { bytes }) => sum + bytes, 0);
  const sections = heads.map((head, index) => {
    const traced = trace.image(ordered[index]?.destination ?? '');
    if (traced === undefined) return html`<section>${head}</section>`;
    const drawn = tree(traced, trace);
    const body = drawn.bytes <= room ? drawn : noRoom;
    room -= body.bytes;
    return html`<section>${head}${body}</section>`;
  });
  const rest = ordered.length - sections.length;
  const note = html`<p>${counted(rest, 'more destination')} had no room on this page: the JSON report (--output) has them all.</p>`;
  return html`${sections}${rest === 0 ? empty : note}`;
}

function headsThatFit(images: readonly ImageReport[]): Markup[] {
  const heads: Markup[] = [];
  let room = roomForHeads;
  for (const image of images) {
    const head = headOf(image);
    room -= head.bytes;
    if (room < 0) break;
    heads.push(head);
  }
  return heads;
}

const noRoom = html`<p><small>Its tree had no room on this page.</small></p>`;

function headOf({ source, destination, digest, previousDigest, outcome, verified, error }: ImageReport): Markup {
  const previous = outcome === 'promoted' ? 'Stood before at' : 'Stands at';
  return html`<h2><span class="word ${outcome}">${outcome}</span>${destination}</h2>
<dl><dt>From</dt><dd><code>${source}</code></dd><dt>Digest</dt><dd>${digest === null ? 'unknown' : html`<code>${digest}</code>`}${verified ? ' read back and hashed' : ''}</dd>${
    previousDigest === undefined ? empty : html`<dt>${previous}</dt><dd><code>${previousDigest}</code></dd>`
  }</dl>${outcome === 'withheld' ? withheld : empty}${error === undefined ? empty : fault(error)}`;
}

const withheld = html`<p>Left as it was, because another destination failed.</p>`;

function fault({ code, message, hint }: ReportedFault): Markup {
  const remedy = (hint ?? '')
    .slice(0, longestHint)
    .split('\n')
    .filter((line) => line !== '');
  const lines = remedy.map((line, index) => html`${index === 0 ? '' : Markup.trusted('\n')}${line}`);
  return html`<div class="error"><strong>${code}</strong> ${message}${remedy.length === 0 ? empty : html`<pre>${lines}</pre>`}</div>`;
}

function warnings(all: readonly string[]): Markup {
  if (all.length === 0) return empty;
  const rest = all.length - mostWarnings;
  const more = rest > 0 ? html`<li>and ${rest} more</li>` : empty;
  return html`<section><h2>Warnings</h2><ul>${all.slice(0, mostWarnings).map((text) => html`<li>${text}</li>`)}${more}</ul></section>`;
}
