import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { commandNames } from '../../src/cli/option.ts';
import { flagOf, optionsOf, substitutionOf } from '../../src/cli/options.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

// Cloud Build's REST resource "Build", with the fields that a build config may have and no others.
const step = v.strictObject({
  name: v.string(),
  id: v.optional(v.string()),
  args: v.optional(v.array(v.string())),
  env: v.optional(v.array(v.pipe(v.string(), v.regex(/^\w+=/)))),
  dir: v.optional(v.string()),
  entrypoint: v.optional(v.string()),
  waitFor: v.optional(v.array(v.string())),
  secretEnv: v.optional(v.array(v.string())),
  timeout: v.optional(v.pipe(v.string(), v.regex(/^\d+s$/))),
  script: v.optional(v.string()),
  automapSubstitutions: v.optional(v.boolean()),
  allowFailure: v.optional(v.boolean()),
});
const buildConfig = v.strictObject({
  steps: v.pipe(v.array(step), v.minLength(1)),
  substitutions: v.optional(v.record(v.pipe(v.string(), v.regex(/^_[A-Z0-9_]+$/)), v.string()), {}),
  serviceAccount: v.optional(v.pipe(v.string(), v.regex(/^projects\/.+\/serviceAccounts\/.+$/))),
  timeout: v.optional(v.pipe(v.string(), v.regex(/^\d+s$/))),
  images: v.optional(v.array(v.string())),
  tags: v.optional(v.array(v.string())),
  logsBucket: v.optional(v.string()),
  options: v.optional(
    v.strictObject({
      automapSubstitutions: v.optional(v.boolean()),
      dynamicSubstitutions: v.optional(v.boolean()),
      enableStructuredLogging: v.optional(v.boolean()),
      env: v.optional(v.array(v.pipe(v.string(), v.regex(/^\w+=/)))),
      logging: v.optional(v.picklist(['CLOUD_LOGGING_ONLY', 'GCS_ONLY', 'LEGACY', 'NONE'])),
      machineType: v.optional(v.string()),
      requestedVerifyOption: v.optional(v.picklist(['VERIFIED'])),
      substitutionOption: v.optional(v.picklist(['MUST_MATCH', 'ALLOW_LOOSE'])),
    }),
    {},
  ),
});
type BuildConfig = v.InferOutput<typeof buildConfig>;
type Step = BuildConfig['steps'][number];

const builtIn = [
  'PROJECT_ID',
  'PROJECT_NUMBER',
  'BUILD_ID',
  'LOCATION',
  'SHORT_SHA',
  'COMMIT_SHA',
  'REVISION_ID',
  'REPO_NAME',
  'BRANCH_NAME',
  'TAG_NAME',
  'REF_NAME',
  'TRIGGER_NAME',
];
const knownImages = [
  /^us-central1-docker\.pkg\.dev\/my-tools\/steps\/promote:\d+\.\d+\.\d+$/,
  /^gcr\.io\/cloud-builders\/(?:docker|git|gsutil)$/,
  /^gcr\.io\/google\.com\/cloudsdktool\/cloud-sdk:slim$/,
];
/** What the build brings. */
const ofBuild: Readonly<Record<string, string>> = {
  PROJECT_ID: 'my-project',
  LOCATION: 'us-central1',
  SHORT_SHA: 'abc1234',
  BUILD_ID: 'b-1',
};
const digest = `sha256:${'0'.repeat(64)}`;
/** What who submits the build, or its trigger, sets. */
const given: Readonly<Record<string, string>> = {
  _TAG: 'v1',
  _FILE: 'gs://my-plans/plan.json',
  _EXPECT_PLAN: digest,
  _SOURCE: 'us-central1-docker.pkg.dev/my-project/apps/api:v1',
  _EXPECT_DIGEST: `us-central1-docker.pkg.dev/my-project/apps/api@${digest}`,
};

const configs: [string, string][] = [
  ['cloudbuild.example.yaml', read('cloudbuild.example.yaml')],
  ...blocks('yaml').map(({ heading, text }): [string, string] => [`README, ${heading}`, text]),
];

describe.each(configs)('the build config of %s', (_name, text) => {
  it('is one that Cloud Build takes: every field, every image, a place for the log', () => {
    const config = configOf(text);
    for (const { name } of config.steps) {
      expect(knownImages.some((image) => image.test(expanded(name, config)))).toBe(true);
    }
    if (config.serviceAccount !== undefined && config.logsBucket === undefined) {
      expect(config.options.logging).toBeDefined();
    }
  });

  it('uses no substitution that is not defined', () => {
    const config = configOf(text);
    const known = [...builtIn, ...Object.keys(config.substitutions)];
    expect(usedIn(JSON.stringify(config)).filter((key) => !known.includes(key))).toEqual([]);
  });

  it('defines no substitution that nothing reads', () => {
    const config = configOf(text);
    const used = usedIn(JSON.stringify({ ...config, substitutions: {} }));
    const read = config.options.automapSubstitutions === true ? config.steps.filter(isPromotion).flatMap(readBy) : [];
    expect(Object.keys(config.substitutions).filter((key) => ![...used, ...read].includes(key))).toEqual([]);
  });

  it('gives promote flags that exist, and all that it needs, without a warning', async () => {
    const config = configOf(text);
    const env = environmentOf(config);
    expect(config.steps.some(isPromotion)).toBe(true);
    for (const each of config.steps.filter(isPromotion)) {
      const args = (each.args ?? []).map((word) => expanded(word, config));
      expect(unknownFlags(args)).toEqual([]);
      if (args.includes('apply') || args.includes('--expect-digest-file')) continue;
      const command = await readCommandLine(args, env);
      expect(command).toMatchObject({ settings: { warnings: [] } });
    }
  });

  it('has scripts that a shell reads', () => {
    const config = configOf(text);
    for (const { entrypoint, args = [] } of config.steps) {
      if (entrypoint === 'bash') execFileSync('bash', ['-n'], { input: (args.at(-1) ?? '').replaceAll('$$', '$') });
    }
  });
});

describe('the commands that README.md shows', () => {
  const scripts = blocks('sh').map(({ heading, text }): [string, string] => [heading, text]);

  it.each(scripts)('under "%s" are read by a shell', (_heading, text) => {
    execFileSync('bash', ['-n'], { input: text });
  });

  it.each(scripts)('under "%s" give promote flags that exist', (_heading, text) => {
    const joined = text.replaceAll('\\\n', ' ');
    for (const [, words = ''] of joined.matchAll(/^(?:promote|node dist\/promote\.cjs) (?!\(\))([^#\n]*)/gm)) {
      expect(unknownFlags(words.trim().split(/\s+/))).toEqual([]);
    }
  });

  it('show every command', () => {
    for (const command of commandNames) expect(readme).toMatch(new RegExp(`\\bpromote \\[?${command}\\b`));
  });

  it('are found', () => {
    expect(scripts.length).toBeGreaterThan(5);
    expect(configs.length).toBeGreaterThan(7);
    expect(unknownFlags(['check', '--allow-move', '--tgas', 'x'])).toEqual(['--tgas']);
    expect(unknownFlags(['digest', '--allow-move'])).toEqual(['--allow-move']);
  });
});

/** The fenced blocks of one language in the README, each with the heading that it stands under. */
function blocks(language: string): { heading: string; text: string }[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((found) => {
    const before = readme.slice(0, found.index);
    return { heading: [...before.matchAll(/^##+ (.*)$/gm)].at(-1)?.[1] ?? '', text: found[1] ?? '' };
  });
}

function configOf(text: string): BuildConfig {
  return v.parse(buildConfig, parse(text));
}

/** `$KEY` and `${KEY}`, but not `$$`, which is a dollar of the script's own. */
function usedIn(text: string): string[] {
  return [...text.replaceAll('$$', '').matchAll(/\$\{?([A-Z_][A-Z0-9_]*)\}?/g)].map(([, key = '']) => key);
}

function expanded(text: string, config: BuildConfig): string {
  const values = environmentOf(config);
  return text.replace(/\$\{?([A-Z_][A-Z0-9_]*)\}?/g, (_all, key: string) => values[key] ?? '');
}

function environmentOf({ substitutions, options: { env = [] } }: BuildConfig): Record<string, string> {
  const own = Object.entries(substitutions).map(([key, value]) => [key, given[key] ?? value]);
  const steps = env.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return { ...ofBuild, ...Object.fromEntries([...own, ...steps]) };
}

function isPromotion({ name }: Step): boolean {
  return /promote/i.test(name);
}

/** The substitutions that the step's command would take from its environment. */
function readBy({ args = [] }: Step): string[] {
  return optionsOf(commandOf(args)).map(({ name }) => substitutionOf(name));
}

function commandOf(args: readonly string[]) {
  return commandNames.find((name) => name === args[0]) ?? 'copy';
}

function unknownFlags(words: readonly string[]): string[] {
  const known = ['--help', '--version', ...optionsOf(commandOf(words)).map(({ name }) => flagOf(name))];
  return words.filter((word) => word.startsWith('--') && !known.includes(word.split('=')[0] ?? ''));
}
