import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import { fetchOver } from './fetch.ts';
import { accountPrincipal, eagerRefreshThresholdMillis, type Identity } from './identity.ts';

const deadlineMs = 5_000;
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
  const client = new OAuth2Client({
    eagerRefreshThresholdMillis,
    transporterOptions: {
      fetchImplementation: fetchOver(transport, deadlineMs),
      noProxy: [/^/],
      responseType: 'text',
      retry: true,
    },
  });
  const ask = async (property: 'token' | 'email'): Promise<string> => {
    const { data, headers } = await client.transporter.request<string>({
      url: `${account}/${property}`,
      headers: { 'metadata-flavor': 'Google' },
    });
    if (headers.get('metadata-flavor') !== 'Google') throw new Error(`${origin} is not a metadata server`);
    return data;
  };
  // The library's own metadata client takes neither our transport nor our deadline; this is its hook for others.
  client.refreshHandler = async () => {
    const { access_token, expires_in } = v.parse(tokenAnswer, JSON.parse(await ask('token')));
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
      new Fault(
        'UNAUTHENTICATED',
        `no access token from the metadata server: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          cause,
          hint: 'outside Google Cloud, log in with: gcloud auth application-default login',
        },
      ),
  };
}
