import { describe, expect, it } from 'vitest';
import { fileIdentity } from '../../src/google/credential-file.ts';
import { impersonating } from '../../src/google/impersonation.ts';
import { metadataIdentity } from '../../src/google/metadata-identity.ts';
import { networkFault } from '../../src/http/network-fault.ts';
import { sending } from '../fake/sending.ts';

const words = `\u001b[2J ::stop ${'long '.repeat(2000)}`;
const shown = /\\u\{1b\}\[2J :\\u\{3a\}stop long [^\n]*…/;
const fetchNothing = () => Promise.reject(new Error('not asked for'));

async function identityAnswering(status: number, body: string) {
  const headers = { 'metadata-flavor': 'Google' };
  const transport = sending(async ({ url }) => ({ status, headers, body: Buffer.from(body), url }));
  return metadataIdentity(transport, 'http://metadata');
}

describe('S38 what somebody else says of a login is short and harmless', () => {
  it('by the credentials of a file', async () => {
    const login = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
    const identity = await fileIdentity({ path: 'user.json', text: JSON.stringify(login) }, {}, fetchNothing);
    const { message } = await identity.failed(new Error(words));
    expect(message).toMatch(shown);
    expect(message.length).toBeLessThan(600);
  });

  it('by impersonation, where the hint is found far behind all the same', async () => {
    const account = 't@p.iam.gserviceaccount.com';
    const identity = await impersonating(await identityAnswering(200, 'a@b'), [account], fetchNothing);
    const fault = await identity.failed(new Error(`${words.slice(0, 5000)} SERVICE_DISABLED`));
    expect(fault.message).toMatch(shown);
    expect(fault.message.length).toBeLessThan(600);
    expect(fault.hint).toContain('gcloud services enable');
  });

  it('by a certificate or a proxy', () => {
    const error = Object.assign(new Error(words), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const fault = networkFault(error, 'GET', new URL('https://a.example/'), new AbortController().signal);
    if (!(fault instanceof Error)) throw new Error('a fault is an error');
    expect(fault.message).toMatch(shown);
    expect(fault.message.length).toBeLessThan(700);
  });
});

describe('S10 what the metadata server says instead of a token is not quoted', () => {
  it.each([
    ['a token that is no JSON', 200, 'opaque-canary'],
    ['JSON that was cut', 200, '{"access_token":"opaque-canary"'],
    ['a token in the wrong place', 200, '{"access_token":"a","expires_in":"opaque-canary"}'],
    ['an error', 404, 'no: opaque-canary'],
  ])('%s', async (_what, status, body) => {
    const identity = await identityAnswering(status, body);
    const cause = await identity.client.getAccessToken().catch((error: unknown) => error);
    const { message } = await identity.failed(cause);
    expect(message).toMatch(/^no access token from the metadata server: .*answered/);
    expect(message).not.toContain('canary');
  });
});
