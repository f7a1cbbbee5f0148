import { ours, peer } from './contenders.ts';
import type { Summary } from './summary.ts';

const width = 760;
const labelWidth = 290;
const rowHeight = 26;
const top = 44;
const barHeight = 14;
const scaleEnd = 1.4;

/**
 * One bar a workload: our wall time where crane's is 1. An SVG of its own, readable on light and on dark ground.
 * Workloads that are not compared with crane are left out.
 */
export function chartOf(summaries: readonly Summary[]): string {
  const bars = summaries.flatMap(({ workload, standings, comparedWith }) => {
    const ratio = standings.find(({ name }) => name === ours)?.ratio;
    return comparedWith === peer && ratio !== undefined ? [{ title: workload.title, ratio }] : [];
  });
  const height = top + bars.length * rowHeight + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">Wall time of ${ours}, cold start and read-back included, as a multiple of ${peer}'s</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600 }
  .value { font-variant-numeric: tabular-nums }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .bar { fill: #1a7f5a }
  .slow { fill: #b35900 }
  .peer { stroke: #57606a; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #3fb68b }
    .slow { fill: #e3954a }
    .peer { stroke: #9198a1 }
  }
</style>
<text class="head" x="0" y="18">Wall time of ${ours} (${peer} = 1, shorter is faster)</text>
${bars.map(({ title, ratio }, index) => barOf(title, ratio, top + index * rowHeight)).join('\n')}
<line class="peer" x1="${at(1)}" x2="${at(1)}" y1="${top - 8}" y2="${height - 24}"/>
<text class="middle" x="${at(1)}" y="${height - 8}">${peer}</text>
</svg>
`;
}

function barOf(title: string, ratio: number, y: number): string {
  const end = at(Math.min(ratio, scaleEnd));
  const kind = ratio > 1 ? 'slow' : 'bar';
  const baseline = y + barHeight - 2;
  return [
    `<text class="end" x="${labelWidth - 10}" y="${baseline}">${escaped(title)}</text>`,
    `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${end - labelWidth}" height="${barHeight}" rx="2"/>`,
    `<text class="value" x="${end + 6}" y="${baseline}">${ratio.toFixed(2)}</text>`,
  ].join('\n');
}

function at(ratio: number): number {
  return Math.round(labelWidth + (ratio / scaleEnd) * (width - labelWidth - 40));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
