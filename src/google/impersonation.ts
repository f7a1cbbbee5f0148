import type { AuthClient } from 'google-auth-library';
import { Fault } from '../fault.ts';
import { cloudPlatformScope, eagerRefreshThresholdMillis, type Identity } from './identity.ts';

/**
 * A service account that another identity may act as.
 * @param chain service accounts, the last is the target, those before it its delegates; one at least
 */
export async function impersonating(
  source: Identity,
  chain: readonly [string, ...string[]],
  fetchImplementation: typeof fetch,
): Promise<Identity> {
  const target = chain.at(-1);
  const [first] = chain;
  return {
    client: await impersonatingClient(source.client, chain, fetchImplementation),
    describe: async () => `${target} (by ${await source.describe()})`,
    failed: (cause) =>
      new Fault(
        'UNAUTHENTICATED',
        `no access token for ${target}: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          cause,
          hint: [
            `whoever runs this needs roles/iam.serviceAccountTokenCreator on ${first}:`,
            `gcloud iam service-accounts add-iam-policy-binding ${first} --member=MEMBER --role=roles/iam.serviceAccountTokenCreator`,
          ].join('\n'),
        },
      ),
  };
}

/** The client of the IAM Credentials API, `generateAccessToken`. */
export async function impersonatingClient(
  sourceClient: AuthClient,
  chain: readonly string[],
  fetchImplementation: typeof fetch,
): Promise<AuthClient> {
  const { Impersonated } = await import('google-auth-library/build/src/auth/impersonated.js');
  return new Impersonated({
    transporterOptions: { fetchImplementation },
    eagerRefreshThresholdMillis,
    sourceClient,
    targetPrincipal: chain.at(-1) ?? '',
    delegates: chain.slice(0, -1),
    targetScopes: [cloudPlatformScope],
  });
}
