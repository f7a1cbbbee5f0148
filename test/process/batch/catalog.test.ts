import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../../fake/docker-registry.ts';
import type { SeedContent } from '../../fake/image-parts.ts';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { push } from '../../fake/seeding.ts';
import { needs, rawManifest } from '../real/tools.ts';
import { promote } from '../route.ts';

const { missing, note } = needs('docker-registry', 'skopeo');

describe.skipIf(missing)(`a whole repository of a real registry, by its catalog${note}`, () => {
  let from: DockerRegistry;
  let to: DockerRegistry;
  const images: readonly (readonly [string, SeedContent])[] = [
    ['api:v1', singleImage('catalog api 1', [5000])],
    ['api:v2', singleImage('catalog api 2', [5000])],
    ['team/web:v1', multiPlatformIndex('catalog web', sixPlatforms.slice(0, 2), 2000)],
    ['team/web/debug:latest', singleImage('catalog debug', [5000])],
  ];

  beforeAll(async () => {
    [from, to] = await Promise.all([startDockerRegistry(), startDockerRegistry()]);
    for (const [name, content] of images) {
      const [image = '', tag = ''] = name.split(':');
      await push(content, from.base, `staging/apps/${image}`, tag);
    }
    await push(singleImage('not below', [10]), from.base, 'staging/apps-other/api', 'v1');
  });
  afterAll(() => Promise.all([from?.stop(), to?.stop()]));

  it('arrives with every image and tag, byte for byte; a second run writes nothing, verify finds it the same', async () => {
    const pair = [`${from.host}/staging/apps`, `${to.host}/prod/apps`];
    const { status, report } = await promote(['--recursive', ...pair], {});
    expect(status).toBe(0);
    expect(report.images.map(({ destination }) => destination)).toEqual(
      images.map(([name]) => `${to.host}/prod/apps/${name}`),
    );
    for (const [name, content] of images) {
      expect(await rawManifest(`${to.host}/prod/apps/${name}`)).toBe(Buffer.from(content.root.bytes).toString());
    }
    expect(await (await fetch(`${to.base}/v2/_catalog`)).json()).toEqual({
      repositories: ['prod/apps/api', 'prod/apps/team/web', 'prod/apps/team/web/debug'],
    });
    expect((await promote(['--recursive', ...pair], {})).report.outcome).toBe('unchanged');
    expect((await runPromote(['verify', '--recursive', ...pair], {})).status).toBe(0);
  });

  it.each(['--newest=1', '--untagged'])(
    'is refused with %s, which needs what it does not tell: exit 2',
    async (flag) => {
      const pair = [`${from.host}/staging/apps`, `${to.host}/refused/apps`];
      const { status, report } = await promote(['--recursive', flag, ...pair], {});
      expect(status).toBe(2);
      expect(report.error?.message).toContain(`${flag.replace(/=.*/, '')} needs it`);
    },
  );

  it('is an error where nothing lies below the path: exit 4', async () => {
    const { status, report } = await promote(['--recursive', `${from.host}/absent`, `${to.host}/prod`], {});
    expect(status).toBe(4);
    expect(report.error?.code).toBe('NOT_FOUND');
  });
});
