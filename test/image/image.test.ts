import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../fake/docker-registry.ts';
import { isMissing } from '../fake/tools.ts';
import { Buildah, run } from './buildah.ts';
import { layOutBase } from './machine-base.ts';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const source = 'https://example.com/promote';
const program = ['/nodejs/bin/node', '--max-semi-space-size=1', '--max-old-space-size=2000', '/app/promote.cjs'];
const minutes = 60_000;

it('the Dockerfile names the version of package.json', () => {
  expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`\nARG VERSION=${version}\n`);
});

const lacking = [
  ...(process.getuid?.() === 0 || process.env.PROMOTE_REQUIRE_TOOLS === '1' ? [] : ['root']),
  ...['buildah', 'docker-registry', 'skopeo', 'unshare'].filter(isMissing),
];
const suffix = lacking.length === 0 ? '' : ` (skipped: needs ${lacking.join(', ')})`;

describe.skipIf(lacking.length > 0)(`the image${suffix}`, () => {
  let folder: string;
  let buildah: Buildah;
  let staging: DockerRegistry;
  let production: DockerRegistry;
  /** the built image in the first registry */
  let built: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'promote-image-'));
    buildah = new Buildah(join(folder, 'storage'));
    [staging, production] = await Promise.all([startDockerRegistry(), startDockerRegistry()]);
    built = `${staging.host}/a/tools/promote:v1`;

    const base = join(folder, 'base');
    layOutBase(base);
    await buildah.build('localhost/base', base);
    const npmCache = (await run('npm', ['config', 'get', 'cache'])).trim();
    mkdirSync(npmCache, { recursive: true });
    await buildah.build(built, root, [
      '--volume',
      `${npmCache}:/root/.npm`,
      ...['NODE_IMAGE=localhost/base', 'RUNTIME_IMAGE=localhost/base', 'REVISION=abc123', `SOURCE=${source}`].flatMap(
        (argument) => ['--build-arg', argument],
      ),
    ]);
    await buildah.push(built, built);
  }, 5 * minutes);

  afterAll(async () => {
    await Promise.all([staging?.stop(), production?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('adds the bundle, its source map, notices and compile cache to its base, and nothing else', async () => {
    const copy = join(folder, 'copy');
    await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${built}`, `dir:${copy}`]);
    const { layers } = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8'));
    expect(layers).toHaveLength(2);
    const entries = (await run('tar', ['-tzf', join(copy, layers[1].digest.replace('sha256:', ''))]))
      .trim()
      .split('\n');
    const added = entries.filter((entry) => !entry.endsWith('/') && !leftByBuildah.test(entry)).sort();
    const cached = expect.stringMatching(/^app\/compile-cache\/v24\.[^/]*-0\/[0-9a-f]+$/);
    expect(added).toEqual([
      'app/NOTICES.txt',
      cached,
      cached,
      'app/program.cjs',
      'app/program.cjs.LEGAL.txt',
      'app/program.cjs.map',
      'app/promote.cjs',
      'app/promote.cjs.map',
    ]);
  });

  it('holds the bundle that this build made, byte for byte', async () => {
    const app = join(await buildah.mount(await buildah.from(built)), 'app');
    for (const file of readdirSync(app).filter((name) => name !== 'compile-cache')) {
      expect(hash(readFileSync(join(app, file)))).toBe(hash(readFileSync(join(root, 'dist', file))));
    }
  });

  it('says what it is in its labels, and runs the bundle', async () => {
    const { config } = JSON.parse(
      await run('skopeo', ['inspect', '--config', '--tls-verify=false', `docker://${built}`]),
    );
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'promote',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': 'abc123',
      'org.opencontainers.image.source': source,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
    expect(config.Entrypoint).toEqual(program);
  });

  it('compiles nothing again when it runs as root: its cache is of that Node, these flags and this user', async () => {
    const container = await buildah.from(built);
    const cache = join(await buildah.mount(container), 'app/compile-cache');
    const before = readdirSync(cache, { recursive: true });
    await buildah.run(container, [], [...program, '--help']);
    expect(readdirSync(cache, { recursive: true })).toEqual(before);
  });

  it('promotes itself, run as Cloud Build runs it: root, substitutions, /workspace and $BUILDER_OUTPUT', async () => {
    const promoted = `${production.host}/b/tools/promote:v1`;
    const workspace = join(folder, 'workspace');
    const output = join(folder, 'output');
    for (const path of [workspace, output]) mkdirSync(path);
    const environment = {
      _SOURCE: built,
      _DEST: promoted,
      _DIGEST_FILE: '/workspace/promoted',
      BUILDER_OUTPUT: '/output',
    };

    await buildah.run(
      await buildah.from(built),
      [
        ...['--volume', `${workspace}:/workspace`, '--volume', `${output}:/output`],
        ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ],
      program,
    );

    const manifest = await raw(promoted);
    expect(manifest).toBe(await raw(built));
    const digest = `sha256:${hash(Buffer.from(manifest))}`;
    expect(readFileSync(join(workspace, 'promoted'), 'utf8')).toBe(`${promoted.replace(':v1', '')}@${digest}\n`);
    const report = JSON.parse(readFileSync(join(output, 'output'), 'utf8'));
    expect(report).toMatchObject({ outcome: 'promoted', images: [{ digest, verified: true }] });
  });

  it('runs again when it is pulled from where it promoted itself to', async () => {
    const copied = `${production.host}/b/tools/again:v1`;
    await buildah.run(await buildah.from(built), [], [...program, built, copied]);

    await buildah.pull(copied);
    const container = await buildah.from(copied);
    expect(await buildah.run(container, [], [...program, '--version'])).toBe(`${version}\n`);
  });

  it('promotes itself as uid 65532 with a read-only root and no HOME', async () => {
    const promoted = `${production.host}/b/tools/unprivileged:v1`;
    const rootfs = await buildah.mount(await buildah.from(built));

    const attempt = await readOnly(rootfs, '0', ['/nodejs/bin/node', '-p', writeAttempt]);
    expect(attempt).toBe('EROFS\n');
    expect(await readOnly(rootfs, '65532', ['/nodejs/bin/node', '-p', 'process.getuid()'])).toBe('65532\n');

    await readOnly(rootfs, '65532', [...program, built, promoted]);
    expect(await raw(promoted)).toBe(await raw(built));
  });

  it('exits with the status of the promotion', async () => {
    const absent = built.replace(':v1', ':absent');
    const container = await buildah.from(built);
    const failure = buildah.run(container, [], [...program, absent, `${production.host}/b/tools/none:v1`]);
    await expect(failure).rejects.toMatchObject({ code: 4 });
  });

  async function raw(reference: string): Promise<string> {
    return await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]);
  }
});

/** What it mounts over while a RUN is under way. */
const leftByBuildah = /^etc\/(?:hosts|hostname|resolv\.conf)$/;

const writeAttempt = 'try { fs.writeFileSync("/app/new", ""); "written" } catch (error) { error.code }';

/** Runs a command in a root that is mounted read-only, with an empty environment. */
async function readOnly(rootfs: string, uid: string, command: readonly string[]): Promise<string> {
  const script = [
    'mount --bind "$0" "$0"',
    'mount -o remount,bind,ro "$0"',
    'mount --rbind /dev "$0/dev"',
    'root=$0 && uid=$1 && shift',
    'exec env -i "$(command -v chroot)" --userspec="$uid:$uid" "$root" "$@"',
  ].join(' && ');
  return await run('unshare', ['--mount', 'sh', '-c', script, rootfs, uid, ...command]);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
