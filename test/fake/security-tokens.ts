import { type Answer, type FakeRequest, jsonAnswer } from './exchange.ts';
import type { Iam } from './google-access.ts';
import type { Handler } from './server.ts';

/** `sts.googleapis.com/v1/token`: another platform's token becomes Google's (RFC 8693). */
export class SecurityTokens implements Handler {
  readonly #iam: Iam;
  /** `AUDIENCE TOKEN` → the principal that it stands for */
  readonly subjects = new Map<string, string>();

  constructor(iam: Iam) {
    this.#iam = iam;
  }

  async handle(request: FakeRequest): Promise<Answer> {
    const form = new URLSearchParams(Buffer.from(await request.body.bytes()).toString());
    const isExchange = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange';
    if (request.path !== '/v1/token' || !isExchange) return refused('invalid_request', 'no such method here');
    const principal = this.subjects.get(`${form.get('audience')} ${form.get('subject_token')}`);
    if (principal === undefined) return refused('invalid_grant', 'The subject token is not accepted by the provider.');
    return jsonAnswer(200, {
      access_token: this.#iam.mint(principal),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600,
    });
  }
}

function refused(error: string, description: string): Answer {
  return jsonAnswer(400, { error, error_description: description });
}
