/**
 * What can go wrong, as people script against it. `main` maps each code to an exit status; the
 * README lists them with causes and remedies.
 */
export type FaultCode =
  | 'UNEXPECTED'
  | 'USAGE'
  | 'UNAUTHENTICATED'
  | 'DENIED'
  | 'NOT_FOUND'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  | 'MANIFEST_INVALID'
  | 'NOT_KEPT'
  | 'DIFFERENT'
  | 'TAG_WOULD_MOVE'
  | 'TAG_CLAIMED_TWICE'
  | 'TAG_MOVED'
  | 'TAG_IMMUTABLE'
  | 'UNEXPECTED_DIGEST'
  | 'WRONG_PLAN'
  | 'READ_ONLY'
  | 'NETWORK'
  | 'REGISTRY_FAILED'
  | 'THROTTLED'
  | 'DEADLINE'
  | 'PROTOCOL'
  | 'LIMIT_EXCEEDED'
  | 'REDIRECT_FORBIDDEN'
  | 'SIGINT'
  | 'SIGTERM';

/** Which end of a promotion something happened on. */
export type Side = 'source' | 'destination';

/** What was being done to a repository when it answered with an error: what advice is made from. */
export interface Circumstance {
  readonly side: Side | undefined;
  /** `HOST/PATH`, `HOST/PATH:TAG` or `HOST/PATH@DIGEST` */
  readonly reference: string;
  readonly action: 'read' | 'write' | 'list';
  readonly status: number;
  /** the registry's own words: one line, escaped, 8,000 characters at most */
  readonly text: string;
}

export interface FaultDetails {
  /** what the user can type or change to mend it */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly about?: Circumstance | undefined;
}

/** The one kind of error that is thrown on purpose. Its message says what failed, on which side, on which reference. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly hint: string | undefined;
  readonly about: Circumstance | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.about = details.about;
  }
}

/** The fault that was thrown; anything else is a defect of ours, and says so. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Fault('UNEXPECTED', text, { cause: error });
}
