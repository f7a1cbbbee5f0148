import type { AuthClient } from 'google-auth-library';
import * as v from 'valibot';
import { Fault } from '../fault.ts';
import { carriedBy } from './fetch.ts';
import { accountPrincipal, cloudPlatformScope, eagerRefreshThresholdMillis, type Principal } from './identity.ts';

const format = v.object({ type: v.picklist(['text', 'json']), subject_token_field_name: v.optional(v.string()) });
const source = v.object({
  file: v.optional(v.string()),
  url: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string())),
  format: v.optional(format),
  executable: v.optional(v.unknown()),
  environment_id: v.optional(v.string()),
  certificate: v.optional(v.unknown()),
});

/** `external_account` of a credential configuration file (AIP-4117). */
export const externalAccount = v.object({
  type: v.literal('external_account'),
  audience: v.string(),
  subject_token_type: v.string(),
  token_url: v.optional(v.string(), 'https://sts.googleapis.com/v1/token'),
  service_account_impersonation_url: v.optional(v.string()),
  credential_source: source,
  quota_project_id: v.optional(v.string()),
  workforce_pool_user_project: v.optional(v.string()),
});

type ExternalAccount = v.InferOutput<typeof externalAccount>;

/**
 * Workload identity federation: another platform's token, from a file or a URL, is exchanged for Google's.
 * @param path of the file that it came from, for messages
 * @throws Fault USAGE for a source that is a program, AWS or a certificate, and for an exchange outside of Google
 */
export async function externalClient(
  account: ExternalAccount,
  path: string,
  fetchImplementation: typeof fetch,
): Promise<AuthClient> {
  refuseOtherSources(account, path);
  refuseForeignHost(path, 'token_url', account.token_url, /^sts(?:\.[a-z0-9-]+\.rep)?\.googleapis\.com$/);
  if (account.service_account_impersonation_url !== undefined) {
    refuseForeignHost(
      path,
      'service_account_impersonation_url',
      account.service_account_impersonation_url,
      /^iamcredentials(?:\.[a-z0-9-]+\.rep)?\.googleapis\.com$/,
    );
  }
  const [{ IdentityPoolClient }, { StsCredentials }] = await Promise.all([
    import('google-auth-library/build/src/auth/identitypoolclient.js'),
    import('google-auth-library/build/src/auth/stscredentials.js'),
  ]);
  class PoolClient extends IdentityPoolClient {
    constructor() {
      super({
        ...poolOptions(account),
        scopes: [cloudPlatformScope],
        eagerRefreshThresholdMillis,
        transporterOptions: carriedBy(fetchImplementation),
      });
      // The library makes the exchange's own transport, which would know neither our deadline nor our proxy.
      this.stsCredential = new StsCredentials({
        tokenExchangeEndpoint: account.token_url,
        transporter: this.transporter,
      });
    }
  }
  return new PoolClient();
}

/** What was read, without what was not given: the library tells the two apart by the key. */
function poolOptions(account: ExternalAccount) {
  const { type, audience, subject_token_type, token_url } = account;
  const { service_account_impersonation_url, workforce_pool_user_project } = account;
  const { file, url, headers, format } = account.credential_source;
  return {
    type,
    audience,
    subject_token_type,
    token_url,
    ...(service_account_impersonation_url === undefined ? {} : { service_account_impersonation_url }),
    ...(workforce_pool_user_project === undefined ? {} : { workforce_pool_user_project }),
    credential_source: {
      ...(file === undefined ? {} : { file }),
      ...(url === undefined ? {} : { url }),
      ...(headers === undefined ? {} : { headers }),
      format: formatOptions(format ?? { type: 'text' }),
    },
  };
}

function formatOptions({ type, subject_token_field_name }: v.InferOutput<typeof format>) {
  return subject_token_field_name === undefined ? { type } : { type, subject_token_field_name };
}

/** The service account that the configuration names, else the pool's subject, which only the exchanged token knows. */
export function externalPrincipal({ audience, service_account_impersonation_url: url }: ExternalAccount): Principal {
  const account = url === undefined ? undefined : /\/serviceAccounts\/([^/:]+):/.exec(url)?.[1];
  if (account !== undefined) return accountPrincipal(account);
  const pool = /^\/\/iam\.googleapis\.com\/(.+)\/providers\/[^/]+$/.exec(audience)?.[1];
  return {
    name: `a workload of ${pool ?? audience}`,
    member: pool === undefined ? undefined : `principal://iam.googleapis.com/${pool}/subject/SUBJECT`,
  };
}

function refuseOtherSources({ credential_source }: ExternalAccount, path: string): void {
  const { file, url, executable, environment_id, certificate } = credential_source;
  if (executable !== undefined) throw refused(path, 'names an executable: no program is run for a token');
  if (environment_id !== undefined) throw refused(path, 'takes the token of AWS, which is not supported');
  if (certificate !== undefined) throw refused(path, 'takes a client certificate, which is not supported');
  if ((file === undefined) === (url === undefined)) throw refused(path, 'must name a file or a url');
}

function refused(path: string, reason: string): Fault {
  return new Fault('USAGE', `${path}: credential_source ${reason}`, {
    hint: 'use a file- or url-sourced configuration of workload identity federation',
  });
}

/** The file is trusted to say who we are, not to send what we are given to other hosts. */
function refuseForeignHost(path: string, field: string, text: string, host: RegExp): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && host.test(url.host)) return;
  throw new Fault('USAGE', `${path}: ${field} is not one of Google's: ${JSON.stringify(text)}`);
}
