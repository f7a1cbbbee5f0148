import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instead } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import { runPromote, startPromote } from '../fake/process.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { readReport } from './report-schema.ts';
import { promote } from './route.ts';

const bundle = join(import.meta.dirname, '../../dist/promote.cjs');
const options = ['--digest-file', '--output', '--report'];

describe('the files that a run writes', () => {
  let stage: LoopbackStage;
  let folder: string;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(async () => {
    stage.reset();
    folder = await mkdtemp(join(tmpdir(), 'promote-files-'));
  });
  afterAll(async () => {
    await stage.stop();
    await rm(folder, { recursive: true });
  });

  /** A run whose standard output is a file that is open already, as a shell's redirection leaves it. */
  async function ontoFile(path: string, flags: string, ...args: string[]) {
    const output = openSync(path, flags);
    try {
      const child = spawn(process.execPath, [bundle, ...args], { env: {}, stdio: ['ignore', output, 'pipe'] });
      if (child.stderr === null) throw new Error('it is a pipe');
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      return { status, stderr };
    } finally {
      closeSync(output);
    }
  }

  it.each(
    options.flatMap((option) => [
      [option, 'a folder', ''],
      [option, 'what lies in no folder', '/no/file'],
    ]),
  )('%s that names %s: exit 2 before any request, and the option is named', async (option, _what, below) => {
    const { source, destination } = stage.route(singleImage('unwritable', [100]));
    const { status, report } = await promote([source, destination, option, `${folder}${below}`], {});
    expect(status).toBe(2);
    expect(report.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(`${option}: `) });
    expect([...stage.from.server.requests, ...stage.to.server.requests]).toEqual([]);
  });

  it.each([
    ['--digest-file', '--output', 'itself'],
    ['--digest-file', '--report', 'itself'],
    ['--output', '--report', 'a link to it'],
    ['--report', '--digest-file', 'a link to what is not there yet'],
  ])('one file for %s and %s, by the name of %s: exit 2 before any request', async (one, other, name) => {
    const { source, destination } = stage.route(singleImage('one for two', [100]));
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    if (name !== 'a link to what is not there yet') await writeFile(file, 'stale');
    await symlink(file, link);
    const second = name === 'itself' ? file : link;
    const { status, report } = await promote([source, destination, one, file, other, second], {});
    expect(status).toBe(2);
    expect(report.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('as well') });
    expect([...stage.from.server.requests, ...stage.to.server.requests]).toEqual([]);
  });

  it.each(options)('%s: what an earlier run left is gone after one that failed, whatever failed', async (option) => {
    const { source, destination } = stage.route(singleImage('stale', [100]));
    const file = join(folder, 'left');
    for (const args of [
      [source.replace(':v1', ':v2'), destination],
      [source, destination, '--nope'],
      [source, destination, '--tag='],
    ]) {
      await writeFile(file, 'stale');
      expect((await promote([...args, option, file], {})).status).not.toBe(0);
      expect(await readFile(file, 'utf8').catch(() => '')).not.toContain('stale');
    }
  });

  it.each(['verify', 'check', 'digest', 'tags'])('%s leaves the digests and the page of another step', async (name) => {
    const { source, destination } = stage.route(singleImage('of another step', [100]));
    const env = { _DIGEST_FILE: join(folder, 'digests'), _REPORT: join(folder, 'page') };
    for (const file of Object.values(env)) await writeFile(file, 'kept');
    await runPromote([name, ...(name === 'digest' ? [source] : [source, destination])], env);
    await runPromote([name, '--nope'], env);
    for (const file of Object.values(env)) expect(await readFile(file, 'utf8')).toBe('kept');
  });

  it('a plan that is refused leaves no older one that could be applied', async () => {
    const { source, destination } = stage.route(singleImage('older plan', [100]));
    const output = join(folder, 'plan.json');
    expect((await runPromote(['plan', source, destination, '--output', output], {})).status).toBe(0);
    expect((await runPromote(['plan', source.replace(':v1', ':v2'), destination, '--output', output], {})).status).toBe(
      4,
    );
    await expect(readFile(output)).rejects.toThrow('ENOENT');
  });

  it.each(['plan', 'iam'])('no report stands where %s was to put something else', async (name) => {
    const { source, destination } = stage.route(singleImage('no report', [100]));
    const output = join(folder, 'plan.json');
    const { status, report } = await promote([name, source, destination, '--nope', '--output', output], {});
    expect([status, report.error?.code]).toEqual([2, 'USAGE']);
    await expect(readFile(output)).rejects.toThrow('ENOENT');
  });

  it('a plan that is refused tells what was warned of', async () => {
    const { source, destination } = stage.route(singleImage('warned', [100]));
    const { report } = await promote(['plan', source.replace(':v1', ':v2'), destination], { _DEST_TGA: 'v3' });
    expect(report).toMatchObject({ error: { code: 'NOT_FOUND' }, warnings: [expect.stringContaining('_DEST_TAG')] });
  });

  it('a link stays, and what it leads to is emptied before the run and written after it', async () => {
    const { source, destination } = stage.route(singleImage('linked', [100]));
    const [link, target] = [join(folder, 'link'), join(folder, 'target')];
    await writeFile(target, 'stale');
    await symlink(target, link);
    await promote([source.replace(':v1', ':v2'), destination, '--digest-file', link], {});
    expect(await readFile(target, 'utf8')).toBe('');
    await promote([source, destination, '--digest-file', link], {});
    expect(await readFile(target, 'utf8')).toContain('@sha256:');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });

  it('a pipe gets the digests, and is one afterwards', async () => {
    const { source, destination } = stage.route(singleImage('piped', [100]));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [run, content] = await Promise.all([
      promote([source, destination, '--digest-file', pipe], {}),
      readFile(pipe, 'utf8'),
    ]);
    expect(run.status).toBe(0);
    expect(content).toContain('@sha256:');
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it.each([
    ['--digest-file', 1, 'error UNEXPECTED: the images are promoted, but'],
    ['--output', 0, 'warning'],
    ['--report', 0, 'warning'],
  ])('%s that names a pipe that nobody reads: exit %i, said, and nothing hangs', async (option, expected, said) => {
    const { source, destination } = stage.route(singleImage('unread', [100]));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const args = [source, destination, option, pipe];
    const { status, stderr } = await startPromote(args, {}, folder, undefined, 10_000).result;
    expect(status).toBe(expected);
    expect(stderr).toContain(said);
    expect(stderr).toContain('nobody reads');
  });

  // By a link of our own: who runs this as root would lose the device itself.
  it('a device takes what it is given, and stays', async () => {
    const { source, destination } = stage.route(singleImage('device', [100]));
    const device = join(folder, 'device');
    await symlink('/dev/null', device);
    const devices = options.flatMap((option) => [option, device]);
    expect((await promote([source, destination, ...devices], {})).status).toBe(0);
    expect((await promote([source, destination, ...devices, '--nope'], {})).status).toBe(2);
    expect((await stat(device)).isCharacterDevice()).toBe(true);
  });

  it('standard output by its name: what a file behind it holds already is kept', async () => {
    const { source, destination } = stage.route(singleImage('by name', [100]));
    const file = join(folder, 'log');
    await writeFile(file, 'before\n');
    expect(await ontoFile(file, 'a', source, destination, '--digest-file', '/dev/fd/1')).toMatchObject({ status: 0 });
    expect(await readFile(file, 'utf8')).toMatch(/^before\n.*Proved: .*@sha256:[0-9a-f]{64}\n$/s);
  });

  it('standard output that takes nothing more: exit 1, said, unless the run failed otherwise', async () => {
    const { source, destination } = stage.route(singleImage('full', [100]));
    const lost = await ontoFile('/dev/full', 'w', source, destination);
    expect(lost).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('error UNEXPECTED: the result could not'),
    });
    expect(lost.stderr).toContain('ENOSPC');
    const failed = await ontoFile('/dev/full', 'w', source.replace(':v1', ':v2'), destination);
    expect(failed).toMatchObject({ status: 4, stderr: expect.stringContaining('ENOSPC') });
  });

  it('standard output whose reader has enough: nothing is said, and the status stays', async () => {
    const { source, destination } = stage.route(singleImage('enough', [100]));
    const child = spawn(process.execPath, [bundle, source, destination], {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(status).toBe(0);
    expect(stderr).not.toContain('error');
  });

  it.each([
    ['verify', 'source destination'],
    ['plan', 'source destination'],
    ['digest', 'source'],
    ['tags', 'repository'],
  ])('%s that fails tells a script so: on standard output, in the output of the build step', async (name, words) => {
    const { source, destination } = stage.route(singleImage('told', [100]));
    const named: Record<string, string> = { source, destination, repository: source.replace(':v1', '') };
    const output = join(folder, 'result.json');
    const step = await mkdtemp(join(folder, 'step-'));
    stage.from.server.script.add({ target: /./, fault: instead(403) });
    const args = [name, ...words.split(' ').map((word) => named[word] ?? ''), '--output', output];
    const { status, report } = await promote(args, { BUILDER_OUTPUT: step });
    expect(status).toBe(3);
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'DENIED' } });
    expect(report.requests).toBeGreaterThan(0);
    expect(readReport(await readFile(join(step, 'output'), 'utf8'))).toEqual(report);
    // Nobody shall take it for a plan.
    if (name !== 'plan') expect(readReport(await readFile(output, 'utf8'))).toEqual(report);
  });

  it('a fault of usage is in the output of the build step, as in the report', async () => {
    const { source, destination } = stage.route(singleImage('usage', [100]));
    const { status, report } = await promote([source, destination, '--deadline=soon'], { BUILDER_OUTPUT: folder });
    expect(status).toBe(2);
    expect(report.error?.code).toBe('USAGE');
    expect(readReport(await readFile(join(folder, 'output'), 'utf8'))).toEqual(report);
  });
});
