import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault, type FaultCode, withRemedy } from '../../src/fault.ts';
import { statusOfFault } from '../../src/ui/exit-status.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
const catalogue = read('README.md').split('\n## Errors')[1]?.split('\n## ')[0] ?? '';

/** The compiler holds that none is missing. */
const all: Readonly<Record<FaultCode, true>> = {
  UNEXPECTED: true,
  USAGE: true,
  UNAUTHENTICATED: true,
  DENIED: true,
  NOT_FOUND: true,
  DIGEST_MISMATCH: true,
  SIZE_MISMATCH: true,
  MANIFEST_INVALID: true,
  NOT_KEPT: true,
  DIFFERENT: true,
  TAG_WOULD_MOVE: true,
  TAG_CLAIMED_TWICE: true,
  TAG_MOVED: true,
  TAG_IMMUTABLE: true,
  UNEXPECTED_DIGEST: true,
  WRONG_PLAN: true,
  READ_ONLY: true,
  NETWORK: true,
  REGISTRY_FAILED: true,
  THROTTLED: true,
  DEADLINE: true,
  PROTOCOL: true,
  LIMIT_EXCEEDED: true,
  REDIRECT_FORBIDDEN: true,
  SIGINT: true,
  SIGTERM: true,
};

describe('every fault', () => {
  it('is in the catalogue once: what it means, and what to do', () => {
    const rows = [...catalogue.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.*) \| (.+) \|$/gm)];
    expect(rows.map(([, code]) => code).toSorted()).toEqual(Object.keys(all).toSorted());
  });

  it.each(Object.keys(all).filter(isCode))('%s leaves with a hint, its own where it has one', (code) => {
    expect(withRemedy(new Fault(code, 'something', { hint: 'own' })).hint).toBe('own');
    if (code !== 'USAGE') expect(withRemedy(new Fault(code, 'something')).hint).toMatch(/\w/);
    expect(statusOfFault(code)).toBeGreaterThan(0);
  });
});

function isCode(code: string): code is FaultCode {
  return code in all;
}
