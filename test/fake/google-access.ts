import { type Access, basicLogin, bearerToken, type Need } from './access.ts';
import { type Answer, errorAnswer, type FakeRequest, jsonAnswer } from './exchange.ts';

/** `roles/artifactregistry.reader` and `roles/artifactregistry.writer`; a writer may read. */
export type Role = 'reader' | 'writer';

/** One Artifact Registry repository. */
export interface GoogleRepository {
  /** `DOCKER` where it is left out */
  readonly format?: string;
  readonly mode: 'standard' | 'remote' | 'virtual';
  readonly immutableTags: boolean;
}

const readerPermissions = [
  'artifactregistry.repositories.get',
  'artifactregistry.repositories.list',
  'artifactregistry.repositories.downloadArtifacts',
  'artifactregistry.packages.list',
  'artifactregistry.tags.list',
  'artifactregistry.versions.list',
];
const permissionsOf: Readonly<Record<Role, readonly string[]>> = {
  reader: readerPermissions,
  writer: [
    ...readerPermissions,
    'artifactregistry.repositories.uploadArtifacts',
    'artifactregistry.tags.create',
    'artifactregistry.tags.update',
  ],
};

/** Who holds which access token, and what each may do: shared by every host of a Google-like world. */
export class Iam {
  readonly #tokens = new Map<string, string>();
  readonly #roles = new Map<string, Role>();
  readonly #permissions = new Map<string, readonly string[]>();
  #minted = 0;

  /** @returns a new access token of that account */
  mint(account: string): string {
    this.#minted += 1;
    const token = `ya29.fake-access-token-${this.#minted}`;
    this.#tokens.set(token, account);
    return token;
  }

  /** Makes the token worthless, as its end of life does. */
  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  accountOf(token: string): string | undefined {
    return this.#tokens.get(token);
  }

  /** @param repository `HOST/PROJECT/REPOSITORY`; on a gcr.io host `HOST/PROJECT` */
  grant(account: string, repository: string, role: Role): void {
    this.#roles.set(`${account} ${repository}`, role);
  }

  deny(account: string, repository: string): void {
    this.#roles.delete(`${account} ${repository}`);
  }

  /** These and no others, besides a role's: what a custom role gives. */
  permit(account: string, repository: string, permissions: readonly string[]): void {
    this.#permissions.set(`${account} ${repository}`, permissions);
  }

  holds(account: string, repository: string, permission: string): boolean {
    const role = this.#roles.get(`${account} ${repository}`);
    const permissions = this.#permissions.get(`${account} ${repository}`) ?? [];
    return permissions.includes(permission) || (role !== undefined && permissionsOf[role].includes(permission));
  }
}

/**
 * Artifact Registry's way: an access token in every request (as Bearer, or as Basic's password), no exchange needed;
 * a repository that must have been made; IAM's refusals in Google's own words.
 */
export class GoogleAccess implements Access {
  readonly #host: string;
  readonly #iam: Iam;
  /** by `PROJECT/REPOSITORY` (on a gcr.io host by `PROJECT`), the first parts of every path */
  readonly repositories = new Map<string, GoogleRepository>();
  /** whether a tag stands already, at whatever digest: moving it is another permission than making it */
  tagStands: (path: string, tag: string) => boolean = () => false;

  constructor(host: string, iam: Iam) {
    this.#host = host;
    this.#iam = iam;
  }

  refusal(request: FakeRequest, need: Need): Answer | undefined {
    const token = tokenOf(request);
    const account = token === undefined ? undefined : this.#iam.accountOf(token);
    if (account === undefined) return this.#unauthenticated(request, need, token);
    if (need.path === undefined) return undefined;
    return (
      this.#refusalOf(account, need.path, permissionOf(need.action)) ?? this.#tagRefusal(account, need.path, request)
    );
  }

  token(request: FakeRequest): Answer | undefined {
    if (request.path !== '/v2/token') return undefined;
    const token = tokenOf(request);
    const account = token === undefined ? undefined : this.#iam.accountOf(token);
    if (token === undefined || account === undefined) return errorAnswer(401, 'UNAUTHORIZED', 'authentication failed');
    for (const scope of request.query.getAll('scope')) {
      const [, path, actions] = scope.split(':');
      const action = (actions ?? '').split(',').includes('push') ? 'push' : 'pull';
      const refusal = path === undefined ? undefined : this.#refusalOf(account, path, permissionOf(action));
      if (refusal !== undefined) return refusal;
    }
    return jsonAnswer(200, { token, expires_in: 3600 });
  }

  immutable(path: string): boolean {
    return this.repositories.get(this.#keyOf(path))?.immutableTags === true;
  }

  #refusalOf(account: string, path: string, permission: string): Answer | undefined {
    const key = this.#keyOf(path);
    const repository = this.repositories.get(key);
    if (repository === undefined) {
      return errorAnswer(404, 'NAME_UNKNOWN', `Repository "${key.split('/').at(-1)}" not found`);
    }
    if (!this.#iam.holds(account, `${this.#host}/${key}`, permission)) {
      return errorAnswer(
        403,
        'DENIED',
        `Permission "${permission}" denied on resource "${this.#resource(path)}" (or it may not exist)`,
      );
    }
    if (permission.endsWith('.downloadArtifacts') || repository.mode === 'standard') return undefined;
    return errorAnswer(400, 'UNSUPPORTED', `a ${repository.mode} repository cannot be pushed to`);
  }

  /** A manifest that is put by a tag makes or moves the tag. */
  #tagRefusal(account: string, path: string, { method, path: target }: FakeRequest): Answer | undefined {
    const tag = /\/manifests\/([^/:]+)$/.exec(target)?.[1];
    if (method !== 'PUT' || tag === undefined) return undefined;
    return this.#refusalOf(account, path, `artifactregistry.tags.${this.tagStands(path, tag) ? 'update' : 'create'}`);
  }

  #unauthenticated(request: FakeRequest, need: Need, token: string | undefined): Answer {
    const scope =
      need.path === undefined
        ? ''
        : `,scope="repository:${need.path}:${need.action === 'push' ? 'pull,push' : 'pull'}"`;
    const service = need.path === undefined ? '' : `,service="${request.host}"`;
    const error = token === undefined ? '' : ',error="invalid_token"';
    const challenge = `Bearer realm="${request.scheme}://${request.host}/v2/token"${service}${scope}${error}`;
    const resource = need.path === undefined ? '' : ` on resource "${this.#resource(need.path)}" (or it may not exist)`;
    const text = `Unauthenticated request. Unauthenticated requests do not have permission "${permissionOf(need.action)}"${resource}`;
    return errorAnswer(401, 'UNAUTHORIZED', text, { 'www-authenticate': challenge });
  }

  #keyOf(path: string): string {
    const parts = path.split('/');
    const legacyDomain = parts[0]?.includes('.') === true ? 1 : 0;
    return parts.slice(0, legacyDomain + (isContainerRegistry(this.#host) ? 1 : 2)).join('/');
  }

  #resource(path: string): string {
    const key = this.#keyOf(path);
    if (isContainerRegistry(this.#host)) {
      return `projects/${key.replace('/', ':')}/locations/${gcrLocation(this.#host)}/repositories/${this.#host}`;
    }
    const cut = key.lastIndexOf('/');
    const location = /^(?:docker\.)?(.+?)(?:-docker\.pkg\.dev|\.rep\.pkg\.dev)$/.exec(this.#host)?.[1] ?? 'us';
    return `projects/${key.slice(0, cut).replace('/', ':')}/locations/${location}/repositories/${key.slice(cut + 1)}`;
  }
}

function tokenOf(request: FakeRequest): string | undefined {
  const login = basicLogin(request);
  return bearerToken(request) ?? (login?.username === 'oauth2accesstoken' ? login.password : undefined);
}

function permissionOf(action: Need['action']): string {
  const verb = action === 'push' ? 'uploadArtifacts' : 'downloadArtifacts';
  return `artifactregistry.repositories.${verb}`;
}

function isContainerRegistry(host: string): boolean {
  return /^(?:[a-z]+\.)?gcr\.io$/.test(host);
}

function gcrLocation(host: string): string {
  if (host === 'eu.gcr.io') return 'europe';
  return host === 'asia.gcr.io' ? 'asia' : 'us';
}
