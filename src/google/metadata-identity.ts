import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import { parseJson } from '../registry/json.ts';
import { reasonOf } from '../text.ts';
import { accountPrincipal, eagerRefreshThresholdMillis, type Identity } from './identity.ts';
import { within } from './within.ts';

const deadlineMs = 5_000;
const answerLimit = 64 * 1024;
/** it restarts now and then, and answers 503 meanwhile */
const mostAttempts = 4;
const pauseMs = 250;
/** metadata.google.internal's address, so that no name has to be resolved */
const defaultHost = '169.254.169.254';

const tokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.pipe(v.number(), v.minValue(0)),
});

/** Where the metadata server is: `GCE_METADATA_HOST` (or `GCE_METADATA_IP`), a host with or without a port. */
export function metadataOrigin(env: NodeJS.ProcessEnv): string {
  const host = env.GCE_METADATA_IP || env.GCE_METADATA_HOST || defaultHost;
  const origin = /^https?:\/\//.test(host) ? host : `http://${host}`;
  if (!URL.canParse(origin)) throw new Fault('USAGE', `GCE_METADATA_HOST is not a host: ${JSON.stringify(host)}`);
  return new URL(origin).origin;
}

/**
 * The metadata server's default service account: what a build, a VM or a job runs as. No detection
 * beforehand: where nothing answers, the token's own request says so.
 * @param transport goes past every proxy
 */
export async function metadataIdentity(transport: Transport, origin: string): Promise<Identity> {
  const { OAuth2Client } = await import('google-auth-library/build/src/auth/oauth2client.js');
  const account = `${origin}/computeMetadata/v1/instance/service-accounts/default`;
  const client = new OAuth2Client({ eagerRefreshThresholdMillis });
  const ask = (property: 'token' | 'email') => askMetadata(transport, new URL(`${account}/${property}`));
  // The library's own metadata client takes neither our transport nor our deadline; this is its hook for others.
  client.refreshHandler = async () => {
    // Whatever it is instead of a token may hold one: it is not quoted, and so not left to a parser's own message.
    const answer = v.safeParse(tokenAnswer, parseJson(await ask('token')));
    if (!answer.success) throw new Error(`${origin} answered with something else`);
    const { access_token, expires_in } = answer.output;
    return { access_token, expiry_date: Date.now() + expires_in * 1000 };
  };
  return {
    client,
    quotaProject: undefined,
    principal: async () => {
      const email = await ask('email').catch(() => undefined);
      return email !== undefined && /^[\w.-]+@[\w.-]+$/.test(email)
        ? accountPrincipal(email)
        : { name: 'the default service account of the metadata server', member: undefined };
    },
    failed: async (cause) =>
      new Fault('UNAUTHENTICATED', `no access token from the metadata server: ${reasonOf(cause)}`, {
        cause,
        hint: 'outside Google Cloud, log in with: gcloud auth application-default login',
      }),
  };
}

/**
 * @returns the answer's text
 * @throws Fault NETWORK, or an Error that says what was answered instead
 */
async function askMetadata(transport: Transport, url: URL): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await within(
      deadlineMs,
      url.origin,
      transport.send({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' }, maxBytes: answerLimit }),
    );
    if (response.headers['metadata-flavor'] !== 'Google') throw new Error(`${url.origin} is not a metadata server`);
    if (response.status === 200) return new TextDecoder().decode(response.body);
    if (response.status < 500 || attempt === mostAttempts) {
      throw new Error(`${url.pathname} was answered ${response.status}`);
    }
    await sleep(attempt * pauseMs);
  }
}
