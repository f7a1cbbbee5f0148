import type { SeedBlob, SeedContent, SeedManifest } from './image-parts.ts';
import type { Store } from './store.ts';

/** Puts content straight into a fake's store, and a tag on its root. */
export function seed(content: SeedContent, store: Store, path: string, tag: string): void {
  const repository = store.at(path);
  for (const { digest, bytes } of content.blobs) repository.blobs.set(digest, bytes);
  for (const { digest, mediaType, bytes } of content.manifests) repository.putManifest(digest, mediaType, bytes);
  repository.tags.set(tag, content.root.digest);
}

/**
 * Pushes content to any registry that lets everyone in, by fetch alone, so that nothing of what is under test helps.
 * @param base the registry's URL, without a slash at its end
 */
export async function push(content: SeedContent, base: string, path: string, tag: string): Promise<void> {
  for (const blob of content.blobs) await pushBlob(blob, base, path);
  for (const manifest of content.manifests) {
    await pushManifest(manifest, `${base}/v2/${path}/manifests/${manifest === content.root ? tag : manifest.digest}`);
  }
}

async function pushBlob(blob: SeedBlob, base: string, path: string): Promise<void> {
  const url = `${base}/v2/${path}/blobs/uploads/`;
  const started = await fetch(url, { method: 'POST' });
  await expectStatus(started, 202);
  const location = new URL(started.headers.get('location') ?? '', url);
  location.searchParams.set('digest', blob.digest);
  await expectStatus(await fetch(location, { method: 'PUT', body: Uint8Array.from(blob.bytes) }), 201);
}

async function pushManifest(manifest: SeedManifest, url: string): Promise<void> {
  const headers = { 'content-type': manifest.mediaType };
  await expectStatus(await fetch(url, { method: 'PUT', body: Uint8Array.from(manifest.bytes), headers }), 201);
}

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status)
    throw new Error(`${response.url} answered ${response.status}, not ${status}: ${text}`);
}
