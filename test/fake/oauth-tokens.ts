import { createVerify } from 'node:crypto';
import * as v from 'valibot';
import { type Answer, type FakeRequest, jsonAnswer } from './exchange.ts';
import type { Iam } from './google-access.ts';
import type { Handler } from './server.ts';

const claims = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ iss: v.string(), aud: v.string(), scope: v.string() }),
);

/** `oauth2.googleapis.com/token`: an access token for a person's refresh token, or for what a service account signed (RFC 7523). */
export class OAuthTokens implements Handler {
  readonly #iam: Iam;
  /** refresh token → account */
  readonly people = new Map<string, string>();
  /** service account → its public key as PEM */
  readonly keys = new Map<string, string>();

  constructor(iam: Iam) {
    this.#iam = iam;
  }

  async handle(request: FakeRequest): Promise<Answer> {
    const form = new URLSearchParams(Buffer.from(await request.body.bytes()).toString());
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const account = isRefresh ? this.people.get(form.get('refresh_token') ?? '') : this.#signer(form.get('assertion'));
    if (account === undefined || request.path !== '/token') return jsonAnswer(400, { error: 'invalid_grant' });
    return jsonAnswer(200, {
      access_token: this.#iam.mint(account),
      expires_in: 3599,
      token_type: 'Bearer',
      ...(isRefresh ? { id_token: idToken(account) } : {}),
    });
  }

  #signer(assertion: string | null): string | undefined {
    const [header = '', payload = '', signature = ''] = (assertion ?? '').split('.');
    const read = v.safeParse(claims, Buffer.from(payload, 'base64url').toString());
    const key = read.success ? this.keys.get(read.output.iss) : undefined;
    if (!read.success || key === undefined) return undefined;
    const isGenuine = createVerify('sha256').update(`${header}.${payload}`).verify(key, signature, 'base64url');
    return isGenuine ? read.output.iss : undefined;
  }
}

/** What a login with the scope openid gets besides (OpenID Connect Core, "ID Token"), its signature left blank. */
function idToken(email: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: 'https://accounts.google.com', email })}.id-token-canary`;
}
