import { describe, expect, it } from 'vitest';
import type { Repository } from '../../src/oci/repository.ts';
import { blobOf, type SeedBlob } from '../fake/image-parts.ts';
import { bytesFrom } from '../fake/layers.ts';
import {
  bytesOf,
  type ContractWorld,
  descriptorFor,
  fetchBytes,
  ignore,
  large,
  small,
  upload,
} from './contract-world.ts';

/** What every BlobStore keeps to in handing blobs out. */
export function blobContract(world: () => ContractWorld): void {
  describe.each([
    ['small', small],
    ['large', large],
  ])('a %s blob', (kind, size) => {
    const other = bytesFrom(`${kind} other`, size);

    it('is there after its upload, with the same bytes', async () => {
      const repository = world().open(`blobs/${kind}`);
      const blob = blobOf(bytesFrom(`${kind} blob`, size));
      expect(await repository.exists(descriptorFor(blob))).toBe(false);
      await upload(repository, blob);
      expect(await repository.exists(descriptorFor(blob))).toBe(true);
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
      // What a registry tells of it is its length.
      expect(await source.exists(descriptorFor(blob))).toBe(bytes.length === size);
      await expect(fetchBytes(source, blob)).rejects.toMatchObject({ code });
      await expect(copy(source, destination, blob)).rejects.toMatchObject({ code });
      expect(await destination.exists(descriptorFor(blob))).toBe(false);
    });
  });
}

/** What every stream tells while it comes. */
export function progressContract(world: () => ContractWorld): void {
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

async function copy(source: Repository, destination: Repository, blob: SeedBlob): Promise<void> {
  const session = await destination.startUpload();
  await session.commit(descriptorFor(blob), await source.fetch(descriptorFor(blob), ignore));
}
