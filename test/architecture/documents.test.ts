import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { flagOf, options, substitutionOf } from '../../src/cli/options.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { version } = JSON.parse(read('package.json'));

describe('README.md', () => {
  const readme = read('README.md');

  it('lists every option with its substitution, and no other', () => {
    const rows = [...readme.matchAll(/^\| `(--[a-z-]+)` \| `(_[A-Z_]+)`( \*)? \|.*\|(.*)\|$/gm)].map(
      ([, flag, substitution, safeguard]) => ({ flag, substitution, safeguard: safeguard !== undefined }),
    );
    expect(rows).toEqual(
      options.map(({ name, safeguard }) => ({
        flag: flagOf(name),
        substitution: substitutionOf(name),
        safeguard: safeguard === true,
      })),
    );
  });

  it('names every fault code once, and no other', () => {
    const union = /type FaultCode =([^;]*);/.exec(read('src/fault.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
    const table = readme.slice(readme.indexOf('## Exit status'), readme.indexOf('## Report'));
    const named = [...table.matchAll(/`([A-Z_]{5,})`/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(20);
    expect(named.toSorted()).toEqual(codes.toSorted());
  });

  it('shows the version of package.json wherever it names the image', () => {
    const tags = [...`${readme}${read('cloudbuild.example.yaml')}`.matchAll(/steps\/promote:([^\s`]+)/g)];
    expect(tags.length).toBeGreaterThan(3);
    for (const [, tag] of tags) expect(tag).toBe(version);
  });
});

describe('cloudbuild.example.yaml', () => {
  const example = read('cloudbuild.example.yaml');

  it('gives promote all that it needs, without a warning', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'promote-example-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const digest = `sha256:${'0'.repeat(64)}`;
    writeFileSync(join(folder, 'tested'), `us-central1-docker.pkg.dev/staging/apps/api@${digest}\n`);

    const command = await readCommandLine(argumentsOf(example, folder), {
      ...substitutionsOf(example),
      _TAG: 'abc1234',
      PROJECT_ID: 'staging',
      LOCATION: 'global',
      SHORT_SHA: 'abc1234',
    });

    expect(command).toMatchObject({ name: 'copy', digestFile: `${folder}/promoted`, settings: { warnings: [] } });
    if (command.name !== 'copy') return;
    expect(command.request.policy.expectDigest).toBe(digest);
    expect(
      command.request.images.map(({ source, destinations }) => [`${source}`, ...destinations.map(String)]),
    ).toEqual([
      [
        'us-central1-docker.pkg.dev/staging/apps/api:abc1234',
        'us-central1-docker.pkg.dev/my-production/apps/api:abc1234',
      ],
    ]);
  });
});

function substitutionsOf(yaml: string): Record<string, string> {
  return Object.fromEntries(
    [...yaml.matchAll(/^ {2}(_[A-Z_]+): (\S+)/gm)].map(([, key = '', value = '']) => [key, value]),
  );
}

function argumentsOf(yaml: string, workspace: string): string[] {
  const line = /- id: promote\n.*\n {4}args: \[(.*)\]/.exec(yaml)?.[1] ?? '';
  return line.split(', ').map((word) => word.replace('/workspace', workspace));
}
