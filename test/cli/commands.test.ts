import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandNames } from '../../src/cli/option.ts';
import { optionsOf } from '../../src/cli/options.ts';
import { command, digest, file, otherDigest, refusal, staged, step } from './reading.ts';

describe('policy and settings', () => {
  it('stand at their defaults', async () => {
    const { request, settings, digestFile } = await command('copy', '', step);
    expect(request.policy).toEqual({
      allowMove: false,
      expectDigest: undefined,
      repair: false,
      dryRun: false,
      attached: 'follow',
      onFailure: 'withhold',
    });
    expect(settings).toEqual({
      format: 'text',
      output: undefined,
      report: undefined,
      logFormat: 'text',
      verbosity: 'normal',
      impersonate: [],
      deadlineMs: 3_000_000,
      concurrency: 64,
      warnings: [],
    });
    expect(digestFile).toBeUndefined();
  });

  it('take flags before substitutions', async () => {
    const env = {
      ...step,
      _ALLOW_MOVE: 'true',
      _DRY_RUN: '1',
      _REPAIR: 'false',
      _FORMAT: 'json',
      _DEADLINE: '90s',
      _IMPERSONATE: 'a@p.iam.gserviceaccount.com,b@p.iam.gserviceaccount.com',
      _DIGEST_FILE: '/workspace/digests',
      _QUIET: 'true',
      _REPORT: '/workspace/promotion.html',
    };
    const { request, settings, digestFile } = await command(
      'copy',
      `--allow-move=false --expect-digest ${digest} --deadline 2h --concurrency 4 --log-format=json --output r.json`,
      env,
    );
    expect(request.policy).toMatchObject({ allowMove: false, expectDigest: digest, repair: false, dryRun: true });
    expect(settings).toEqual({
      format: 'json',
      output: 'r.json',
      report: '/workspace/promotion.html',
      logFormat: 'json',
      verbosity: 'quiet',
      impersonate: ['a@p.iam.gserviceaccount.com', 'b@p.iam.gserviceaccount.com'],
      deadlineMs: 7_200_000,
      concurrency: 4,
      warnings: [],
    });
    expect(digestFile).toBe('/workspace/digests');
  });

  it.each([
    ['a digest', `${digest}\n`],
    ['a digest without a line end', digest],
    ['a name and a digest', `us-docker.pkg.dev/p/r/i@${digest}\r\nsecond line\n`],
  ])('take the expected digest from a file that holds %s', async (_what, content) => {
    const { request } = await command('copy', `--expect-digest-file ${file(content)}`, step);
    expect(request.policy.expectDigest).toBe(digest);
  });

  it('take it from a pipe too, as a shell makes one', async () => {
    const pipe = `${file('')}.pipe`;
    execFileSync('mkfifo', [pipe]);
    const [piped] = await Promise.all([
      command('copy', `--expect-digest-file ${pipe}`, step),
      writeFile(pipe, `${digest}\nmore\n`),
    ]);
    expect(piped.request.policy.expectDigest).toBe(digest);
  });

  it('refuse a file without a digest, and one that contradicts --expect-digest', async () => {
    expect(await refusal(`--expect-digest-file ${file('latest\n')}`, step)).toContain('is not a digest');
    expect(await refusal(`--expect-digest-file ${file('')}`, step)).toContain('is not a digest');
    expect(await refusal(`--expect-digest ${digest} --expect-digest-file ${file(otherDigest)}`, step)).toContain(
      `--expect-digest is ${digest}, but the file of --expect-digest-file has ${otherDigest}`,
    );
  });
});

describe('the other commands', () => {
  it('take one name', async () => {
    expect(String((await command('digest', `digest ${staged}`)).reference)).toBe(staged);
    expect(String((await command('tags', 'tags us-docker.pkg.dev/p/r/i', step)).repository)).toBe(
      'us-docker.pkg.dev/p/r/i',
    );
  });

  it('are not disturbed by the safeguards of copy', async () => {
    expect((await command('digest', `digest ${staged} --format json`, { _DEST_REPO: '' })).settings.format).toBe(
      'json',
    );
  });

  it('show help with every option of the command and its substitution', async () => {
    const { text } = await command('text', 'verify --help');
    expect(text).toContain('promote verify [SOURCE DESTINATION]');
    expect(text).toMatch(/--dest-tag .*\(_DEST_TAG\)/);
    expect(text).toContain('--deep');
    expect(text).toContain('1 GiB');
    expect(text).not.toContain('--allow-move');
    expect((await command('text', 'copy -h')).text).toMatch(/Examples:\n {2}# .*\n {2}promote /);
  });

  it.each(['--help', '-h', 'help'])(
    '%s is one screen: the common uses, all commands, all options of copy',
    async (word) => {
      const { text } = await command('text', word);
      const lines = text.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(45);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
      expect(lines.slice(3, 6).every((line) => line.startsWith('  promote'))).toBe(true);
      for (const name of commandNames) expect(text).toMatch(new RegExp(`^  ${name} +[a-z]`, 'm'));
      for (const { name } of optionsOf('copy')) expect(text).toMatch(new RegExp(`--${name}( |$)`, 'm'));
    },
  );

  it.each(commandNames)('%s --help has examples, in lines of at most 100 characters', async (name) => {
    const { text } = await command('text', `${name} --help`);
    const [usage = ''] = text.split('\n');
    expect(usage).toMatch(/^promote \[?[a-z]+/);
    const [prose = '', examples = ''] = text.split('Examples:');
    expect(
      Math.max(
        ...prose
          .split('\n')
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
    expect(examples).toMatch(/^ {2}promote/m);
    expect((await command('text', `help ${name}`)).text).toBe(text);
  });

  it('show help although other values are wrong, and the version of unbuilt sources', async () => {
    expect((await command('text', 'copy --deep --help', { _DRY_RUN: '' })).text).toContain('promote [copy]');
    expect((await command('text', 'verify --version')).text).toBe('source\n');
  });
});
