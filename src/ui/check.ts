import type { FaultCode, Side } from '../fault.ts';
import { printable } from '../text.ts';
import { statusOfFault } from './exit-status.ts';
import { jsonText } from './json.ts';
import { counted } from './quantities.ts';

/** One thing that a promotion needs, and how it stands. */
export interface ShownFinding {
  readonly side: Side;
  readonly subject: string;
  readonly status: 'ok' | 'missing' | 'unknown';
  readonly detail: string;
  readonly fix?: string;
  /** of what is missing */
  readonly code?: FaultCode;
}

/** What `check` found. */
export interface CheckResult {
  /** who asked; null where that is not known */
  readonly identity: string | null;
  readonly findings: readonly ShownFinding[];
}

const longest = 5000;

/** One line a finding, then what mends what is missing. */
export function checkText({ identity, findings }: CheckResult): string {
  const fixes = [...new Set(findings.flatMap(({ fix }) => fix?.split('\n') ?? []))];
  const lines = [
    ...(identity === null ? [] : [`as ${identity}`, '']),
    ...findings.map(
      ({ status, side, subject, detail }) => `${status.padEnd(7)}  ${side.padEnd(11)}  ${subject}  ${detail}`,
    ),
    '',
    ...(fixes.length === 0 ? [] : ['What mends it:', ...fixes.map((fix) => `  ${fix}`), '']),
    summary(findings),
  ];
  return `\n${lines.map((line) => printable(line, longest)).join('\n')}\n\n`;
}

export function checkJson({ identity, findings }: CheckResult): string {
  return jsonText({
    identity,
    findings: findings.map(({ side, subject, status, detail, fix }) => ({
      side,
      subject,
      status,
      detail,
      ...(fix === undefined ? {} : { fix }),
    })),
  });
}

/** 0 when nothing is missing, else the first of 4, 3 and 6 that something missing would end with. */
export function statusOfFindings(findings: readonly ShownFinding[]): number {
  const statuses = new Set(findings.flatMap(({ code }) => (code === undefined ? [] : [statusOfFault(code)])));
  return [4, 3, 6].find((status) => statuses.has(status)) ?? 0;
}

function summary(findings: readonly ShownFinding[]): string {
  const count = (wanted: ShownFinding['status']) => findings.filter(({ status }) => status === wanted).length;
  const unknown = count('unknown');
  const doubt = unknown === 0 ? '' : `; ${counted(unknown, 'thing')} could not be found out`;
  return count('missing') === 0 ? `Nothing is missing${doubt}.` : `${count('missing')} missing${doubt}.`;
}
