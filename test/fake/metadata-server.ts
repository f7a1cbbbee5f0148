import { type Answer, answer, type FakeRequest, jsonAnswer } from './exchange.ts';
import type { Iam } from './google-access.ts';
import { FakeServer, type Handler } from './server.ts';

/** The subset of the metadata server that a Cloud Build step finds. */
class Metadata implements Handler {
  readonly email: string;
  readonly #iam: Iam;
  token: string;
  /** seconds; what the server says of every token it gives */
  expiresIn = 3599;

  constructor(email: string, iam: Iam) {
    this.email = email;
    this.#iam = iam;
    this.token = iam.mint(email);
  }

  /** Another token from now on; the old one stays good until it is revoked. @returns the old one */
  rotate(): string {
    const old = this.token;
    this.token = this.#iam.mint(this.email);
    return old;
  }

  async handle(request: FakeRequest): Promise<Answer> {
    const headers = { 'metadata-flavor': 'Google' };
    if (request.headers['metadata-flavor'] !== 'Google') {
      return answer(403, {}, Buffer.from('Missing Metadata-Flavor:Google header.'));
    }
    if (request.headers['x-forwarded-for'] !== undefined) return answer(403, headers, Buffer.from('Forwarded.'));
    const account = `/computeMetadata/v1/instance/service-accounts/(?:default|${this.email})`;
    if (new RegExp(`^${account}/token$`).test(request.path)) {
      const body = { access_token: this.token, expires_in: this.expiresIn, token_type: 'Bearer' };
      return jsonAnswer(200, body, headers);
    }
    if (!new RegExp(`^${account}/email$`).test(request.path)) return answer(404, headers, Buffer.from('not found'));
    return answer(200, { ...headers, 'content-type': 'application/text' }, Buffer.from(this.email));
  }
}

export interface MetadataServer {
  /** remembers the calls; stalls and failures are scripted here */
  readonly server: FakeServer;
  readonly metadata: Metadata;
  /** for GCE_METADATA_HOST */
  readonly host: string;
}

/** @param email the account that the build runs as */
export async function startMetadataServer(email: string, iam: Iam): Promise<MetadataServer> {
  const metadata = new Metadata(email, iam);
  const server = new FakeServer(new Map([['*', metadata]]));
  const port = await server.listen();
  return { server, metadata, host: `127.0.0.1:${port}` };
}
