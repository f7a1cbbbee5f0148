import type { FaultCode, Side } from '../fault.ts';

/** One thing that a promotion needs, and how it stands. */
export interface Finding {
  readonly side: Side;
  /** a repository's resource name, a permission, a reference */
  readonly subject: string;
  readonly status: 'ok' | 'missing' | 'unknown';
  readonly detail: string;
  /** what to type or change */
  readonly fix?: string;
  /** of what is missing: what a promotion would fail with */
  readonly code?: FaultCode;
}

export function ok(side: Side, subject: string, detail: string): Finding {
  return { side, subject, status: 'ok', detail };
}

export function unknown(side: Side, subject: string, detail: string, fix?: string): Finding {
  return { side, subject, status: 'unknown', detail, ...(fix === undefined ? {} : { fix }) };
}

export function missing(side: Side, subject: string, code: FaultCode, detail: string, fix?: string): Finding {
  return { side, subject, status: 'missing', detail, code, ...(fix === undefined ? {} : { fix }) };
}
