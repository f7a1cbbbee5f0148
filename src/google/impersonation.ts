import { Fault } from '../fault.ts';
import { cloudPlatformScope, eagerRefreshThresholdMillis, type Identity } from './identity.ts';

/**
 * A service account that another identity may act as (IAM Credentials API, generateAccessToken).
 * @param chain service accounts, the last is the target, those before it its delegates
 */
export async function impersonating(
  source: Identity,
  chain: readonly string[],
  fetchImplementation: typeof fetch,
): Promise<Identity> {
  const target = chain.at(-1);
  if (target === undefined) return source;
  const { Impersonated } = await import('google-auth-library/build/src/auth/impersonated.js');
  const client = new Impersonated({
    transporterOptions: { fetchImplementation },
    eagerRefreshThresholdMillis,
    sourceClient: source.client,
    targetPrincipal: target,
    delegates: chain.slice(0, -1),
    targetScopes: [cloudPlatformScope],
  });
  return {
    client,
    describe: async () => `${target} (by ${await source.describe()})`,
    failed: (cause) =>
      new Fault(
        'UNAUTHENTICATED',
        `no access token for ${target}: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          cause,
          hint: `whoever runs this needs roles/iam.serviceAccountTokenCreator on ${chain[0]}: gcloud iam service-accounts add-iam-policy-binding ${chain[0]} --member=MEMBER --role=roles/iam.serviceAccountTokenCreator`,
        },
      ),
  };
}
