import { startGoogleWorld } from '../fake/google.ts';
import {
  configBlob,
  descriptorOf,
  manifestOf,
  ociImage,
  ociIndex,
  type SeedBlob,
  type SeedContent,
} from '../fake/image-parts.ts';
import { attachedArtifact, sixPlatforms } from '../fake/images.ts';
import { layerOf, type SeedLayer } from '../fake/layers.ts';
import { seed } from '../fake/seeding.ts';
import { europe, GoogleStage, us } from '../process/google-stage.ts';
import { readReport } from '../process/report-schema.ts';
import { incompleteTags } from '../promotion/completeness.ts';
import { atMost, mebibyte, type Row, told } from './row.ts';
import { watchedRun } from './watched-run.ts';

const platforms = sixPlatforms.slice(0, 4);
const mostMiB = 256;
const limitMs = 30 * 60_000;

/** So many tags of four platforms each, with two attached artifacts each, between two hosts of Google's over TLS. */
export async function manyTags(tags: number): Promise<readonly Row[]> {
  await using world = await startGoogleWorld([us, europe]);
  const stage = new GoogleStage(world);
  world.makeRepository(us, 'tested/soak', 'reader');
  world.makeRepository(europe, 'live/soak', 'writer');
  const source = world.registry(us).store;
  const shared = layerOf('soak shared', 40_000);
  for (let tag = 0; tag < tags; tag += 1) {
    const image = indexWith(shared, tag);
    seed(image, source, 'tested/soak/app', `v${tag}`);
    for (const kind of ['signature', 'attestation']) {
      const artifact = attachedArtifact(`${kind} ${tag}`, image.root);
      for (const { digest, bytes } of artifact.blobs) source.at('tested/soak/app').blobs.set(digest, bytes);
      source.at('tested/soak/app').putManifest(artifact.root.digest, artifact.root.mediaType, artifact.root.bytes);
    }
  }
  const args = ['--all-tags', `${us}/tested/soak/app`, `${europe}/live/soak/app`, '--format=json', '--quiet'];
  const { status, stdout, stderr, peak, ms } = await watchedRun(args, stage.world.environment, limitMs);
  if (status !== 0) throw new Error(`${tags} tags: exit ${status}\n${stderr.slice(-3000)}`);
  const report = readReport(stdout);
  const from = source.at('tested/soak/app');
  const live = world.registry(europe).store.at('live/soak/app');
  const absent = [...from.manifests.keys()].filter((digest) => !live.manifests.has(digest)).length;
  // Google's registries keep tags of their own for what is attached.
  const arrived = [...live.tags.keys()].filter((tag) => tag.startsWith('v')).length;
  const what = `${tags} tags × ${platforms.length} platforms with 2 artifacts each`;
  const sent = world.server.seen('PUT', new RegExp(encodeURIComponent(shared.blob.digest))).length;
  return [
    atMost(`${what}: tags and manifests that did not arrive`, tags - arrived + absent, 0, ''),
    atMost(`${what}: incomplete tags`, incompleteTags(world.registry(europe).store).length, 0, ''),
    atMost(`${what}: a shared blob is sent`, sent, 1, 'times'),
    atMost(`${what}: resident memory`, peak / mebibyte, mostMiB, 'MiB'),
    told(`${what}: requests`, `${report.requests} (${(report.requests / tags).toFixed(1)} a tag)`),
    told(`${what}: time`, `${(ms / 1000).toFixed(0)} s (${(ms / tags).toFixed(1)} ms a tag)`),
  ];
}

function indexWith(shared: SeedLayer, tag: number): SeedContent {
  const images = platforms.map((platform) => {
    const own = layerOf(`soak ${tag} ${platform.architecture} ${platform.variant ?? ''}`, 300);
    const config = configBlob(platform, [shared.diffId, own.diffId]);
    const blobs: readonly SeedBlob[] = [config, shared.blob, own.blob];
    const document = {
      schemaVersion: 2,
      mediaType: ociImage,
      config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
      layers: [shared.blob, own.blob].map((blob) => descriptorOf('application/vnd.oci.image.layer.v1.tar+gzip', blob)),
    };
    return { platform, blobs, manifest: manifestOf(ociImage, JSON.stringify(document)) };
  });
  const manifests = images.map(({ platform, manifest }) => ({ ...descriptorOf(ociImage, manifest), platform }));
  const root = manifestOf(ociIndex, JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
  return {
    blobs: images.flatMap(({ blobs }) => blobs),
    manifests: [...images.map(({ manifest }) => manifest), root],
    root,
  };
}
