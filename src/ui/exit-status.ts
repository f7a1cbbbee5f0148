import type { FaultCode } from '../fault.ts';
import type { Report } from '../promotion/report.ts';

/** By class: README, "Exit status". */
const statuses: Readonly<Record<FaultCode, number>> = {
  UNEXPECTED: 1,
  USAGE: 2,
  UNAUTHENTICATED: 3,
  DENIED: 3,
  NOT_FOUND: 4,
  DIGEST_MISMATCH: 5,
  SIZE_MISMATCH: 5,
  MANIFEST_INVALID: 5,
  NOT_KEPT: 5,
  DIFFERENT: 5,
  TAG_WOULD_MOVE: 6,
  TAG_CLAIMED_TWICE: 6,
  TAG_MOVED: 6,
  TAG_IMMUTABLE: 6,
  UNEXPECTED_DIGEST: 6,
  WRONG_PLAN: 6,
  READ_ONLY: 6,
  NETWORK: 7,
  REGISTRY_FAILED: 7,
  THROTTLED: 7,
  DEADLINE: 7,
  PROTOCOL: 7,
  LIMIT_EXCEEDED: 7,
  REDIRECT_FORBIDDEN: 7,
  SIGINT: 130,
  SIGTERM: 143,
};

/** failed in several ways, or in part */
const mixed = 8;

export function statusOfFault(code: FaultCode): number {
  return statuses[code];
}

/** The class that all failures share; 8 when they differ, or when some of the tags were put all the same. */
export function statusOfReport(report: Report): number {
  if (report.outcome !== 'failed') return 0;
  const codes = report.images.flatMap(({ error }) => (error === undefined ? [] : [error.code]));
  if (report.error !== undefined) codes.push(report.error.code);
  const classes = new Set(codes.map((code) => statuses[code]));
  const ended = [130, 143].find((status) => classes.has(status));
  if (ended !== undefined) return ended;
  const inPart =
    report.images.some(({ outcome }) => outcome === 'promoted') &&
    report.images.some(({ outcome }) => outcome !== 'promoted');
  const [only] = classes;
  return classes.size > 1 || inPart ? mixed : (only ?? 1);
}
