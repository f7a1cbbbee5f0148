/**
 * What can go wrong, as people script against it. `ui/exit-status.ts` maps each code to an exit status;
 * README lists them.
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

const credential = /\b(bearer|basic)\s+[^\s"',;]+|ya29\.[\w.~+/-]+/gi;

// By whole runs of dotted words: from every `eyJ` of a long one the time would grow by its square.
const dotted = /(?<![\w-])[\w-]+(?:\.[\w-]*)+/g;

/** characters; no message of ours comes near, and a server's text in it must not cost seconds */
const longestMessage = 32 * 1024;

/**
 * A text without a credential that somebody repeats in it: an Authorization header's value, Google's access tokens, JWTs.
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(credential, (_, scheme: string | undefined) => (scheme === undefined ? '…' : `${scheme} …`))
    .replace(dotted, withoutToken);
}

/** A run of dotted words up to where a JWT begins in it. */
function withoutToken(run: string): string {
  const parts = run.split('.');
  const at = parts.findIndex((part, index) => /eyJ[\w-]{8}/.test(part) && (parts[index + 1]?.length ?? 0) >= 8);
  if (at === -1) return run;
  const head = parts[at] ?? '';
  return [...parts.slice(0, at), `${head.slice(0, head.indexOf('eyJ'))}…`].join('.');
}

/** The one kind of error that is thrown on purpose. Its message says what failed, on which side, on which reference; no credential ever stands in it. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly hint: string | undefined;
  readonly about: Circumstance | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(withoutCredentials(message.slice(0, longestMessage)), { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.about = details.about;
  }

  /** The same fault in other words. */
  retold(message: string, hint = this.hint): Fault {
    return new Fault(this.code, message, { hint, cause: this, about: this.about });
  }
}

const again = 'run it again: what is there is not sent twice';
const asIs = 'the source has to be mended: build the image again, or push it again, and promote that';

/** What helps against a fault of a code, where the fault itself knows nothing better; of usage it always does. */
const remedies: Readonly<Record<Exclude<FaultCode, 'USAGE'>, string>> = {
  UNEXPECTED: 'this is a defect of promote: report it, with the log of --verbose',
  UNAUTHENTICATED:
    'at Google, see who asks with: promote check, and the same options (on a workstation: gcloud auth application-default login); other registries take the auths of $DOCKER_CONFIG/config.json',
  DENIED: 'see everything that is missing with: promote check, and the same options',
  NOT_FOUND:
    'look for a slip in project, location, repository, image and tag; promote tags HOST/PATH lists what is there',
  DIGEST_MISMATCH: `${again}; if it fails again, ${asIs}`,
  SIZE_MISMATCH: `${again}; if it fails again, ${asIs}`,
  MANIFEST_INVALID: asIs,
  NOT_KEPT: `${again}; if it fails again, see whether a clean-up policy deletes from the destination`,
  DIFFERENT:
    'a tag that stands at another digest: promote again with --allow-move\nother bytes below it, which --repair leaves, since something is there: delete the image (gcloud artifacts docker images delete HOST/PATH@DIGEST --delete-tags), promote again, then verify again with --deep',
  TAG_WOULD_MOVE: 'promote to a tag of its own, or allow the move with --allow-move',
  TAG_MOVED: 'find out who else pushes to this tag, then run it again',
  UNEXPECTED_DIGEST: 'promote what was tested, by its digest',
  WRONG_PLAN: 'apply the plan that was reviewed, or have this one reviewed',
  DEADLINE: `${again}, or give more time with --deadline`,
  TAG_CLAIMED_TWICE: 'give each image a destination of its own',
  TAG_IMMUTABLE:
    'promote to a new tag, or let the repository allow changes: gcloud artifacts repositories update … --no-immutable-tags',
  READ_ONLY: 'promote to a standard repository: remote and virtual ones take no pushes',
  NETWORK: `${again}; if it fails again, look at HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS and the build's private pool`,
  REGISTRY_FAILED: `${again}; if it fails again, see https://status.cloud.google.com`,
  THROTTLED: `${again}, with fewer requests at a time (--concurrency 8), or have the quota raised`,
  PROTOCOL:
    'what answers is not a registry as the distribution-spec has it: look at the host, and at a proxy in between',
  LIMIT_EXCEEDED:
    'what was answered is more than any real image has, or has no end: look at what was pushed to the source, at the host, and at a proxy in between',
  REDIRECT_FORBIDDEN:
    'a server sends us where a credential or a private network could leak: look at the host, and at a proxy in between',
  SIGINT: again,
  SIGTERM: `${again}; a build that ran out of time needs a longer timeout`,
};

/** The fault with what helps against it, as far as that is known. */
export function withRemedy(fault: Fault): Fault {
  if (fault.hint !== undefined || fault.code === 'USAGE') return fault;
  return fault.retold(fault.message, remedies[fault.code]);
}

/** The fault that was thrown; anything else is a defect of ours, and says so. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Fault('UNEXPECTED', text, { cause: error });
}
