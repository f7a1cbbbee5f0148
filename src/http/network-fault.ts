import { Fault } from '../fault.ts';
import { printable, reasonOf } from '../text.ts';
import { shownUrl } from './redaction.ts';

/** Error codes of answers that were not HTTP, or more of it than we take: asking again changes nothing. */
const protocolCodes: ReadonlySet<string> = new Set([
  'EINTERIM',
  'HPE_HEADER_OVERFLOW',
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_HEADER_TOKEN',
]);

/** Certificates that are not accepted: asking again changes nothing either. */
const certificateCodes = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT)/;

/**
 * Whatever a socket, TLS, HTTP/2 or got threw, as a Fault.
 * @param url what was asked for; shown redacted
 * @param signal when it is aborted its reason wins over the error that followed from it
 */
export function networkFault(error: unknown, method: string, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof Fault) return error;
  const code = errorCode(error);
  const what = `${method} ${shownUrl(url)}`;
  if (code === 'EPRIVATE') {
    return new Fault(
      'REDIRECT_FORBIDDEN',
      `${what}: a host that only a server's answer named is at a private address`,
      { cause: error },
    );
  }
  if (protocolCodes.has(code)) {
    return new Fault('PROTOCOL', `${what}: the answer is not HTTP as it should be (${code})`, { cause: error });
  }
  if (certificateCodes.test(code)) {
    return new Fault('PROTOCOL', `${what}: the server's certificate is not accepted: ${describe(error, code)}`, {
      cause: error,
      hint: 'for a private certificate authority, name its file in NODE_EXTRA_CA_CERTS',
    });
  }
  return new Fault('NETWORK', `${what}: ${describe(error, code)}`, { cause: error, hint: networkHint(code, url) });
}

function networkHint(code: string, url: URL): string | undefined {
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN'
    ? `is ${printable(url.hostname)} spelt right, and can this machine resolve it? (a location is like us-central1 or europe)`
    : undefined;
}

function describe(error: unknown, code: string): string {
  const text = reasonOf(error);
  return code === '' || text.includes(code) ? text : `${text} (${code})`;
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_GOT')) return error.code;
  return errorCode(error.cause);
}
