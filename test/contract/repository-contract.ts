import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { algorithmOf } from '../../src/oci/digest.ts';
import { type Manifest, parseManifest } from '../../src/oci/manifest.ts';
import type { BlobContent, Repository } from '../../src/oci/repository.ts';
import { blobOf, type SeedBlob, type SeedContent, type SeedManifest } from '../fake/image-parts.ts';
import {
  dockerSchema2Image,
  dockerSchema2List,
  emptyConfigArtifact,
  multiPlatformIndex,
  nestedIndex,
  oddlyWrittenImage,
  singleImage,
  sixPlatforms,
} from '../fake/images.ts';
import { bytesFrom } from '../fake/layers.ts';

/** A registry that the contract is run on. Each test has a path of its own in it. */
export interface ContractWorld {
  open(path: string): Repository;
  /** gives a blob or a manifest other bytes, behind the registry's back */
  spoil(path: string, digest: string, bytes: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

const small = 5_000;
/** above what any implementation holds in memory */
const large = 1_500_000;

/** What every Repository keeps to, however it is made. */
export function repositoryContract(name: string, makeWorld: () => Promise<ContractWorld>): void {
  describe(name, () => {
    let world: ContractWorld;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(() => world?.stop());

    manifestContract(() => world);
    blobContract(() => world);
    progressContract(() => world);
    uploadContract(() => world);
  });
}

/** For registries that can be made to refuse every mount. */
export function refusedMountContract(name: string, makeRefusingWorld: () => Promise<ContractWorld>): void {
  it(`${name}: a refused mount is an answer, and nothing is there`, async () => {
    const world = await makeRefusingWorld();
    try {
      const blob = blobOf(bytesFrom(`${name} refused`, small));
      await upload(world.open('mount/from'), blob);
      expect(await world.open('mount/to').mount(descriptorFor(blob), 'mount/from')).toBe('refused');
      expect(await world.open('mount/to').exists(blob.digest)).toBe(false);
    } finally {
      await world.stop();
    }
  });
}

function manifestContract(world: () => ContractWorld): void {
  const kinds: readonly (readonly [string, SeedContent])[] = [
    ['an image', singleImage('contract', [small, 100])],
    ['an index', multiPlatformIndex('contract', sixPlatforms.slice(0, 3), 300)],
    ['a nested index', nestedIndex('contract')],
    ['an artifact with an empty config', emptyConfigArtifact('contract')],
    ['a Docker image', dockerSchema2Image('contract', [small])],
    ['a Docker list', dockerSchema2List('contract', sixPlatforms.slice(0, 2), 300)],
    ['S13 an image with odd white space and unknown fields', oddlyWrittenImage('contract')],
  ];

  it.each(kinds)('%s comes back by tag and by digest, byte for byte', async (kind, content) => {
    const repository = world().open(`kinds/${kind.replaceAll(' ', '-').toLowerCase()}`);
    await putAll(repository, content, 'v1');
    for (const reference of ['v1', content.root.digest]) {
      const manifest = await repository.get(reference);
      expect(Buffer.from(manifest?.bytes ?? []).equals(content.root.bytes)).toBe(true);
      expect(manifest?.mediaType).toBe(content.root.mediaType);
      expect(manifest?.digest).toBe(content.root.digest);
      expect(await repository.head(reference)).toBe(content.root.digest);
    }
  });

  it('what is not there is undefined, by tag and by digest', async () => {
    const repository = world().open('absent/image');
    const { digest } = singleImage('absent', [1]).root;
    expect(await repository.get('v1')).toBeUndefined();
    expect(await repository.get(digest)).toBeUndefined();
    expect(await repository.head('v1')).toBeUndefined();
    expect(await repository.head(digest)).toBeUndefined();
  });

  it('a manifest put by digest has no tag, and a tag can move to it', async () => {
    const repository = world().open('by-digest/image');
    const first = singleImage('by-digest 1', [small]);
    const second = singleImage('by-digest 2', [small]);
    await putAll(repository, first, 'v1');
    await putAll(repository, second, second.root.digest);
    expect(await repository.head('v1')).toBe(first.root.digest);
    await repository.put('v1', read(second.root));
    expect(await repository.head('v1')).toBe(second.root.digest);
    expect(await repository.head(first.root.digest)).toBe(first.root.digest);
  });

  it('a manifest whose children are not there is refused', async () => {
    const repository = world().open('childless/image');
    const content = singleImage('childless', [small]);
    await expect(repository.put('v1', read(content.root))).rejects.toMatchObject({ code: 'NOT_KEPT' });
    expect(await repository.head('v1')).toBeUndefined();
  });

  it('a manifest that is not what its digest says is a DIGEST_MISMATCH', async () => {
    const repository = world().open('spoilt/manifest');
    const content = singleImage('spoilt manifest', [small]);
    await putAll(repository, content, 'v1');
    await world().spoil('spoilt/manifest', content.root.digest, singleImage('another', [small]).root.bytes);
    await expect(repository.get(content.root.digest)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('lists every tag once, over all pages', async () => {
    const repository = world().open('tagged/image');
    const content = singleImage('tagged', [small]);
    const tags = ['a', 'b.1', 'c_2', 'latest', 'v1', 'v2', 'v3'];
    for (const tag of tags) await putAll(repository, content, tag);
    const listed = await listTags(repository);
    expect(listed.sort()).toEqual(tags);
  });

  it('the tags of a repository that is not there are NOT_FOUND', async () => {
    await expect(listTags(world().open('absent/tags'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
}

function blobContract(world: () => ContractWorld): void {
  describe.each([
    ['small', small],
    ['large', large],
  ])('a %s blob', (kind, size) => {
    const other = bytesFrom(`${kind} other`, size);

    it('is there after its upload, with the same bytes', async () => {
      const repository = world().open(`blobs/${kind}`);
      const blob = blobOf(bytesFrom(`${kind} blob`, size));
      expect(await repository.exists(blob.digest)).toBe(false);
      await upload(repository, blob);
      expect(await repository.exists(blob.digest)).toBe(true);
      expect((await fetchBytes(repository, blob)).equals(blob.bytes)).toBe(true);
    });

    it('that is not there is NOT_FOUND', async () => {
      const repository = world().open(`absent/${kind}`);
      const blob = blobOf(bytesFrom(`${kind} absent`, size));
      await expect(fetchBytes(repository, blob)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it.each([
      ['other bytes', other, 'DIGEST_MISMATCH'],
      ['bytes missing at its end', other.subarray(0, size - 1), 'SIZE_MISMATCH'],
      ['bytes too many', Buffer.concat([other, other.subarray(0, 1)]), 'SIZE_MISMATCH'],
    ])('S1 S14 S15 with %s is not handed out, and not committed elsewhere', async (flaw, bytes, code) => {
      const path = `spoilt/${kind}/${flaw.replaceAll(' ', '-').toLowerCase()}`;
      const source = world().open(path);
      const destination = world().open(`${path}/copy`);
      const blob = blobOf(bytesFrom(path, size));
      await upload(source, blob);
      await world().spoil(path, blob.digest, bytes);
      await expect(fetchBytes(source, blob)).rejects.toMatchObject({ code });
      await expect(copy(source, destination, blob)).rejects.toMatchObject({ code });
      expect(await destination.exists(blob.digest)).toBe(false);
    });
  });
}

function progressContract(world: () => ContractWorld): void {
  it('a stream tells how many bytes came so far, up to all of them', async () => {
    const repository = world().open('told/large');
    const blob = blobOf(bytesFrom('told', large));
    await upload(repository, blob);
    const counts: number[] = [];
    await bytesOf(await repository.fetch(descriptorFor(blob), (bytes) => counts.push(bytes)));
    expect(counts.at(-1)).toBe(large);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  });
}

function uploadContract(world: () => ContractWorld): void {
  it('a blob of another repository is mounted', async () => {
    const blob = blobOf(bytesFrom('mounted', small));
    await upload(world().open('mount/source'), blob);
    const destination = world().open('mount/destination');
    expect(await destination.mount(descriptorFor(blob), 'mount/source')).toBe('mounted');
    expect((await fetchBytes(destination, blob)).equals(blob.bytes)).toBe(true);
  });

  it('a mount of what is not there gives a session that takes the bytes', async () => {
    const blob = blobOf(bytesFrom('not mounted', small));
    await upload(world().open('mount/other'), blobOf(bytesFrom('something else', small)));
    const destination = world().open('mount/session');
    const session = await destination.mount(descriptorFor(blob), 'mount/other');
    expect(await destination.exists(blob.digest)).toBe(false);
    if (session === 'mounted' || session === 'refused') throw new Error(`no session, but ${session}`);
    await session.commit(descriptorFor(blob), blob.bytes);
    expect((await fetchBytes(destination, blob)).equals(blob.bytes)).toBe(true);
  });

  it.each([small, large])('a stream of %i bytes is committed', async (size) => {
    const repository = world().open(`streamed/${size}`);
    const blob = blobOf(bytesFrom('streamed', size));
    const session = await repository.startUpload();
    await session.commit(descriptorFor(blob), Readable.from(inPieces(blob.bytes)));
    expect((await fetchBytes(repository, blob)).equals(blob.bytes)).toBe(true);
  });

  it('S1 bytes that are not what the digest says are refused', async () => {
    const repository = world().open('upload/other-bytes');
    const blob = blobOf(bytesFrom('right', small));
    const session = await repository.startUpload();
    const committed = session.commit(descriptorFor(blob), bytesFrom('wrong', small));
    await expect(committed).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await repository.exists(blob.digest)).toBe(false);
  });

  it.each([small, large])('a stream of %i bytes that fails is not committed, and its error is kept', async (size) => {
    const repository = world().open(`upload/failing-${size}`);
    const blob = blobOf(bytesFrom('failing', size));
    const session = await repository.startUpload();
    const broken = Readable.from(failingAtTheEnd(blob.bytes));
    await expect(session.commit(descriptorFor(blob), broken)).rejects.toThrow('the source broke off');
    expect(await repository.exists(blob.digest)).toBe(false);
  });

  it('S39 a cancelled session takes nothing any more, and cancelling again is no error', async () => {
    const repository = world().open('upload/cancelled');
    const blob = blobOf(bytesFrom('cancelled', small));
    const session = await repository.startUpload();
    await session.cancel();
    await session.cancel();
    await expect(session.commit(descriptorFor(blob), blob.bytes)).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
    expect(await repository.exists(blob.digest)).toBe(false);
  });
}

function ignore(): void {}

function descriptorFor(blob: SeedBlob): Descriptor {
  return { mediaType: 'application/octet-stream', digest: blob.digest, size: blob.bytes.length };
}

function read({ bytes, mediaType, digest }: SeedManifest): Manifest {
  return parseManifest(bytes, mediaType, algorithmOf(digest));
}

async function upload(repository: Repository, blob: SeedBlob): Promise<void> {
  const session = await repository.startUpload();
  await session.commit(descriptorFor(blob), blob.bytes);
}

async function putAll(repository: Repository, content: SeedContent, reference: string): Promise<void> {
  for (const blob of content.blobs) await upload(repository, blob);
  for (const manifest of content.manifests) {
    await repository.put(manifest === content.root ? reference : manifest.digest, read(manifest));
  }
}

async function copy(source: Repository, destination: Repository, blob: SeedBlob): Promise<void> {
  const session = await destination.startUpload();
  await session.commit(descriptorFor(blob), await source.fetch(descriptorFor(blob), ignore));
}

async function fetchBytes(repository: Repository, blob: SeedBlob): Promise<Buffer> {
  return bytesOf(await repository.fetch(descriptorFor(blob), ignore));
}

async function listTags(repository: Repository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags()) tags.push(tag);
  return tags;
}

async function bytesOf(content: BlobContent): Promise<Buffer> {
  return content instanceof Uint8Array ? Buffer.from(content) : buffer(content);
}

function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  const length = Math.ceil(bytes.length / 7);
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

function* failingAtTheEnd(bytes: Uint8Array): Generator<Uint8Array> {
  yield* inPieces(bytes.subarray(0, bytes.length - 1));
  throw new Error('the source broke off');
}
