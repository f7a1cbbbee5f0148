import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { digestOf } from '../src/oci/digest.ts';
import { type GoogleWorld, startGoogleWorld } from './fake/google.ts';
import type { SeedContent } from './fake/image-parts.ts';
import { multiPlatformIndex, sixPlatforms } from './fake/images.ts';
import { seed } from './fake/seeding.ts';

// Promotes an image between two projects of a small embedded Google, as Cloud Build would, and shows what is proved.
// The registries answer under their real names, over TLS, behind a proxy; the token comes from a metadata server.

const us = 'us-central1-docker.pkg.dev';
const europe = 'europe-west1-docker.pkg.dev';
const sourcePath = 'acme-staging/apps/storefront';
const destinationPath = 'acme-production/apps/storefront';
const tag = 'v1.4.0';
const source = `${us}/${sourcePath}:${tag}`;
const destination = `${us}/${destinationPath}:${tag}`;

/** All that the step is told; Cloud Build hands it over as environment variables (`automapSubstitutions`). */
const substitutions = {
  _SOURCE_PROJECT: 'acme-staging',
  _SOURCE_REPO: 'apps',
  _DEST_PROJECT: 'acme-production',
  _DEST_REPO: 'apps',
  _IMAGE: 'storefront',
  _TAG: tag,
  _LOCATION: 'us-central1',
};

type Environment = Readonly<Record<string, string>>;

interface Stage {
  readonly world: GoogleWorld;
  /** an empty folder: no credentials of whoever runs this are used */
  readonly home: string;
  readonly image: SeedContent;
}

// The step gets the signal as well; its exit status then ends the demo, which cleans up.
process.on('SIGINT', () => undefined);

const home = await mkdtemp(join(tmpdir(), 'promote-demo-'));
try {
  await using world = await startGoogleWorld([us, europe]);
  const proofs = await demonstrate(prepare(world));
  say(['', 'Proved:', ...proofs.map((proof) => `  - ${proof}`)]);
} catch (error) {
  say(['', `The demo failed: ${error instanceof Error ? error.message : String(error)}`]);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}

/** Two projects, two locations, one image. The build's account may read staging and write production. */
function prepare(world: GoogleWorld): Stage {
  world.makeRepository(us, 'acme-staging/apps', 'reader');
  world.makeRepository(us, 'acme-production/apps', 'writer');
  world.makeRepository(europe, 'acme-production/apps', 'writer');
  const image = multiPlatformIndex('storefront 1.4.0', sixPlatforms, 200_000);
  seed(image, world.registry(us).store, sourcePath, tag);
  return { world, home, image };
}

/** @returns what was proved, a sentence each */
async function demonstrate(stage: Stage): Promise<string[]> {
  const proofs: string[] = [];
  for (const prove of [promotes, verifies, printsDigests, runsAgain, refusesToMove, reachesAnotherRegion]) {
    proofs.push(await prove(stage));
  }
  return proofs;
}

async function promotes(stage: Stage): Promise<string> {
  heading('Promote staging to production: no arguments, only substitutions');
  const given = Object.entries(substitutions).map(([name, value]) => `${name}=${value}`);
  say([given.slice(0, 4), given.slice(4)].map((some) => `  ${some.join(' ')}`));
  assert.equal(await step(stage, [], substitutions), 0, 'the promotion did not succeed');
  assertArrived(stage, us);
  const { root } = stage.image;
  const report = JSON.parse(await readFile(join(stage.home, 'output'), 'utf8'));
  assert.equal(report.images[0].digest, root.digest, "the report in Cloud Build's output names another digest");
  return `all ${sixPlatforms.length} platforms of ${root.digest} are in production, byte for byte`;
}

async function verifies(stage: Stage): Promise<string> {
  heading('Compare both sides, down to the bytes of every layer: promote verify --deep');
  assert.equal(await step(stage, ['verify', '--deep'], substitutions), 0, 'verify found a difference');
  return 'verify --deep reads both sides and finds no difference';
}

async function printsDigests(stage: Stage): Promise<string> {
  heading('Ask each side for its digest: promote digest');
  for (const reference of [source, destination]) {
    const { status, stdout } = await readStep(stage, ['digest', reference]);
    assert.equal(status, 0, `there is no digest of ${reference}`);
    assert.equal(stdout, `${stage.image.root.digest}\n`, `${reference} has another digest`);
  }
  return 'both references have that digest';
}

async function runsAgain(stage: Stage): Promise<string> {
  heading('The same step once more');
  const before = writes(stage.world);
  assert.equal(await step(stage, [], substitutions), 0, 'the second run did not succeed');
  assert.equal(writes(stage.world) - before, 0, 'the second run wrote to the registry');
  return `a second run writes nothing: 0 PUT, POST and PATCH requests (the first made ${before})`;
}

async function refusesToMove(stage: Stage): Promise<string> {
  heading(`Somebody moves staging's ${tag} to another build; production's stays where it is`);
  const { world } = stage;
  const other = multiPlatformIndex('storefront, rebuilt', sixPlatforms, 200_000);
  seed(other, world.registry(us).store, sourcePath, tag);
  const before = writes(world);
  assert.equal(await step(stage, [], substitutions), 6, 'the move was not refused with exit status 6');
  assert.equal(writes(world) - before, 0, 'the refused run wrote to the registry');
  assertArrived(stage, us);
  return 'a tag that would move is refused: exit status 6, nothing written, the tag where it was';
}

async function reachesAnotherRegion(stage: Stage): Promise<string> {
  heading('Promote the digest that was tested to another region');
  const { root } = stage.image;
  const given = { ...substitutions, _DEST_LOCATION: 'europe-west1', _EXPECT_DIGEST: root.digest };
  const byDigest = {
    ...given,
    _IMAGE: `storefront@${root.digest}`,
    _TAG: '',
    _DEST_IMAGE: 'storefront',
    _DEST_TAG: tag,
  };
  assert.equal(await step(stage, [], byDigest), 0, 'the promotion to europe-west1 did not succeed');
  assertArrived(stage, europe);
  return 'the digest that was tested reaches europe-west1 too, although its tag in staging has moved';
}

/** Runs the built program as a step of a build: what it says comes onto this terminal as it would there. @returns its exit status */
async function step(stage: Stage, args: readonly string[], given: Environment): Promise<number | null> {
  return ended(start(stage, args, given, 'inherit'));
}

/** The same for what is piped into another program. */
async function readStep(stage: Stage, args: readonly string[]) {
  const child = start(stage, args, {}, 'pipe');
  assert.ok(child.stdout !== null);
  child.stdout.pipe(process.stdout, { end: false });
  const [stdout, status] = await Promise.all([text(child.stdout), ended(child)]);
  return { status, stdout };
}

function start({ world, home }: Stage, args: readonly string[], given: Environment, stdout: 'inherit' | 'pipe') {
  const build = { PROJECT_ID: 'acme-staging', LOCATION: 'us-central1', BUILD_ID: 'demo', BUILDER_OUTPUT: home };
  const own = { HOME: home, CLOUDSDK_CONFIG: home, DOCKER_CONFIG: home };
  const env = { PATH: process.env.PATH ?? '', ...own, ...build, ...world.environment, ...given };
  const program = join(import.meta.dirname, '../dist/promote.cjs');
  say([`$ promote ${args.join(' ')}`.trimEnd()]);
  return spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', stdout, 'inherit'] });
}

async function ended(child: ChildProcess): Promise<number | null> {
  await once(child, 'close');
  say([`[exit status ${child.exitCode}]`]);
  return child.exitCode;
}

/** Looks into the registry's own storage: the tag, every manifest and every blob of the image. */
function assertArrived({ world, image }: Stage, host: string): void {
  const arrived = world.registry(host).store.at(destinationPath);
  assert.equal(arrived.digestOf(tag), image.root.digest, `${host}: ${tag} has another digest`);
  for (const { digest, bytes } of image.manifests) {
    assert.deepEqual(arrived.manifest(digest)?.bytes, bytes, `${host}: the manifest ${digest} is not what was sent`);
  }
  for (const { digest } of image.blobs) {
    const bytes = arrived.blobs.get(digest);
    assert.ok(bytes !== undefined && digestOf(bytes, 'sha256') === digest, `${host}: the blob ${digest} is not there`);
  }
}

function writes(world: GoogleWorld): number {
  return world.server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length;
}

function heading(what: string): void {
  say(['', `== ${what}`]);
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
