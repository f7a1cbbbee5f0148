import * as v from 'valibot';
import { Fault } from '../fault.ts';
import type { Transport } from '../http/transport.ts';
import { fetchOver } from './fetch.ts';
import { eagerRefreshThresholdMillis, type Identity } from './identity.ts';

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
  const { Compute } = await import('google-auth-library/build/src/auth/computeclient.js');
  const account = `${origin}/computeMetadata/v1/instance/service-accounts/default`;

  /** Compute itself asks through a client that takes neither our transport nor our deadline. */
  class MetadataClient extends Compute {
    protected override async refreshTokenNoCache(): ReturnType<InstanceType<typeof Compute>['refreshTokenNoCache']> {
      const { access_token, expires_in } = v.parse(tokenAnswer, JSON.parse(await this.ask('token')));
      return { tokens: { access_token, token_type: 'Bearer', expiry_date: Date.now() + expires_in * 1000 }, res: null };
    }

    async ask(property: 'token' | 'email'): Promise<string> {
      const request = { url: `${account}/${property}`, headers: { 'metadata-flavor': 'Google' }, retry: true };
      const { data, headers } = await this.transporter.request<string>({ ...request, responseType: 'text' });
      if (headers.get('metadata-flavor') !== 'Google') throw new Error(`${origin} is not a metadata server`);
      return data;
    }
  }

  const client = new MetadataClient({
    eagerRefreshThresholdMillis,
    transporterOptions: { fetchImplementation: fetchOver(transport, deadlineMs), noProxy: [/^/] },
  });
  return {
    client,
    describe: async () => {
      const email = await client.ask('email').catch(() => undefined);
      return email !== undefined && /^[\w.@-]{3,200}$/.test(email)
        ? email
        : 'the default service account of the metadata server';
    },
    failed: (cause) =>
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
