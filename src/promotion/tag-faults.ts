import { asFault, type Fault, type FaultCode } from '../fault.ts';
import { isGoogleRegistryHost } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import type { PlannedDestination } from './plan.ts';

/** The registry shows nothing, or something else than what was put. */
const disproofs: ReadonlySet<FaultCode> = new Set(['TAG_MOVED', 'NOT_KEPT', 'DIGEST_MISMATCH', 'MANIFEST_INVALID']);

/** A PUT that ended so may have been carried out before. */
const unanswered: ReadonlySet<FaultCode> = new Set(['NETWORK', 'REGISTRY_FAILED', 'DEADLINE', 'SIGINT', 'SIGTERM']);

/** Does a failed read-back show that what was put does not stand? Else it shows nothing. */
export function isDisproof(error: unknown): boolean {
  return disproofs.has(asFault(error).code);
}

/** The fault of a destination that was put, and that nobody came to read back. */
export function unproved(error: unknown, destination: Reference): Fault {
  const fault = asFault(error);
  return fault.retold(`destination ${destination} was put, but not read back: ${fault.message}`);
}

/** Does nobody know what came of a PUT that failed so? */
export function isUnanswered(error: unknown): boolean {
  return unanswered.has(asFault(error).code);
}

/** The fault of a PUT, which says so where nobody knows what came of it. */
export function withDoubt(error: unknown, destination: Reference): Fault {
  const fault = asFault(error);
  if (!isUnanswered(fault)) return fault;
  return fault.retold(`${fault.message}; destination ${destination} may have been put all the same`);
}

/** The fault with the commands that put tags back. @param put those that were put, or may have been */
export function withWayBack(fault: Fault, put: readonly PlannedDestination[]): Fault {
  if (put.length === 0) return fault;
  const hint = [
    ...(fault.hint === undefined ? [] : [fault.hint]),
    'to put the tags back that were put already:',
    ...new Set(put.map(wayBack)),
  ];
  return fault.retold(fault.message, hint.join('\n'));
}

function wayBack({ reference, current }: PlannedDestination): string {
  if (current !== undefined) return `promote ${reference.withDigest(current)} ${reference} --allow-move`;
  return isGoogleRegistryHost(reference.host)
    ? `gcloud artifacts docker tags delete ${reference}`
    : `${reference} is new: remove this tag by the means of its registry`;
}
