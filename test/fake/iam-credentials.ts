import * as v from 'valibot';
import { bearerToken } from './access.ts';
import { type Answer, type FakeRequest, jsonAnswer } from './exchange.ts';
import type { Iam } from './google-access.ts';
import type { Handler } from './server.ts';

const body = v.looseObject({ delegates: v.optional(v.array(v.string()), []), lifetime: v.optional(v.string()) });

/** `iamcredentials.googleapis.com`: one service account takes another's token ("generateAccessToken"). */
export class IamCredentials implements Handler {
  readonly #iam: Iam;
  readonly #creators = new Set<string>();

  constructor(iam: Iam) {
    this.#iam = iam;
  }

  /** Grants `roles/iam.serviceAccountTokenCreator` on the target. */
  allow(account: string, target: string): void {
    this.#creators.add(`${account} ${target}`);
  }

  async handle(request: FakeRequest): Promise<Answer> {
    const target = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.path)?.[1];
    if (target === undefined || request.method !== 'POST') return failure(404, 'NOT_FOUND', 'no such method here');
    const caller = this.#iam.accountOf(bearerToken(request) ?? '');
    if (caller === undefined) return failure(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    const { delegates } = v.parse(body, JSON.parse(Buffer.from(await request.body.bytes()).toString() || '{}'));
    const name = decodeURIComponent(target);
    if (!delegates.every((delegate) => delegate.startsWith('projects/-/serviceAccounts/'))) {
      return failure(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument: delegates.');
    }
    if (this.#allows([caller, ...delegates.map((delegate) => delegate.split('/').at(-1) ?? ''), name])) {
      return jsonAnswer(200, { accessToken: this.#iam.mint(name), expireTime: new Date(Date.now() + 3_600_000) });
    }
    const text = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    return failure(403, 'PERMISSION_DENIED', text);
  }

  #allows(chain: readonly string[]): boolean {
    return chain.slice(1).every((target, index) => this.#creators.has(`${chain[index]} ${target}`));
  }
}

function failure(code: number, status: string, message: string): Answer {
  return jsonAnswer(code, { error: { code, message, status } });
}
