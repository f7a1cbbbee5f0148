import { type Answer, errorAnswer, type FakeRequest, jsonAnswer } from './exchange.ts';

/** What a request wants to do: with one repository, or with the registry as such when there is no path. */
export interface Need {
  readonly path: string | undefined;
  readonly action: 'pull' | 'push';
}

/** Who may do what at a registry host. */
export interface Access {
  /** @returns the refusal, or undefined where the request may go on */
  refusal(request: FakeRequest, need: Need): Answer | undefined;
  /** Answers for the token endpoint of this host; undefined where it has none. */
  token(request: FakeRequest): Answer | undefined;
  /** whether a tag, once it stands, stays */
  immutable(path: string): boolean;
}

/** Everyone may do everything. */
export class OpenAccess implements Access {
  refusal(): undefined {
    return undefined;
  }

  token(): undefined {
    return undefined;
  }

  immutable(): boolean {
    return false;
  }
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** One user, with a password in every request. */
export class BasicAccess implements Access {
  readonly #login: Login;

  constructor(login: Login) {
    this.#login = login;
  }

  refusal(request: FakeRequest): Answer | undefined {
    const login = basicLogin(request);
    if (login?.username === this.#login.username && login.password === this.#login.password) return undefined;
    return unauthorized('Basic realm="fake registry"');
  }

  token(): undefined {
    return undefined;
  }

  immutable(): boolean {
    return false;
  }
}

/**
 * The token exchange of the distribution project ("Token Authentication Specification"): a challenge, an endpoint, and
 * tokens that are good for the scope that they were asked for. Without a login everyone gets a token.
 */
export class TokenAccess implements Access {
  readonly #login: Login | undefined;
  readonly #scopes = new Map<string, string[]>();
  #issued = 0;
  /** where the challenge sends clients; the host's own `/token` when undefined */
  realm: string | undefined;
  /** seconds, as the endpoint says it */
  expiresIn = 300;

  constructor(login: Login | undefined = undefined) {
    this.#login = login;
  }

  /** Makes every token that was issued so far worthless. */
  revokeAll(): void {
    this.#scopes.clear();
  }

  refusal(request: FakeRequest, need: Need): Answer | undefined {
    const scopes = this.#scopes.get(bearerToken(request) ?? '');
    if (scopes !== undefined && (need.path === undefined || permits(scopes, need.path, need.action))) return undefined;
    const realm = this.realm ?? `${request.scheme}://${request.host}/token`;
    const actions = need.action === 'push' ? 'pull,push' : 'pull';
    const scope = need.path === undefined ? '' : `,scope="repository:${need.path}:${actions}"`;
    const error = scopes === undefined ? '' : ',error="insufficient_scope"';
    return unauthorized(`Bearer realm="${realm}",service="fake-registry"${scope}${error}`);
  }

  token(request: FakeRequest): Answer | undefined {
    if (request.path !== '/token') return undefined;
    const login = basicLogin(request);
    const known = login?.username === this.#login?.username && login?.password === this.#login?.password;
    if (this.#login !== undefined && !known) return errorAnswer(401, 'UNAUTHORIZED', 'incorrect username or password');
    this.#issued += 1;
    const token = `issued-token-${this.#issued}`;
    this.#scopes.set(
      token,
      request.query.getAll('scope').flatMap((scope) => scope.split(' ')),
    );
    return jsonAnswer(200, { token, access_token: token, expires_in: this.expiresIn });
  }

  immutable(): boolean {
    return false;
  }
}

export function bearerToken(request: FakeRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
}

export function basicLogin(request: FakeRequest): Login | undefined {
  const encoded = /^Basic (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function permits(scopes: readonly string[], path: string, action: string): boolean {
  return scopes.some((scope) => {
    const [type, name, actions] = scope.split(':');
    return type === 'repository' && name === path && (actions ?? '').split(',').includes(action);
  });
}

function unauthorized(challenge: string): Answer {
  return errorAnswer(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
}
