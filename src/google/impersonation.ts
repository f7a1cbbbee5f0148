import type { AuthClient } from 'google-auth-library';
import { Fault } from '../fault.ts';
import { printable, reasonOf } from '../text.ts';
import { carriedBy } from './fetch.ts';
import { cloudPlatformScope, eagerRefreshThresholdMillis, type Identity } from './identity.ts';
import { hintFor } from './known-refusals.ts';
import { unknownMember } from './permissions.ts';

/** What a hint is looked for in; a message shows its beginning. */
const longestReason = 8000;

/**
 * A service account that another identity may act as.
 * @param chain service accounts, the last is the target, those before it its delegates; one at least
 */
export async function impersonating(
  source: Identity,
  chain: readonly [string, ...string[]],
  fetchImplementation: typeof fetch,
): Promise<Identity> {
  const target = chain.at(-1) ?? '';
  return {
    client: await impersonatingClient(source.client, chain, fetchImplementation),
    quotaProject: undefined,
    principal: async () => {
      const { name } = await source.principal();
      return { name: `${target} (by ${name})`, member: `serviceAccount:${target}` };
    },
    failed: async (cause) => {
      const reason = reasonOf(cause, longestReason);
      const caller = await source.principal().catch(() => undefined);
      const message = `no access token for ${target}: ${printable(reason)}`;
      return new Fault('UNAUTHENTICATED', message, {
        cause,
        hint: hintFor(reason) ?? linksHint(caller?.member ?? unknownMember, chain),
      });
    },
  };
}

/** One grant a link: each member may take the next account's token. */
function linksHint(member: string, chain: readonly string[]): string {
  const members = [member, ...chain.map((account) => `serviceAccount:${account}`)];
  return chain
    .flatMap((account, index) => [
      `${members[index]} needs roles/iam.serviceAccountTokenCreator on ${account}:`,
      `gcloud iam service-accounts add-iam-policy-binding ${account} --member=${members[index]} --role=roles/iam.serviceAccountTokenCreator`,
    ])
    .join('\n');
}

/** The client of the IAM Credentials API, `generateAccessToken`. */
export async function impersonatingClient(
  sourceClient: AuthClient,
  chain: readonly string[],
  fetchImplementation: typeof fetch,
): Promise<AuthClient> {
  const [{ Impersonated }, { OAuth2Client }] = await Promise.all([
    import('google-auth-library/build/src/auth/impersonated.js'),
    import('google-auth-library/build/src/auth/oauth2client.js'),
  ]);
  const options = { transporterOptions: carriedBy(fetchImplementation), eagerRefreshThresholdMillis };
  // The library sends the request through its source client, and that of the metadata server goes past every proxy.
  const caller = new OAuth2Client(options);
  caller.refreshHandler = async () => {
    const { token } = await sourceClient.getAccessToken();
    if (token == null) throw new Error('the answer holds no token');
    return { access_token: token, expiry_date: sourceClient.credentials.expiry_date ?? Date.now() };
  };
  return new Impersonated({
    ...options,
    sourceClient: caller,
    targetPrincipal: chain.at(-1) ?? '',
    delegates: chain.slice(0, -1).map(resourceName),
    targetScopes: [cloudPlatformScope],
  });
}

/** The API takes delegates by resource name alone; a credential file may have them so already. */
function resourceName(account: string): string {
  return account.includes('/') ? account : `projects/-/serviceAccounts/${account}`;
}
