import { execFileSync } from 'node:child_process';
import { parse } from '@cdktf/hcl2json';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { gcloudText } from '../../src/google/grants-gcloud.ts';
import { terraformText } from '../../src/google/grants-terraform.ts';

const pair = ['us-docker.pkg.dev/staging/apps/api:v1', 'europe-docker.pkg.dev/prod/live/api'];
const promoter = 'serviceAccount:promoter@staging.iam.gserviceaccount.com';
const compute = 'serviceAccount:123456789012-compute@developer.gserviceaccount.com';
const legacy = 'serviceAccount:123456789012@cloudbuild.gserviceaccount.com';
const federated =
  'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/repo:main';
const pool = 'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*';

const reader = 'roles/artifactregistry.reader';
const writer = 'roles/artifactregistry.writer';
const twoGrants = [
  ['repository', 'apps us staging', reader],
  ['repository', 'live europe prod', writer],
];
const buildGrants = [
  ['project', 'staging', 'roles/logging.logWriter'],
  ['repository', 'steps us-east1 tools', reader],
];

/** For each kind of member: the options, whom the grants are for, and all of them. */
const kinds: [string, string[], string, string[][]][] = [
  ['user', ['--member', 'user:jane@example.com'], 'user:jane@example.com', twoGrants],
  ['group', ['--member', 'group:platform@example.com'], 'group:platform@example.com', twoGrants],
  ['federated workload', ['--member', federated], federated, twoGrants],
  ['domain', ['--member', 'domain:example.com'], 'domain:example.com', twoGrants],
  ['pool of workloads', ['--member', pool], pool, twoGrants],
  [
    'service account',
    ['--member', promoter],
    promoter,
    [
      ...twoGrants,
      ...buildGrants,
      ['account', 'promoter@staging.iam.gserviceaccount.com', 'roles/iam.serviceAccountUser'],
    ],
  ],
  [
    'service account that is to be made',
    ['--create-service-account'],
    promoter,
    [
      ...twoGrants,
      ...buildGrants,
      ['account', 'promoter@staging.iam.gserviceaccount.com', 'roles/iam.serviceAccountUser'],
    ],
  ],
  [
    "Cloud Build's default account",
    ['--cloud-build', '123456789012'],
    compute,
    [
      ...twoGrants,
      ...buildGrants,
      ['account', '123456789012-compute@developer.gserviceaccount.com', 'roles/iam.serviceAccountUser'],
    ],
  ],
];

async function iam(argv: readonly string[], env: Record<string, string> = {}) {
  const command = await readCommandLine(['iam', ...argv], env);
  if (command.name !== 'iam') throw new Error(`it is ${command.name}`);
  return command;
}

const environment = {
  STEP_REPOSITORY: 'steps',
  STEP_LOCATION: 'us-east1',
  STEP_PROJECT: 'tools',
  SUBMITTER: 'user:submitter@example.com',
};

/** Runs the commands with a `gcloud` that only tells how it was called. */
function calls(script: string, env: Record<string, string> = environment): string[][] {
  const shell = `gcloud() { printf '%s\\n' "$@" --; }\n${script}`;
  const output = execFileSync('bash', ['--norc', '-euc', shell], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return output
    .split('\n--\n')
    .filter((call) => call !== '')
    .map((call) => call.split('\n'));
}

function flag(call: readonly string[], name: string): string {
  return call.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
}

function grantOf(call: readonly string[]): string[] {
  const role = flag(call, 'role');
  if (call[0] === 'projects') return ['project', call[2] ?? '', role];
  if (call[1] === 'service-accounts') return ['account', call[3] ?? '', role];
  return ['repository', `${call[3]} ${flag(call, 'location')} ${flag(call, 'project')}`, role];
}

describe('promote iam', () => {
  it.each(kinds)('for a %s: valid shell, with exactly these grants', async (_kind, options, member, grants) => {
    const text = gcloudText(await iam([...pair, ...options]));
    execFileSync('bash', ['-n'], { input: text });
    const made = calls(text).filter((call) => call[2] !== 'create');
    expect(made.map(grantOf)).toEqual(grants);
    const members = new Set(made.map((call) => flag(call, 'member')).filter((each) => each !== environment.SUBMITTER));
    expect(members).toEqual(new Set([member]));
    expect(made.filter((call) => call[1] === 'service-accounts').map((call) => flag(call, 'member'))).toEqual(
      grants.filter(([kind]) => kind === 'account').map(() => environment.SUBMITTER),
    );
  });

  it.each(kinds)('for a %s: valid HCL, with exactly these grants', async (_kind, options, member, grants) => {
    const command = await iam([...pair, ...options, '--format', 'terraform']);
    expect(command.format).toBe('terraform');
    const { resource, locals } = await parse('promote.tf', terraformText(command));
    const create = options.includes('--create-service-account');
    expect(locals).toEqual([
      { promote_member: create ? expect.stringContaining('google_service_account.promote.member') : member },
    ]);
    const blocks = (type: string): Record<string, string>[] =>
      Object.values<Record<string, string>[]>(resource[type] ?? {}).flat();
    const step = new Map([
      ['var.promote_step.repository', 'steps'],
      ['var.promote_step.location', 'us-east1'],
      ['var.promote_step.project', 'tools'],
    ]);
    const literal = (text = ''): string => step.get(text.replace(/^\$\{(.*)\}$/, '$1')) ?? text;
    const repositories = blocks('google_artifact_registry_repository_iam_member').map((block) => [
      'repository',
      [block.repository, block.location, block.project].map(literal).join(' '),
      block.role,
    ]);
    const projects = blocks('google_project_iam_member').map((block) => ['project', block.project, block.role]);
    const accounts = blocks('google_service_account_iam_member').map((block) => [
      'account',
      create ? 'promoter@staging.iam.gserviceaccount.com' : block.service_account_id?.split('/').at(-1),
      block.role,
    ]);
    expect([...repositories, ...projects, ...accounts].toSorted()).toEqual(grants.toSorted());
    expect(blocks('google_service_account')).toEqual(
      create ? [{ project: 'staging', account_id: 'promoter', display_name: 'Promotes tested images' }] : [],
    );
  });

  it('says which of the two default accounts applies, and how to find out', async () => {
    const command = await iam([...pair, '--cloud-build', '123456789012']);
    for (const text of [gcloudText(command), terraformText(command)]) {
      expect(text).toContain(compute);
      expect(text).toContain(legacy);
      expect(text).toContain('since mid-2024');
      expect(text).toContain('gcloud builds get-default-service-account --project=staging');
    }
    const forLegacy = gcloudText(command).replace(/^MEMBER=.*\n# MEMBER/m, 'MEMBER');
    expect(
      new Set(
        calls(forLegacy)
          .slice(0, 2)
          .map((call) => flag(call, 'member')),
      ),
    ).toEqual(new Set([legacy]));
  });

  it('makes the account in the project that builds, and says what trigger and build config then need', async () => {
    const text = gcloudText(await iam([...pair, '--create-service-account'], { PROJECT_ID: 'builder' }));
    expect(calls(text)[0]?.slice(0, 5)).toEqual(['iam', 'service-accounts', 'create', 'promoter', '--project=builder']);
    expect(text).toContain(
      '#   serviceAccount: projects/builder/serviceAccounts/promoter@builder.iam.gserviceaccount.com',
    );
    expect(text).toContain('#     logging: CLOUD_LOGGING_ONLY');
    const named = await iam([
      ...pair,
      '--create-service-account',
      '--member',
      'serviceAccount:ship-it@ops.iam.gserviceaccount.com',
    ]);
    expect(calls(gcloudText(named))[0]?.slice(3, 5)).toEqual(['ship-it', '--project=ops']);
  });

  it('grants nothing where a value that has to be set is not', async () => {
    const text = gcloudText(await iam([...pair, '--member', promoter]));
    expect(() => calls(text, {})).toThrow('STEP_REPOSITORY');
  });

  it('one repository for both sides needs the writer alone; a source elsewhere needs no grant', async () => {
    const one = await iam(['us-docker.pkg.dev/p/r/a:v1', 'us-docker.pkg.dev/p/r/b', '--member', 'user:j@example.com']);
    expect(calls(gcloudText(one)).map(grantOf)).toEqual([['repository', 'r us p', writer]]);
    const elsewhere = await iam([
      'docker.io/library/nginx:1',
      'us-docker.pkg.dev/p/r/b',
      '--member',
      'user:j@example.com',
    ]);
    expect(calls(gcloudText(elsewhere)).map(grantOf)).toEqual([['repository', 'r us p', writer]]);
  });

  it('takes parts and substitutions as copy does, gcr.io and legacy projects too', async () => {
    const env = {
      PROJECT_ID: 'staging',
      _SOURCE_REPO: 'apps',
      _DEST_PROJECT: 'prod',
      _LOCATION: 'us',
      _MEMBER: 'user:j@example.com',
    };
    expect(calls(gcloudText(await iam([], env))).map(grantOf)).toEqual([
      ['repository', 'apps us staging', reader],
      ['repository', 'apps us prod', writer],
    ]);
    const old = await iam([
      'gcr.io/example.com:p/api:v1',
      'us-docker.pkg.dev/q/r/api',
      '--member',
      'user:j@example.com',
    ]);
    expect(calls(gcloudText(old)).map(grantOf)[0]).toEqual(['repository', 'gcr.io us example.com:p', reader]);
  });

  it('what no option lets through is escaped in HCL all the same', async () => {
    const command = await iam([...pair, '--member', promoter]);
    const begun = (signs: readonly string[]) => signs.map((sign) => `${sign}{a}`).join('');
    const member = `principal://x/${begun(['$', '%'])}$c"\\`;
    const text = terraformText({ ...command, holder: { kind: 'member', member } });
    expect(text).toContain(`promote_member = "principal://x/${begun(['$$', '%%'])}$c\\"\\\\"\n`);
    expect((await parse('promote.tf', text)).locals).toEqual([{ promote_member: expect.stringContaining('$c') }]);
  });
});
