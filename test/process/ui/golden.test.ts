import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { multiPlatformIndex, singleImage, sixPlatforms } from '../../fake/images.ts';
import { type RunResult, runPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import { type GoogleStage, startGoogleStage, us } from '../google-stage.ts';

const account = '123456789012-compute@developer.gserviceaccount.com';
const esc = '\u001b';
const cyan = (text: string) => `${esc}[36m${text}${esc}[39m`;
const red = (text: string) => `${esc}[31m${text}${esc}[39m`;
const yellow = (text: string) => `${esc}[33m${text}${esc}[39m`;

/** What differs from run to run, and the digests of the images, stand as words. */
function settled(text: string, names: Readonly<Record<string, string>>): string[] {
  const words = Object.entries(names).reduce((rest, [digest, name]) => rest.replaceAll(digest, name), text);
  return words
    .replace(/\d+(?:\.\d)? (?:ms|s)\b/g, 'TIME')
    .replace(/\b\d+ requests\b/, 'N requests')
    .split('\n');
}

// Golden: whoever changes a line here changes what people read in their builds.
describe('the log, line by line', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  const run = (args: string[], env: Record<string, string> = {}): Promise<RunResult> =>
    runPromote(args, { ...stage.world.environment, ...env });

  it('of a success', async () => {
    const content = multiPlatformIndex('golden', sixPlatforms.slice(0, 2), 1000);
    const { source, destination } = stage.route(content);
    const { status, stdout, stderr } = await run([source, destination]);
    expect(status).toBe(0);
    const names = { [content.root.digest]: 'DIGEST', [source]: 'SOURCE', [destination]: 'DESTINATION' };
    expect(settled(stderr, names).toSorted()).toEqual(
      [
        '  promote  SOURCE',
        '       to  DESTINATION',
        `       as  ${account}`,
        ' resolved  SOURCE is DIGEST (OCI index)',
        ' verified  DESTINATION is DIGEST; blobs: 0 there, 5 mounted, 0 sent (0 B); after TIME',
        '',
      ].toSorted(),
    );
    expect(settled(stdout, names)).toEqual([
      '',
      `── promoted ${'─'.repeat(68)}`,
      'promoted   DESTINATION',
      `           from ${source.replace(':v1', '@DIGEST')}`,
      'blobs      0 there, 5 mounted, 0 sent (0 B); N requests in TIME',
      "Proved: 1 destination tag read back and hashed; each has its source's digest.",
      '─'.repeat(80),
      '',
      '',
    ]);
  });

  it('of a refused move, which is the last that is said', async () => {
    const content = singleImage('golden move', [100]);
    const other = singleImage('golden move, before', [100]);
    const { source, destination, destinationKey } = stage.route(content);
    seed(other, stage.world.registry(us).store, `${destinationKey}/app`, 'v1');
    const { status, stdout, stderr } = await run([source, destination]);
    expect(status).toBe(6);
    const names = {
      [content.root.digest]: 'NEW',
      [other.root.digest]: 'OLD',
      [source]: 'SOURCE',
      [destination]: 'DESTINATION',
    };
    const lines = settled(stderr, names).filter((line) => !line.startsWith('       as'));
    expect(lines).toEqual([
      '  promote  SOURCE',
      '       to  DESTINATION',
      ' resolved  SOURCE is NEW (OCI image)',
      '  planned  move DESTINATION from OLD',
      'error TAG_WOULD_MOVE: destination DESTINATION stands at OLD and would move to NEW',
      '  hint: promote to a tag of its own, or allow this move with --allow-move (_ALLOW_MOVE=true)',
      '',
    ]);
    expect(settled(stdout, names)).toEqual([
      '',
      `── failed ${'─'.repeat(70)}`,
      'failed     DESTINATION',
      `           from ${source.replace(':v1', '@NEW')}`,
      '           stands at OLD',
      '           TAG_WOULD_MOVE',
      'blobs      0 there, 0 mounted, 0 sent (0 B); N requests in TIME',
      'Failed: nothing was proved.',
      '─'.repeat(80),
      '',
      '',
    ]);
  });

  it('of a missing permission: the grant to paste is the last', async () => {
    const route = stage.route(singleImage('golden denied', [100]));
    const denied = `${us}/live/not-granted/app:v1`;
    stage.world.makeRepository(us, 'live/not-granted', 'reader');
    const { status, stderr } = await run([route.source, denied]);
    expect(status).toBe(3);
    const lines = stderr.trimEnd().split('\n');
    const [error = ''] = lines.filter((line) => line.startsWith('error '));
    expect(error).toMatch(new RegExp(`^error DENIED: destination ${denied.replace(':v1', '')}.* was answered 403 `));
    const hints = lines.slice(lines.indexOf(error) + 1);
    expect(hints.length).toBeGreaterThan(1);
    for (const hint of hints) expect(hint).toMatch(/^ {2}hint: /);
    expect(hints).toContain(
      `  hint: gcloud artifacts repositories add-iam-policy-binding not-granted --project=live --location=us-central1 --member=serviceAccount:${account} --role=roles/artifactregistry.writer`,
    );
  });

  it('of a lost network: what was tried, how often, and to run it again', async () => {
    const route = stage.route(singleImage('golden network', [100]));
    const gone = { ...stage.world.environment, HTTPS_PROXY: 'http://127.0.0.1:9' };
    const { status, stderr } = await runPromote([route.source, route.destination, '--deadline', '4s'], gone);
    expect(status).toBe(7);
    const lines = settled(stderr, {}).filter((line) => line !== '');
    expect(
      lines.some((line) =>
        /^ {4}retry {2}GET https:\/\/us-central1-docker\.pkg\.dev\/v2\/.*; again in TIME$/.test(line),
      ),
    ).toBe(true);
    const [error = '', ...hints] = lines.slice(lines.findIndex((line) => line.startsWith('error ')));
    expect(error).toMatch(/^error (?:NETWORK|DEADLINE): /);
    expect(hints.length).toBeGreaterThan(0);
    for (const hint of hints) expect(hint).toMatch(/^ {2}hint: /);
  });

  it('in colour says the same, word for word', async () => {
    const content = singleImage('golden colour', [100]);
    const other = singleImage('golden colour, before', [100]);
    const { source, destination, destinationKey } = stage.route(content);
    seed(other, stage.world.registry(us).store, `${destinationKey}/app`, 'v1');
    const plain = await run([source, destination]);
    const coloured = await run([source, destination], { FORCE_COLOR: '1' });
    for (const stream of ['stdout', 'stderr'] as const) {
      const bare = stripVTControlCharacters(coloured[stream]);
      expect(settled(bare, {}).toSorted()).toEqual(settled(plain[stream], {}).toSorted());
    }
    expect(coloured.stderr).toContain(cyan('  promote'));
    expect(coloured.stderr).toContain(yellow('  planned'));
    expect(coloured.stderr).toContain(`${red('error')} TAG_WOULD_MOVE`);
    expect(coloured.stdout).toContain(`${red('failed   ')}  ${destination}`);
    expect((await run([source, destination], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(esc);
  });
});
