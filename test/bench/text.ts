import { control } from './contenders.ts';
import { judge, type Spread, type Standing, type Summary, type Verdict } from './summary.ts';

const columns = [
  '',
  'runs',
  'median ms',
  'min–max',
  'ratio',
  'CPU ms',
  'peak MiB',
  'requests',
  'connections',
  'MiB sent',
];

/** One workload as a table, the bars below it. */
export function textOf(summary: Summary): string {
  const { workload, rounds, standings } = summary;
  const rows = [columns, ...standings.map(cellsOf)];
  const widths = columns.map((_column, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  '),
  );
  const failures = standings.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`]));
  return [
    `${workload.name}: ${workload.title}; ${rounds} rounds; ratio to ${summary.comparedWith}`,
    ...table.map((line) => `  ${line}`.trimEnd()),
    ...failures.map((failure) => `  failed: ${failure}`),
    ...judge(summary).map((verdict) => `  ${verdictText(verdict)}`),
    '',
  ].join('\n');
}

/** All workloads in one table for a README. */
export function markdownOf(summaries: readonly Summary[]): string {
  const head = ['workload', ...columns.slice(1)];
  head[0] = 'workload, tool';
  const lines = summaries.flatMap(({ workload, standings }) => [
    row([`**${workload.name}**: ${workload.title}`, ...columns.slice(1).map(() => '')]),
    ...standings.filter(({ name }) => name !== control || workload.kind === 'start').map((each) => row(cellsOf(each))),
  ]);
  return [row(head), row(head.map((_name, index) => (index === 0 ? '---' : '---:'))), ...lines, ''].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellsOf({ name, runs, wallMs, ratio, cpuMs, peakMiB, requests, connections, sentMiB }: Standing): string[] {
  return [
    name,
    String(runs),
    wallMs === undefined ? '' : wallMs.median.toFixed(0),
    wallMs === undefined ? '' : `${wallMs.least.toFixed(0)}–${wallMs.most.toFixed(0)}`,
    ratio === undefined ? '' : ratio.toFixed(2),
    cpuMs === undefined ? '' : cpuMs.median.toFixed(0),
    peakMiB === undefined ? '' : peakMiB.median.toFixed(0),
    countText(requests),
    countText(connections),
    sentMiB === undefined ? '' : sentMiB.median.toFixed(1),
  ];
}

function countText(count: Spread | undefined): string {
  if (count === undefined) return '';
  return count.least === count.most ? String(count.median) : `${count.least}–${count.most}`;
}

function verdictText({ what, value, bar, met }: Verdict): string {
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return `${met ? 'met' : 'MISSED'}: ${shown} ${what}, at most ${bar}`;
}
