import * as v from 'valibot';
import { Fault } from '../fault.ts';
import { onwardUrl } from '../http/onward.ts';
import { errorBodyLimit, type HttpRequest, type HttpResponse, type Transport } from '../http/transport.ts';
import type { Challenge } from './challenge.ts';
import { parseJson } from './json.ts';

const tokenAnswer = v.union([
  v.object({ token: v.pipe(v.string(), v.minLength(1)) }),
  v.object({ access_token: v.pipe(v.string(), v.minLength(1)) }),
]);

/**
 * Fetches the token that a registry's Bearer challenge asks for (distribution, "Token
 * Authentication Specification"). A credential goes along only to the registry's own origin.
 * @param basic an Authorization header value, or undefined
 * @returns an Authorization header value, or undefined where the realm gives none
 * @throws Fault UNAUTHENTICATED where the realm is a place that we may not go to, REGISTRY_FAILED where it fails itself
 */
export async function exchangeToken(
  transport: Transport,
  asked: URL,
  challenge: Challenge,
  basic: string | undefined,
): Promise<string | undefined> {
  const realm = realmUrl(asked, challenge);
  for (const name of ['service', 'scope']) {
    const value = challenge.parameters.get(name);
    if (value !== undefined) realm.searchParams.set(name, value);
  }
  const headers = basic !== undefined && realm.origin === asked.origin ? { authorization: basic } : {};
  const response = await askRealm(transport, asked, { method: 'GET', url: realm, headers, maxBytes: errorBodyLimit });
  if (response.status >= 500) {
    throw new Fault('REGISTRY_FAILED', `${realm.origin} answered a token request ${response.status}`);
  }
  if (response.status !== 200) return undefined;
  const answer = v.safeParse(tokenAnswer, parseJson(response.body));
  if (!answer.success) throw new Fault('PROTOCOL', `${realm.origin} answered a token request without a token`);
  return `Bearer ${'token' in answer.output ? answer.output.token : answer.output.access_token}`;
}

function realmUrl(asked: URL, challenge: Challenge): URL {
  try {
    return onwardUrl(asked, challenge.parameters.get('realm') ?? '', 'a token realm');
  } catch (cause) {
    throw forbidden(asked, cause);
  }
}

async function askRealm(transport: Transport, asked: URL, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await transport.send(request);
  } catch (cause) {
    throw cause instanceof Fault && cause.code === 'REDIRECT_FORBIDDEN' ? forbidden(asked, cause) : cause;
  }
}

function forbidden(asked: URL, cause: unknown): unknown {
  if (!(cause instanceof Fault)) return cause;
  return new Fault(
    'UNAUTHENTICATED',
    `${asked.host} wants a token from a place that we may not go to: ${cause.message}`,
    { cause },
  );
}
