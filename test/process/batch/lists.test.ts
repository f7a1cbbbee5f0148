import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote, startPromote } from '../../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage } from '../google-stage.ts';
import { readReport } from '../report-schema.ts';
import { holds, promote } from '../route.ts';
import { Shelf } from './shelf.ts';

describe('lists', () => {
  let stage: GoogleStage;
  let folder: string;
  let shelves = 0;
  let shelf: Shelf;

  beforeAll(async () => {
    stage = await startGoogleStage();
    folder = await mkdtemp(join(tmpdir(), 'promote-lists-'));
  });
  beforeEach(() => {
    stage.reset();
    shelves += 1;
    shelf = new Shelf(stage.world, shelves);
  });
  afterAll(() => Promise.all([stage.world.stop(), rm(folder, { recursive: true })]));

  const environment = () => ({ ...stage.world.environment, ...shelf.substitutions });

  it('promotes images × tags, and an image with its own tag or digest once', async () => {
    const [api, next, web, worker] = ['api', 'next', 'web', 'worker'].map((name) => singleImage(name, [300])) as [
      ReturnType<typeof singleImage>,
      ReturnType<typeof singleImage>,
      ReturnType<typeof singleImage>,
      ReturnType<typeof singleImage>,
    ];
    shelf.put(api, 'api', 'v1');
    shelf.put(next, 'api', 'v2');
    shelf.put(web, 'team/web', 'v7');
    shelf.put(worker, 'worker', 'v1');
    shelf.put(worker, 'worker', 'v2');
    const { status, report } = await promote([], {
      ...environment(),
      _IMAGE: 'api team/web:v7,worker',
      _TAG: 'v1 v2',
    });
    expect(status).toBe(0);
    expect(report.outcome).toBe('promoted');
    expect(shelf.promoted()).toEqual(['api:v1', 'api:v2', 'team/web:v7', 'worker:v1', 'worker:v2']);
    expect(holds(shelf.live('api'), next, 'v2')).toBe(true);
    expect(holds(shelf.live('team/web'), web, 'v7')).toBe(true);
    expect(holds(shelf.live('worker'), worker, 'v2')).toBe(true);
  });

  it('promotes the lines of a file, and writes one line a distinct destination into the digest file', async () => {
    const api = singleImage('api of file', [300]);
    const web = multiPlatformIndex('web of file', sixPlatforms.slice(0, 2), 300);
    shelf.put(api, 'api', 'v1');
    shelf.put(api, 'api', 'stable');
    shelf.put(web, 'web', 'v2');
    const images = join(folder, 'images.txt');
    const digests = join(folder, 'digests.txt');
    await writeFile(
      images,
      `# release 7\n\napi:v1\napi:stable # the same\n${shelf.source}/web:v2 ${shelf.destination}/front/web\n`,
    );
    const { status } = await promote(['--images-file', images, '--digest-file', digests], environment());
    expect(status).toBe(0);
    expect(shelf.promoted()).toEqual(['api:stable', 'api:v1', 'front/web:v2']);
    expect(holds(shelf.live('front/web'), web, 'v2')).toBe(true);
    expect(await readFile(digests, 'utf8')).toBe(
      `${shelf.destination}/api@${api.root.digest}\n${shelf.destination}/front/web@${web.root.digest}\n`,
    );
    const again = await runPromote(['verify', '--images-file', images, '--format', 'json'], environment());
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toHaveLength(3);
  });

  it('reads the file from standard input', async () => {
    shelf.put(singleImage('standard input', [300]), 'api', 'v1');
    const input = `${shelf.source}/api:v1 ${shelf.destination}/api:v1\n`;
    const args = ['--images-file', '-', '--format', 'json'];
    const { status, stdout } = await startPromote(args, stage.world.environment, folder, input).result;
    expect(status).toBe(0);
    expect(readReport(stdout).images.map(({ destination }) => destination)).toEqual([`${shelf.destination}/api:v1`]);
    expect(shelf.promoted()).toEqual(['api:v1']);
  });

  it('names the line that is wrong, and promotes nothing: exit 2, no request', async () => {
    shelf.put(singleImage('bad line', [300]), 'api', 'v1');
    const images = join(folder, 'bad.txt');
    await writeFile(images, '# release 8\napi:v1\nApi:v1\n');
    const { status, report } = await promote(['--images-file', images], environment());
    expect(status).toBe(2);
    expect(report.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(`line 3 of "${images}"`) });
    expect(stage.world.server.requests).toEqual([]);
  });

  it('promotes to several destinations, on several hosts', async () => {
    const content = multiPlatformIndex('many destinations', sixPlatforms.slice(0, 2), 300);
    shelf.put(content, 'api', 'v1');
    stage.world.makeRepository(europe, `prod-${shelves}/apps`, 'writer');
    const abroad = `${europe}/prod-${shelves}/apps/api:v1`;
    const { status, report } = await promote([], {
      ...stage.world.environment,
      _SOURCE: `${shelf.source}/api:v1`,
      _DEST: `${shelf.destination}/api ${shelf.destination}/copy:v2, ${abroad}`,
    });
    expect(status).toBe(0);
    expect(report.images.map(({ destination }) => destination)).toEqual([
      `${shelf.destination}/api:v1`,
      `${shelf.destination}/copy:v2`,
      abroad,
    ]);
    expect(holds(shelf.live('copy'), content, 'v2')).toBe(true);
    expect(holds(stage.world.registry(europe).store.at(`prod-${shelves}/apps/api`), content, 'v1')).toBe(true);
  });

  it('tells in the report which image of a list is not there, and leaves every tag: exit 4', async () => {
    shelf.put(singleImage('one of two', [300]), 'api', 'v1');
    const { status, report } = await promote([], { ...environment(), _IMAGE: 'api,web', _TAG: 'v1' });
    expect(status).toBe(4);
    expect(report.images.map(({ source, outcome }) => [source.split('/').at(-1)?.split('@')[0], outcome])).toEqual([
      [expect.stringMatching(/^api/), 'withheld'],
      ['web:v1', 'failed'],
    ]);
    expect(shelf.promoted()).toEqual([]);
  });
});
