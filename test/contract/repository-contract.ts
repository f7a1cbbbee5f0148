import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobOf } from '../fake/image-parts.ts';
import { bytesFrom } from '../fake/layers.ts';
import { blobContract, progressContract } from './blob-contract.ts';
import { type ContractWorld, descriptorFor, small, upload } from './contract-world.ts';
import { manifestContract } from './manifest-contract.ts';
import { uploadContract } from './upload-contract.ts';

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
      expect(await world.open('mount/to').exists(descriptorFor(blob))).toBe(false);
    } finally {
      await world.stop();
    }
  });
}
