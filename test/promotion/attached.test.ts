import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { compareImages } from '../../src/promotion/compare.ts';
import { promote } from '../../src/promotion/promote.ts';
import { statusOfReport } from '../../src/ui/exit-status.ts';
import type { SeedContent, SeedManifest } from '../fake/image-parts.ts';
import {
  attachedArtifact,
  emptyConfigArtifact,
  multiPlatformIndex,
  singleImage,
  sixPlatforms,
} from '../fake/images.ts';
import { seed } from '../fake/seeding.ts';
import { MemoryWorld, requestOf } from './memory-world.ts';

const from = 'src.example';
const to = 'dst.example';
const image = multiPlatformIndex('signed', sixPlatforms.slice(0, 2), 40);

describe('what is attached to an image', () => {
  it('follows: to the index and to its children, by subject or by cosign tag, and what is attached to that', async () => {
    const world = worldWith(image);
    const [child] = image.manifests;
    if (child === undefined) throw new Error('an index has children');
    const sbom = attach('sbom', image.root, world);
    const signatureOfSbom = attach('signature of the sbom', sbom.root, world);
    const ofChild = attach('of a child', child, world);
    const byTag = attachByTag('sig', image.root, world);
    const childByTag = attachByTag('att', child, world);
    const onTag = attach('on what hangs on a tag', byTag.root, world);
    attach('of something else', singleImage('else', [5]).root, world);

    const report = await promoteOne(world);
    const wanted = [sbom, signatureOfSbom, ofChild, byTag, childByTag, onTag].map(({ root }) => root.digest);
    expect(report.images[0]?.attached?.toSorted()).toEqual(wanted.toSorted());
    const live = world.registry(to).store.at('app');
    expect([...live.manifests.keys()].toSorted()).toEqual(
      [...wanted, ...image.manifests.map(({ digest }) => digest)].toSorted(),
    );
    expect(new Map(live.tags)).toEqual(
      new Map([
        [cosignTag('sig', image.root), byTag.root.digest],
        [cosignTag('att', child), childByTag.root.digest],
        ['v1', image.root.digest],
      ]),
    );
    expect(world.asked('put').at(-1)).toBe(`${to}/app v1`);
  });

  it('is not asked for where it is to be left', async () => {
    const world = worldWith(image);
    attach('sbom', image.root, world);
    const report = await promote(requestOf([[`${from}/app:v1`, `${to}/app:v1`]], { attached: 'leave' }), world);
    expect(report.images[0]?.attached).toBeUndefined();
    expect(world.asked('referrers')).toEqual([]);
    expect(world.asked('get').filter((get) => get.includes('sha256-'))).toEqual([]);
    expect(world.registry(to).store.at('app').manifests.size).toBe(image.manifests.length);
  });

  it('S30 and was made after the image was promoted follows by a second run; a third one writes nothing', async () => {
    const world = worldWith(image);
    await promoteOne(world);
    const late = [attach('late', image.root, world), attachByTag('att', image.root, world)];
    const second = await promoteOne(world);
    expect(second).toMatchObject({ outcome: 'promoted', images: [{ outcome: 'promoted', verified: true }] });
    expect(second.images[0]?.attached).toEqual(late.map(({ root }) => root.digest));
    for (const { root } of late) expect(world.registry(to).store.at('app').manifests.has(root.digest)).toBe(true);
    world.operations.length = 0;
    const third = await promoteOne(world);
    expect(third).toMatchObject({ outcome: 'unchanged', images: [{ outcome: 'unchanged', verified: true }] });
    expect(world.operations.filter(({ kind }) => ['put', 'commit', 'mount', 'start'].includes(kind))).toEqual([]);
  });

  it('makes an image promoted whose tag was there before; no command to put tags back names that tag', async () => {
    const world = worldWith(image);
    await promoteOne(world);
    attach('late', image.root, world);
    seed(singleImage('other', [10]), world.registry(from).store, 'app', 'other');
    world.before = ({ kind, what }) => {
      if (kind === 'put' && what === 'other') throw new Fault('DENIED', 'no');
    };
    const report = await promote(
      requestOf([
        [`${from}/app:v1`, `${to}/app:v1`],
        [`${from}/app:other`, `${to}/app:other`],
      ]),
      world,
    );
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['promoted', 'failed']);
    expect(statusOfReport(report)).toBe(8);
    expect(report.error?.hint).toBeUndefined();
  });

  it('by a cosign tag that stands at something else is left with a warning, or moved with --allow-move', async () => {
    const world = worldWith(image);
    const signature = attachByTag('sig', image.root, world);
    const theirs = emptyConfigArtifact('theirs');
    seed(theirs, world.registry(to).store, 'app', cosignTag('sig', image.root));
    const report = await promoteOne(world);
    expect(report.images[0]).toMatchObject({ outcome: 'promoted' });
    expect(report.images[0]?.attached).toBeUndefined();
    const { tags } = world.registry(to).store.at('app');
    expect(tags.get(cosignTag('sig', image.root))).toBe(theirs.root.digest);
    expect(warnings(world)).toEqual([expect.stringContaining(theirs.root.digest)]);

    const again = await promote(requestOf([[`${from}/app:v1`, `${to}/app:v1`]], { allowMove: true }), world);
    expect(again.images[0]?.attached).toEqual([signature.root.digest]);
    expect(tags.get(cosignTag('sig', image.root))).toBe(signature.root.digest);
  });

  it('is brought once, and warned of once, though many tags stand at its image', async () => {
    const world = worldWith(image);
    const tags = ['v1', 'v2', 'v3'];
    for (const tag of tags) world.registry(from).store.at('app').tags.set(tag, image.root.digest);
    attachByTag('sig', image.root, world);
    attachByTag('att', image.root, world);
    seed(emptyConfigArtifact('theirs'), world.registry(to).store, 'app', cosignTag('sig', image.root));
    await promote(requestOf(tags.map((tag) => [`${from}/app:${tag}`, `${to}/app:${tag}`])), world);
    expect(warnings(world)).toHaveLength(1);
    const att = cosignTag('att', image.root);
    expect(world.asked('put').filter((put) => put === `${to}/app ${att}`)).toHaveLength(1);
    expect(world.asked('get').filter((get) => get === `${from}/app ${att}`)).toHaveLength(1);
  });

  it.each([
    [19, 3 * 20],
    [20, 1],
  ])(
    'of an index of %i children is looked for by name, or by one listing where that takes too many',
    async (children, looks) => {
      const platforms = Array.from({ length: children }, (_, number) => ({ os: 'linux', architecture: `a${number}` }));
      const large = multiPlatformIndex('large', platforms, 10);
      const world = worldWith(large);
      const [child] = large.manifests;
      if (child === undefined) throw new Error('an index has children');
      const ofChild = attachByTag('sig', child, world);
      const report = await promoteOne(world);
      expect(report.images[0]?.attached).toEqual([ofChild.root.digest]);
      expect(world.asked('get').filter((get) => get.startsWith(`${from}/app sha256-`))).toHaveLength(looks);
    },
  );

  it('by a cosign tag of a child is what verify looks for', async () => {
    const world = worldWith(image);
    const [child] = image.manifests;
    if (child === undefined) throw new Error('an index has children');
    await promoteOne(world);
    attachByTag('sig', child, world);
    const [source, destination] = [parseReference(`${from}/app:v1`), parseReference(`${to}/app:v1`)];
    const verify = () =>
      compareImages([{ source, destinations: [destination] }], 'shallow', { attached: 'follow' }, world);
    expect(await verify()).toMatchObject([{ same: false, missing: [`${to}/app:${cosignTag('sig', child)}`] }]);
    expect((await promoteOne(world)).outcome).toBe('promoted');
    expect(await verify()).toMatchObject([{ same: true }]);
  });

  it('from twenty images on is looked for by one listing a repository, which finds the signatures of children too', async () => {
    const world = worldWith(image);
    const [child] = image.manifests;
    if (child === undefined) throw new Error('an index has children');
    const ofChild = attachByTag('sig', child, world);
    const tags = Array.from({ length: 20 }, (_, index) => `t${index}`);
    for (const tag of tags) world.registry(from).store.at('app').tags.set(tag, image.root.digest);
    const report = await promote(requestOf(tags.map((tag) => [`${from}/app:${tag}`, `${to}/app:${tag}`])), world);
    expect(report.images.map(({ attached }) => attached)).toEqual(tags.map(() => [ofChild.root.digest]));
    expect(world.asked('get').filter((get) => get.startsWith(`${from}/app sha256-`))).toEqual([
      `${from}/app ${cosignTag('sig', child)}`,
    ]);
  });

  it('is mended by --repair, below its manifest too', async () => {
    const world = worldWith(image);
    const artifacts = [attach('sbom', image.root, world), attachByTag('sig', image.root, world)];
    await promoteOne(world);
    const { blobs } = world.registry(to).store.at('app');
    const lost = artifacts.flatMap((artifact) => artifact.blobs.map(({ digest }) => digest));
    for (const digest of lost) blobs.delete(digest);
    expect((await promoteOne(world)).outcome).toBe('unchanged');
    const repaired = await promote(requestOf([[`${from}/app:v1`, `${to}/app:v1`]], { repair: true }), world);
    expect(repaired).toMatchObject({ outcome: 'promoted', images: [{ outcome: 'promoted', verified: true }] });
    expect(lost.filter((digest) => !blobs.has(digest))).toEqual([]);
    const again = await promote(requestOf([[`${from}/app:v1`, `${to}/app:v1`]], { repair: true }), world);
    expect(again.outcome).toBe('unchanged');
  });

  it('S33 deeper than eight levels: refused before a tag is put', async () => {
    const world = worldWith(image);
    let subject: SeedManifest = image.root;
    for (let level = 0; level <= 8; level += 1) subject = attach(`level ${level}`, subject, world).root;
    const report = await promoteOne(world);
    expect(report.error?.code).toBe('LIMIT_EXCEEDED');
    expect(world.registry(to).store.at('app').tags.size).toBe(0);
  });

  it('S12 and cannot be had keeps the tags where they are', async () => {
    const world = worldWith(image);
    const sbom = attach('sbom', image.root, world);
    world.before = ({ kind, repository, what }) => {
      if (kind === 'put' && repository === `${to}/app` && what === sbom.root.digest) throw new Fault('DENIED', 'no');
    };
    const report = await promoteOne(world);
    expect(report.images[0]).toMatchObject({ outcome: 'failed', error: { code: 'DENIED' } });
    expect(world.registry(to).store.at('app').tags.size).toBe(0);
  });
});

function worldWith(content: SeedContent): MemoryWorld {
  const world = new MemoryWorld();
  seed(content, world.registry(from).store, 'app', 'v1');
  return world;
}

function promoteOne(world: MemoryWorld) {
  return promote(requestOf([[`${from}/app:v1`, `${to}/app:v1`]]), world);
}

function attach(name: string, subject: SeedManifest, world: MemoryWorld): SeedContent {
  const artifact = attachedArtifact(name, subject);
  seed(artifact, world.registry(from).store, 'app', 'tag-of-artifact');
  world.registry(from).store.at('app').tags.delete('tag-of-artifact');
  return artifact;
}

function attachByTag(suffix: string, subject: SeedManifest, world: MemoryWorld): SeedContent {
  const artifact = emptyConfigArtifact(`${suffix} of ${subject.digest}`);
  seed(artifact, world.registry(from).store, 'app', cosignTag(suffix, subject));
  return artifact;
}

function cosignTag(suffix: string, { digest }: SeedManifest): string {
  return `${digest.replace(':', '-')}.${suffix}`;
}

function warnings({ events }: MemoryWorld): string[] {
  return events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
}
