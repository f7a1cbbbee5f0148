import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instead } from '../fake/faults.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { type LoopbackStage, startLoopbackStage } from './loopback-stage.ts';
import { readReport } from './report-schema.ts';
import { promote } from './route.ts';

describe('what a run leaves behind', () => {
  let stage: LoopbackStage;
  let folder: string;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(async () => {
    stage.reset();
    folder = await mkdtemp(join(tmpdir(), 'promote-reports-'));
  });
  afterAll(async () => {
    await stage.stop();
    await rm(folder, { recursive: true });
  });

  it('the same report on standard output, in --output, and in the output of the build step', async () => {
    const content = multiPlatformIndex('report', sixPlatforms.slice(0, 2), 300);
    const route = stage.route(content);
    const output = join(folder, 'report.json');
    const { status, stdout, report } = await promote([route.source, route.destination, '--output', output], {
      BUILDER_OUTPUT: folder,
    });
    expect(status).toBe(0);
    expect(report).toEqual({
      schemaVersion: 1,
      outcome: 'promoted',
      images: [
        {
          source: route.source.replace(':v1', `@${content.root.digest}`),
          destination: route.destination,
          digest: content.root.digest,
          outcome: 'promoted',
          verified: true,
        },
      ],
      blobs: { mounted: 0, uploaded: content.blobs.length, existing: 0 },
      bytesUploaded: content.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0),
      requests: stage.from.server.requests.length + stage.to.server.requests.length,
      durationMs: report.durationMs,
    });
    expect(await readFile(output, 'utf8')).toBe(stdout);
    expect(readReport(await readFile(join(folder, 'output'), 'utf8'))).toEqual(report);
  });

  it('a failure that looks the same in all of them', async () => {
    const route = stage.route(singleImage('failure', [100]));
    const output = join(folder, 'report.json');
    const missing = route.source.replace(':v1', ':v2');
    const { report } = await promote([missing, route.destination, '--output', output], { BUILDER_OUTPUT: folder });
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'NOT_FOUND' } });
    expect(report.images[0]?.error).toEqual(report.error);
    expect(readReport(await readFile(output, 'utf8'))).toEqual(report);
    expect(readReport(await readFile(join(folder, 'output'), 'utf8'))).toEqual(report);
  });

  it('only a warning where a report can no longer be written: the promotion happened', async () => {
    const route = stage.route(singleImage('unwritable', [100]));
    const gone = await mkdtemp(join(folder, 'gone-'));
    stage.to.server.onRequest = () => rmSync(gone, { recursive: true, force: true });
    const { status, stderr } = await promote([route.source, route.destination, '--output', join(gone, 'report')], {
      BUILDER_OUTPUT: join(folder, 'not-there'),
    });
    expect(status).toBe(0);
    expect(stderr.match(/warning +the report could not be written/g)).toHaveLength(2);
    expect(route.live.tags.has('v1')).toBe(true);
  });

  it('a digest file with one line a destination path and digest, instead of a stale one', async () => {
    const content = singleImage('digest file', [100]);
    const route = stage.route(content);
    const file = join(folder, 'digests');
    await writeFile(file, 'stale');
    const { status } = await stage.promote(route, '--digest-file', file, '--dest-tag=v1');
    expect(status).toBe(0);
    const line = `${route.destination.replace(':v1', '')}@${content.root.digest}\n`;
    expect(await readFile(file, 'utf8')).toBe(line);
    await writeFile(file, 'stale');
    const { report } = await stage.promote(route, '--digest-file', file);
    expect(report.outcome).toBe('unchanged');
    expect(await readFile(file, 'utf8')).toBe(line);
  });

  it('one line of the digest file for two tags of one path', async () => {
    const content = singleImage('two tags', [100]);
    const { source, destination } = stage.route(content);
    const file = join(folder, 'digests');
    const dest = destination.replace(':v1', '');
    await promote([source, dest, '--dest-tag=v1,v2', '--digest-file', file], {});
    expect(await readFile(file, 'utf8')).toBe(`${dest}@${content.root.digest}\n`);
  });

  it.each([
    ['a failure', []],
    ['a dry run', ['--dry-run']],
  ])('no digest file after %s, not even a stale one', async (what, args) => {
    const route = stage.route(singleImage(`no digest file ${what}`, [100]));
    const file = join(folder, 'digests');
    await writeFile(file, 'stale');
    if (args.length === 0) stage.to.server.script.add({ method: 'PUT', target: /manifests/, fault: instead(403) });
    const { report } = await stage.promote(route, '--digest-file', file, ...args);
    expect(report.outcome).toBe(args.length === 0 ? 'failed' : 'planned');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('exit 1 where the digest file can no longer be written, with the report of what was promoted', async () => {
    const route = stage.route(singleImage('digest file unwritable', [100]));
    const gone = await mkdtemp(join(folder, 'gone-'));
    stage.to.server.onRequest = () => rmSync(gone, { recursive: true, force: true });
    const { status, report, stderr } = await stage.promote(route, '--digest-file', join(gone, 'digests'));
    expect(status).toBe(1);
    expect(report.images[0]).toMatchObject({ outcome: 'promoted', verified: true });
    expect(stderr).toContain('--digest-file');
  });

  it('nothing anywhere after a dry run but a report that says planned', async () => {
    const content = singleImage('dry run', [100]);
    const route = stage.route(content);
    const { status, report } = await promote([route.source, route.destination], { _DRY_RUN: 'true' });
    expect(status).toBe(0);
    expect(report).toMatchObject({
      outcome: 'planned',
      images: [{ outcome: 'planned', digest: content.root.digest, verified: false }],
      blobs: { mounted: 0, uploaded: 0, existing: 0 },
    });
    const methods = stage.to.server.requests.map(({ method }) => method);
    expect(methods.filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  });

  it('a dry run that fails where the source does not exist, or a tag would move', async () => {
    const route = stage.route(singleImage('dry refusals', [100]));
    route.live.putManifest(`sha256:${'0'.repeat(64)}`, 'application/vnd.oci.image.manifest.v1+json', Buffer.from('{}'));
    const absent = { ...route, source: route.source.replace(':v1', ':v9') };
    expect((await stage.promote(absent, '--dry-run')).status).toBe(4);
    const other = stage.route(singleImage('dry refusals, another', [100]));
    await stage.promote(other);
    expect((await stage.promote({ ...route, destination: other.destination }, '--dry-run')).status).toBe(6);
  });

  it('standard output holds results only, and the log everything else', async () => {
    const content = singleImage('streams', [100]);
    const route = stage.route(content);
    const { stdout, stderr } = await runPromote([route.source, route.destination], {});
    expect(stdout).toContain('Proved: 1 destination tag read back and hashed');
    expect(stdout).toContain(route.destination);
    expect(stderr).toContain(content.root.digest);
    expect(stderr).not.toContain('Proved');
  });
});
