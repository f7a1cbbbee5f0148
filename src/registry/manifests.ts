import { Fault } from '../fault.ts';
import { errorBodyLimit, type HttpResponse } from '../http/transport.ts';
import { algorithmOf, type Digest, digestOf, isDigest } from '../oci/digest.ts';
import { type Manifest, manifestMediaTypes, parseManifest } from '../oci/manifest.ts';
import { quoted } from '../text.ts';
import type { Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import { at, checkKept, type Errand } from './refusal.ts';

/** distribution-spec, "Pushing Manifests": registries take 4 MiB at least; more than twice that is no manifest. */
const manifestLimit = 8 * 1024 * 1024;
const accept = manifestMediaTypes.join(', ');

/** The manifests of a repository, over its end point. */
export class Manifests {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  async get(reference: string): Promise<Manifest | undefined> {
    const errand = this.#endpoint.errand('reading the manifest', 'read', reference);
    const url = this.#endpoint.url(`manifests/${reference}`);
    const response = await this.#endpoint.ask(errand, [200, 404], {
      method: 'GET',
      url,
      headers: { accept },
      maxBytes: manifestLimit,
    });
    if (response.status === 404) return undefined;
    refuseForeign(errand, reference, response);
    const digest = provenDigest(errand, reference, response);
    return parse(errand, response, digest);
  }

  async head(reference: string): Promise<Digest | undefined> {
    const errand = this.#endpoint.errand('looking up the manifest', 'read', reference);
    const url = this.#endpoint.url(`manifests/${reference}`);
    const response = await this.#endpoint.ask(errand, [200, 404], {
      method: 'HEAD',
      url,
      headers: { accept },
      maxBytes: errorBodyLimit,
    });
    if (response.status === 404) return undefined;
    const header = response.headers['docker-content-digest'];
    // Not every registry sends the header; the manifest itself always tells.
    return header !== undefined && isDigest(header) ? header : (await this.get(reference))?.digest;
  }

  /** @returns whether the registry says that it lists the manifest among its subject's referrers */
  async put(reference: string, manifest: Manifest, beforeLate?: () => Promise<void>): Promise<boolean> {
    const errand = this.#endpoint.errand('putting the manifest', 'write', reference);
    const response = await this.#endpoint.ask(errand, [200, 201, 202], {
      method: 'PUT',
      url: this.#endpoint.url(`manifests/${reference}`),
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      beforeLate,
      maxBytes: errorBodyLimit,
    });
    checkKept(errand, response, manifest.digest);
    return response.headers['oci-subject'] !== undefined;
  }
}

/**
 * What somebody in between says, the login page of a proxy for instance, is no manifest that went bad.
 * @throws Fault PROTOCOL
 */
function refuseForeign(errand: Errand, reference: string, { headers, body }: HttpResponse): void {
  const type = headers['content-type'] ?? '';
  const isPage = /^text\/html\b/i.test(type);
  // Where a digest is promised, the bytes are held to that.
  const isPromised = isDigest(reference) || headers['docker-content-digest'] !== undefined;
  if (isPage || (!isPromised && !/json/i.test(type) && parseJson(body) === undefined)) {
    throw new Fault(
      'PROTOCOL',
      `${at(errand)}: ${errand.doing} was answered with ${quoted(type)}, which is no manifest`,
    );
  }
}

/** The digest that the bytes have: a tag's by sha256. What was asked for and what the header says must not contradict them. */
function provenDigest(errand: Errand, reference: string, { headers, body }: HttpResponse): Digest {
  const digest = digestOf(body, isDigest(reference) ? algorithmOf(reference) : 'sha256');
  if (isDigest(reference) && digest !== reference) {
    throw new Fault('DIGEST_MISMATCH', `${at(errand)}: the bytes that came have the digest ${digest}`);
  }
  const claimed = headers['docker-content-digest'];
  if (claimed === undefined || !isDigest(claimed)) return digest;
  const found = digestOf(body, algorithmOf(claimed));
  if (claimed !== found) {
    throw new Fault(
      'DIGEST_MISMATCH',
      `${at(errand)}: the registry says ${claimed}, but the bytes that came have the digest ${found}`,
    );
  }
  return digest;
}

function parse(errand: Errand, response: HttpResponse, digest: Digest): Manifest {
  try {
    return parseManifest(response.body, response.headers['content-type'], algorithmOf(digest));
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new Fault(cause.code, `${at(errand)}: ${cause.message}`, { cause, hint: cause.hint });
  }
}
