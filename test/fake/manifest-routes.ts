import { algorithmOf, digestOf, isDigest } from '../../src/oci/digest.ts';
import { type ManifestDocument, readDocument } from './document.ts';
import { type Answer, answer, errorAnswer, type FakeRequest } from './exchange.ts';
import { keepFallbackTag } from './lists.ts';
import type { RegistryContext } from './registry-host.ts';
import type { StoredRepository } from './store.ts';

/** GET, HEAD and PUT of manifests (distribution-spec, "Pulling manifests", "Pushing Manifests"). */
export async function manifestRoute(
  context: RegistryContext,
  request: FakeRequest,
  path: string,
  reference: string,
): Promise<Answer> {
  if (request.method === 'PUT') return put(context, request, path, reference);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return errorAnswer(405, 'UNSUPPORTED', `${request.method} of a manifest is not supported`);
  }
  const repository = context.store.find(path);
  const digest = repository?.digestOf(reference);
  const manifest = repository?.manifest(reference);
  if (digest === undefined || manifest === undefined) {
    return errorAnswer(404, 'MANIFEST_UNKNOWN', `Failed to fetch "${reference}"`);
  }
  return answer(200, { 'content-type': manifest.mediaType, 'docker-content-digest': digest }, manifest.bytes);
}

async function put(context: RegistryContext, request: FakeRequest, path: string, reference: string): Promise<Answer> {
  const bytes = await request.body.bytes();
  const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256');
  if (reference.includes(':') && digest !== reference) {
    return errorAnswer(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  const document = readDocument(bytes);
  if (document === undefined) return errorAnswer(400, 'MANIFEST_INVALID', 'manifest invalid');
  const repository = context.store.at(path);
  const missing = context.behaviour.missingChildren === 'refused' ? missingChild(repository, document) : undefined;
  if (missing !== undefined) return errorAnswer(400, 'MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${missing}`);
  if (repository.tags.has(reference) && context.access.immutable(path)) {
    return errorAnswer(
      400,
      'MANIFEST_INVALID',
      `cannot update tag ${reference}. The repository has enabled tag immutability`,
    );
  }
  repository.putManifest(digest, request.headers['content-type'] ?? document.mediaType ?? '', bytes);
  if (!reference.includes(':')) repository.tags.set(reference, digest);
  return accepted(context, repository, path, digest, document);
}

function accepted(
  context: RegistryContext,
  repository: StoredRepository,
  path: string,
  digest: string,
  document: ManifestDocument,
): Answer {
  const headers = { location: `/v2/${path}/manifests/${digest}`, 'docker-content-digest': digest };
  if (document.subject === undefined || context.behaviour.referrers === 'absent') return answer(201, headers);
  keepFallbackTag(repository, document.subject.digest);
  return answer(201, { ...headers, 'oci-subject': document.subject.digest });
}

function missingChild(repository: StoredRepository, document: ManifestDocument): string | undefined {
  const blob = document.blobs.find(({ digest, foreign }) => !foreign && !repository.blobs.has(digest));
  const manifest = document.manifests.find(({ digest }) => !repository.manifests.has(digest));
  return blob?.digest ?? manifest?.digest;
}
