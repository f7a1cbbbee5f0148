import * as v from 'valibot';
import { type Circumstance, Fault, type FaultCode, type Side } from '../fault.ts';
import { printable } from '../oci/text.ts';

/** What was asked of which repository; words for a message and facts for advice. */
export interface Errand {
  readonly side: Side | undefined;
  /** `HOST/PATH`, `HOST/PATH:TAG` or `HOST/PATH@DIGEST` */
  readonly reference: string;
  readonly action: Circumstance['action'];
  /** `reading the manifest` */
  readonly doing: string;
}

const errorDocument = v.object({ errors: v.array(v.looseObject({ code: v.optional(v.string()), message: v.optional(v.string()) })) });

/** What the message of every fault about a repository begins with. */
export function at(errand: Errand): string {
  return `${errand.side === undefined ? '' : `${errand.side} `}${errand.reference}`;
}

/** A status that is not what was hoped for, with the registry's own words, as a Fault (distribution-spec, "Error Codes"). */
export function refusal(errand: Errand, response: { readonly status: number; readonly body: Uint8Array }): Fault {
  const { code, text } = registryWords(response.body);
  const { status } = response;
  const about = { side: errand.side, reference: errand.reference, action: errand.action, status, text };
  const said = [code, text].filter((part) => part !== '').join(': ');
  const message = `${at(errand)}: ${errand.doing} was answered ${status}${said === '' ? '' : ` (${said})`}`;
  return new Fault(faultCode(status, code, text, errand.action), message, { about });
}

function registryWords(body: Uint8Array): { code: string; text: string } {
  const raw = new TextDecoder().decode(body.subarray(0, 64 * 1024));
  try {
    const document = v.safeParse(errorDocument, JSON.parse(raw));
    const first = document.success ? document.output.errors[0] : undefined;
    if (first !== undefined) return { code: printable(first.code ?? '', 60), text: printable(first.message ?? '') };
  } catch {
    // Proxies and load balancers answer in HTML or plain text.
  }
  return { code: '', text: printable(raw.trim()) };
}

function faultCode(status: number, code: string, text: string, action: Circumstance['action']): FaultCode {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'DENIED';
  if (status === 429) return 'THROTTLED';
  if (status >= 500) return 'REGISTRY_FAILED';
  if (action === 'write') {
    if (/immutab/i.test(text)) return 'TAG_IMMUTABLE';
    if (status === 405 || /\b(?:remote|virtual) repositor/i.test(text)) return 'READ_ONLY';
    if (code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN') return 'NOT_KEPT';
  }
  if (status === 404) return 'NOT_FOUND';
  if (code === 'DIGEST_INVALID') return 'DIGEST_MISMATCH';
  if (code === 'SIZE_INVALID') return 'SIZE_MISMATCH';
  if (code === 'MANIFEST_INVALID') return 'MANIFEST_INVALID';
  return 'PROTOCOL';
}
