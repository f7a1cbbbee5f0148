import * as v from 'valibot';
import { type Circumstance, Fault, type FaultCode, type Side } from '../fault.ts';
import { throttles } from '../http/gate.ts';
import type { HttpResponse } from '../http/transport.ts';
import { algorithmOf, type Digest, isDigest } from '../oci/digest.ts';
import { printable } from '../text.ts';
import { parseJson } from './json.ts';

/** What was asked of which repository; words for a message and facts for advice. */
export interface Errand {
  readonly side: Side | undefined;
  /** `HOST/PATH`, `HOST/PATH:TAG` or `HOST/PATH@DIGEST` */
  readonly reference: string;
  readonly action: Circumstance['action'];
  /** `reading the manifest` */
  readonly doing: string;
}

const errorDocument = v.object({
  errors: v.array(v.looseObject({ code: v.optional(v.string()), message: v.optional(v.string()) })),
});

/** Kept for advice, which finds what stands far behind; a message shows its beginning. */
const longestText = 8000;

/** What the message of every fault about a repository begins with. */
export function at(errand: Errand): string {
  return `${errand.side === undefined ? '' : `${errand.side} `}${errand.reference}`;
}

/** A status that is not what was hoped for, with the registry's own words, as a Fault (distribution-spec, "Error Codes"). */
export function refusal(errand: Errand, response: Pick<HttpResponse, 'status' | 'headers' | 'body'>): Fault {
  const { code, text } = registryWords(response.body);
  const { status } = response;
  const about = { side: errand.side, reference: errand.reference, action: errand.action, status, text };
  const said = [code, printable(text)].filter((part) => part !== '').join(': ');
  const message = `${at(errand)}: ${errand.doing} was answered ${status}${said === '' ? '' : ` (${said})`}`;
  const fault = throttles(response) ? 'THROTTLED' : faultCode(status, code, text, errand.action);
  return new Fault(fault, message, { about });
}

/**
 * That what was put is kept under its digest, as far as the registry says so: by another algorithm it may be kept as well.
 * @throws Fault DIGEST_MISMATCH
 */
export function checkKept(errand: Errand, { headers }: Pick<HttpResponse, 'headers'>, put: Digest): void {
  const kept = headers['docker-content-digest'];
  if (kept === undefined || !isDigest(kept) || algorithmOf(kept) !== algorithmOf(put) || kept === put) return;
  throw new Fault('DIGEST_MISMATCH', `${at(errand)}: put as ${put}, but the registry keeps it as ${kept}`);
}

function registryWords(body: Uint8Array): { code: string; text: string } {
  const raw = new TextDecoder().decode(body.subarray(0, 64 * 1024));
  const document = v.safeParse(errorDocument, parseJson(raw));
  const first = document.success ? document.output.errors[0] : undefined;
  // Proxies and load balancers answer in HTML or plain text.
  if (first === undefined) return { code: '', text: printable(raw.trim(), longestText) };
  return { code: printable(first.code ?? '', 60), text: printable(first.message ?? '', longestText) };
}

const codesByStatus: ReadonlyMap<number, FaultCode> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'DENIED'],
  // They may pass: a request that took too long, and one that came by a connection meant for another host.
  [408, 'REGISTRY_FAILED'],
  [421, 'REGISTRY_FAILED'],
  [425, 'REGISTRY_FAILED'],
]);
const codesByName: ReadonlyMap<string, FaultCode> = new Map([
  ['DIGEST_INVALID', 'DIGEST_MISMATCH'],
  ['SIZE_INVALID', 'SIZE_MISMATCH'],
  ['MANIFEST_INVALID', 'MANIFEST_INVALID'],
]);

function faultCode(status: number, code: string, text: string, action: Circumstance['action']): FaultCode {
  const byStatus = codesByStatus.get(status) ?? (status >= 500 ? 'REGISTRY_FAILED' : undefined);
  if (byStatus !== undefined) return byStatus;
  const refused = action === 'write' ? refusedWrite(status, code, text) : undefined;
  return refused ?? (status === 404 ? 'NOT_FOUND' : (codesByName.get(code) ?? 'PROTOCOL'));
}

function refusedWrite(status: number, code: string, text: string): FaultCode | undefined {
  if (/immutab/i.test(text)) return 'TAG_IMMUTABLE';
  if (status === 405 || /\b(?:remote|virtual) repositor/i.test(text)) return 'READ_ONLY';
  return code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN' ? 'NOT_KEPT' : undefined;
}
