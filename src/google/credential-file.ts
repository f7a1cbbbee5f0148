import type { AuthClient } from 'google-auth-library';
import * as v from 'valibot';
import { Fault } from '../fault.ts';
import { parseJson } from '../registry/json.ts';
import { reasonOf } from '../text.ts';
import { carriedBy } from './fetch.ts';
import type { CredentialFile } from './find-credentials.ts';
import {
  accountPrincipal,
  cloudPlatformScope,
  eagerRefreshThresholdMillis,
  type Identity,
  type Principal,
} from './identity.ts';
import { impersonatingClient } from './impersonation.ts';
import { externalAccount, externalClient, externalPrincipal } from './workload-identity.ts';

const quotaProject = v.optional(v.string());
const user = v.object({
  type: v.literal('authorized_user'),
  client_id: v.string(),
  client_secret: v.string(),
  refresh_token: v.string(),
  quota_project_id: quotaProject,
});
const key = v.object({
  type: v.literal('service_account'),
  client_email: v.string(),
  private_key: v.string(),
  quota_project_id: quotaProject,
});
const impersonated = v.object({
  type: v.literal('impersonated_service_account'),
  service_account_impersonation_url: v.string(),
  delegates: v.optional(v.array(v.string())),
  source_credentials: v.variant('type', [user, key, externalAccount]),
  quota_project_id: quotaProject,
});
const anyCredential = v.variant('type', [user, key, impersonated, externalAccount]);

type Credential = v.InferOutput<typeof anyCredential>;

/**
 * @param env `GOOGLE_CLOUD_QUOTA_PROJECT` wins over the file's quota project
 * @throws Fault USAGE for a kind that is not supported
 */
export async function fileIdentity(
  file: CredentialFile,
  env: NodeJS.ProcessEnv,
  fetchImplementation: typeof fetch,
): Promise<Identity> {
  const credential = parseCredential(file);
  const client = await clientFor(credential, file.path, fetchImplementation);
  return {
    client,
    quotaProject: env.GOOGLE_CLOUD_QUOTA_PROJECT || credential.quota_project_id,
    principal: () => principalOf(credential, client, file),
    failed: async (cause) =>
      new Fault('UNAUTHENTICATED', `no access token by the credentials in ${file.path}: ${reasonOf(cause)}`, {
        cause,
        hint:
          credential.type === 'authorized_user'
            ? 'log in again with: gcloud auth application-default login'
            : undefined,
      }),
  };
}

function parseCredential({ path, text }: CredentialFile): Credential {
  const parsed = v.safeParse(anyCredential, parseJson(text));
  if (!parsed.success) {
    throw new Fault(
      'USAGE',
      `${path} is not a credential file of a known kind (authorized_user, service_account, impersonated_service_account, external_account)`,
    );
  }
  return parsed.output;
}

async function clientFor(credential: Credential, path: string, fetchImplementation: typeof fetch): Promise<AuthClient> {
  const options = { transporterOptions: carriedBy(fetchImplementation), eagerRefreshThresholdMillis };
  switch (credential.type) {
    case 'authorized_user': {
      const { UserRefreshClient } = await import('google-auth-library/build/src/auth/refreshclient.js');
      const { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken } = credential;
      return new UserRefreshClient({ ...options, clientId, clientSecret, refreshToken });
    }
    case 'service_account': {
      const { JWT } = await import('google-auth-library/build/src/auth/jwtclient.js');
      const { client_email: email, private_key: key } = credential;
      return new JWT({ ...options, email, key, scopes: [cloudPlatformScope] });
    }
    case 'impersonated_service_account': {
      const source = await clientFor(credential.source_credentials, path, fetchImplementation);
      const target = impersonatedAccount(credential.service_account_impersonation_url);
      return impersonatingClient(source, [...(credential.delegates ?? []), target], fetchImplementation);
    }
    case 'external_account':
      return externalClient(credential, path, fetchImplementation);
  }
}

async function principalOf(credential: Credential, client: AuthClient, { path }: CredentialFile): Promise<Principal> {
  switch (credential.type) {
    case 'authorized_user': {
      await client.getAccessToken();
      const email = emailOf(client.credentials.id_token);
      return email === undefined ? { name: `the user of ${path}`, member: undefined } : accountPrincipal(email);
    }
    case 'service_account':
      return accountPrincipal(credential.client_email);
    case 'impersonated_service_account':
      return accountPrincipal(impersonatedAccount(credential.service_account_impersonation_url));
    case 'external_account':
      return externalPrincipal(credential);
  }
}

/** Of an ID token that came with the access token, straight from Google: for a message, so no signature is checked. */
function emailOf(idToken: string | null | undefined): string | undefined {
  const payload = parseJson(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url'));
  const read = v.safeParse(v.object({ email: v.pipe(v.string(), v.regex(/^[\w.+-]+@[\w.-]+$/)) }), payload);
  return read.success ? read.output.email : undefined;
}

function impersonatedAccount(url: string): string {
  const account = /\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url)?.[1];
  if (account === undefined) throw new Fault('USAGE', 'service_account_impersonation_url names no service account');
  return account;
}
