import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { blobOf } from '../fake/image-parts.ts';
import { bytesFrom } from '../fake/layers.ts';
import { type ContractWorld, descriptorFor, fetchBytes, large, small, upload } from './contract-world.ts';

/** What every BlobStore and UploadSession keep to in taking blobs in. */
export function uploadContract(world: () => ContractWorld): void {
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
    expect(await destination.exists(descriptorFor(blob))).toBe(false);
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
    expect(await repository.exists(descriptorFor(blob))).toBe(false);
  });

  it.each([small, large])('a stream of %i bytes that fails is not committed, and its error is kept', async (size) => {
    const repository = world().open(`upload/failing-${size}`);
    const blob = blobOf(bytesFrom('failing', size));
    const session = await repository.startUpload();
    const broken = Readable.from(failingAtTheEnd(blob.bytes));
    await expect(session.commit(descriptorFor(blob), broken)).rejects.toThrow('the source broke off');
    expect(await repository.exists(descriptorFor(blob))).toBe(false);
  });

  it('S39 a cancelled session takes nothing any more, and cancelling again is no error', async () => {
    const repository = world().open('upload/cancelled');
    const blob = blobOf(bytesFrom('cancelled', small));
    const session = await repository.startUpload();
    await session.cancel();
    await session.cancel();
    await expect(session.commit(descriptorFor(blob), blob.bytes)).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
    expect(await repository.exists(descriptorFor(blob))).toBe(false);
  });
}

function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  const length = Math.ceil(bytes.length / 7);
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

function* failingAtTheEnd(bytes: Uint8Array): Generator<Uint8Array> {
  yield* inPieces(bytes.subarray(0, bytes.length - 1));
  throw new Error('the source broke off');
}
