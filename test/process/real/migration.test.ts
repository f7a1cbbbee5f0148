import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { push } from '../../fake/seeding.ts';
import { run } from '../../image/buildah.ts';
import { TwoRegistries } from './registries.ts';
import { needs } from './tools.ts';

const { missing, note } = needs('docker-registry', 'skopeo', 'crane');

/** A row of README's table: what people type today, and what they type here. */
interface Row {
  readonly before: readonly string[];
  readonly now: readonly string[];
}

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
const section = readme.split('## Coming from crane, gcrane, skopeo or docker')[1]?.split('\n## ')[0] ?? '';
const rows = [...section.matchAll(/^\| `([^`]+)` \| `promote ([^`]+)` \|/gm)].map(
  ([, before = '', now = '']): Row => ({ before: before.split(' '), now: now.split(' ') }),
);

/** What cannot be run here: docker needs its engine, gcrane walks Google's own lists. */
const notRun = ['docker', 'gcrane'];
const printing = ['digest', 'tags'];
const withoutTls: Readonly<Record<string, readonly string[]>> = {
  'skopeo copy': ['--src-tls-verify=false', '--dest-tls-verify=false'],
  'skopeo sync': ['--src-tls-verify=false', '--dest-tls-verify=false'],
  'skopeo list-tags': ['--tls-verify=false'],
};

describe.skipIf(missing)(`the table for those who come from another tool${note}`, () => {
  let registries: TwoRegistries;
  let from: string;

  beforeAll(async () => {
    registries = await TwoRegistries.start();
    from = `${registries.staging.host}/a/repo/app`;
    const { base } = registries.staging;
    await push(multiPlatformIndex('moving', sixPlatforms, 2_000), base, 'a/repo/app', 'v1');
    await push(singleImage('moving, next', [100]), base, 'a/repo/app', 'v2');
    await push(singleImage('moving, below', [100]), base, 'a/repo/app/worker', 'v1');
  });

  afterAll(() => registries?.stop());

  it('has a row for each habit', () => {
    const habits = rows.map(({ before }) => before.slice(0, 2).join(' '));
    expect(habits).toEqual(
      expect.arrayContaining([
        'crane copy',
        'gcrane cp',
        'crane digest',
        'crane ls',
        'skopeo copy',
        'skopeo sync',
        'docker pull',
      ]),
    );
  });

  it.each(
    rows.map((row, index) => ({ ...row, index, name: `${row.before.join(' ')} → promote ${row.now.join(' ')}` })),
  )('$name', async ({ before, now, index }) => {
    const to = {
      before: `${registries.production.host}/before-${index}/app`,
      now: `${registries.production.host}/now-${index}/app`,
    };
    const { status, stdout, stderr } = await runPromote(filled(now, to.now), {});
    expect(status, stderr).toBe(0);
    const [tool = '', ...words] = before;
    if (printing.includes(now[0] ?? '')) {
      expect(tagsOrDigest(stdout)).toEqual(tagsOrDigest(await old(tool, words, to.before)));
      return;
    }
    if (now.includes('--recursive')) await expectSame(`${from}/worker`, `${to.now}/worker`, ['v1']);
    const tags = await tagsOf(to.now);
    expect(tags).toEqual(now.some((word) => word.startsWith('--')) ? ['v1', 'v2'] : [now.at(-1)?.split(':')[1]]);
    if (notRun.includes(tool)) await expectSame(from, to.now, tags);
    else {
      await old(tool, words, to.before);
      expect(await tagsOf(to.before)).toEqual(tags);
      await expectSame(to.before, to.now, tags);
    }
  });

  function filled(words: readonly string[], to: string): string[] {
    const [host = '', path = ''] = to.split(/\/(.*)\/app/);
    return words.map((word) => word.replace('FROM', from).replace('TO', to).replace('HOST/PATH', `${host}/${path}`));
  }

  function old(tool: string, words: readonly string[], to: string): Promise<string> {
    const [verb = '', ...rest] = filled(words, to);
    return run(tool, [verb, ...(withoutTls[`${tool} ${verb}`] ?? []), ...rest]);
  }

  async function tagsOf(repository: string): Promise<string[]> {
    return tagsOrDigest(await run('crane', ['ls', repository]));
  }

  async function expectSame(one: string, other: string, tags: readonly string[]): Promise<void> {
    for (const tag of tags) {
      expect(await run('crane', ['digest', `${other}:${tag}`])).toBe(await run('crane', ['digest', `${one}:${tag}`]));
      await run('crane', ['validate', '--remote', `${other}:${tag}`]);
    }
  }
});

/** Every tag or digest in what a tool printed, be it lines or JSON. */
function tagsOrDigest(text: string): string[] {
  return (text.match(/sha256:[0-9a-f]{64}|\bv\d+\b/g) ?? []).toSorted();
}
