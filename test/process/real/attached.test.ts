import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiPlatformIndex, sixPlatforms } from '../../fake/images.ts';
import { push } from '../../fake/seeding.ts';
import { run } from '../../image/buildah.ts';
import { startOciRegistry } from './oci-registry.ts';
import { promoted, startLogged } from './registries.ts';
import { Signer } from './signing.ts';
import { needs } from './tools.ts';

const { missing, note } = needs('docker-registry', 'oci-registry', 'cosign', 'oras', 'crane');

const content = multiPlatformIndex('signed', sixPlatforms.slice(0, 2), 2_000);
const { digest } = content.root;
const sbomText = '{"spdxVersion":"SPDX-2.3"}';

describe.skipIf(missing)(`an image with signatures, an attestation and a signed SBOM${note}`, () => {
  const withReferrers = 'a registry with the referrers API';
  const without = 'docker-registry, without';
  const started: { stop(): Promise<void> }[] = [];
  const hosts = new Map<string, string>();
  const sboms = new Map<string, string>();
  let signer: Signer;

  beforeAll(async () => {
    const [oci, docker] = [await startOciRegistry(), await startLogged()];
    started.push(oci, docker);
    hosts.set(withReferrers, oci.host);
    hosts.set(without, docker.host);
    signer = await Signer.make();
    for (const [name, { host, base }] of [
      [withReferrers, oci],
      [without, docker],
    ] as const) {
      await push(content, base, 'tested/app', 'v1');
      const image = `${host}/tested/app@${digest}`;
      await signer.sign(image);
      await signer.signByTag(image);
      await signer.attestByTag(image);
      const sbom = await signer.attach(image, 'application/spdx+json', sbomText);
      await signer.sign(`${host}/tested/app@${sbom}`);
      sboms.set(name, sbom);
    }
  });

  afterAll(async () => {
    await Promise.all(started.map((each) => each.stop()));
    await signer?.remove();
  });

  it.each([
    [withReferrers, withReferrers],
    [withReferrers, without],
    [without, withReferrers],
    [without, without],
  ])('arrives with all of them: from %s to %s; cosign verifies them there', async (from, to) => {
    const [source, destination] = [hosts.get(from), hosts.get(to)];
    const sbom = sboms.get(from) ?? '';
    const live = `${destination}/live-${from.length}/app`;
    const args = [`${source}/tested/app:v1`, `${live}:v1`];
    const report = await promoted(args);
    expect(report).toMatchObject({ outcome: 'promoted', images: [{ digest, verified: true }] });
    expect(report).not.toHaveProperty('warnings');

    const image = `${live}@${digest}`;
    await signer.verify(image);
    await signer.verifyByTag(image);
    await signer.verifyAttestationByTag(image);
    await signer.verify(`${live}@${sbom}`);
    expect(await signer.referrers(image)).toContain(sbom);
    expect((await signer.referrers(image)).toSorted()).toEqual(
      (await signer.referrers(`${source}/tested/app@${digest}`)).toSorted(),
    );
    expect(await signer.referrers(`${live}@${sbom}`)).toHaveLength(1);
    expect(await signer.pulled(`${live}@${sbom}`)).toBe(sbomText);

    expect(await promoted(args)).toMatchObject({ outcome: 'unchanged' });
  });

  it.each([withReferrers, without])('leaves all of them behind with --no-attached: to %s', async (to) => {
    const bare = `${hosts.get(to)}/bare/app`;
    const report = await promoted([`${hosts.get(withReferrers)}/tested/app:v1`, `${bare}:v1`, '--no-attached']);
    expect(report).toMatchObject({ outcome: 'promoted' });
    expect(await run('crane', ['ls', bare])).toBe('v1\n');
    expect(await signer.referrers(`${bare}@${digest}`)).toEqual([]);
    await expect(signer.verify(`${bare}@${digest}`)).rejects.toThrow('no signatures found');
  });

  it('is signed after it was promoted: a second run brings the signature, and cosign verifies it', async () => {
    const [source, destination] = [hosts.get(withReferrers), hosts.get(without)];
    const later = multiPlatformIndex('signed later', sixPlatforms.slice(0, 1), 2_000);
    await push(later, `http://${source}`, 'tested/later', 'v1');
    const args = [`${source}/tested/later:v1`, `${destination}/live/later:v1`];
    await promoted(args);
    const image = `${destination}/live/later@${later.root.digest}`;
    await expect(signer.verify(image)).rejects.toThrow('no signatures found');
    await signer.sign(`${source}/tested/later@${later.root.digest}`);
    expect(await promoted(args)).toMatchObject({ outcome: 'promoted' });
    await signer.verify(image);
  });
});
