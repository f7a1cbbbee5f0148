import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { heldUntil, instead } from '../../fake/faults.ts';
import { buildAccount } from '../../fake/google.ts';
import { singleImage } from '../../fake/images.ts';
import { type Land, multiRegion, region, startLand } from './land.ts';

const sentByRegistry = (status: number, code: string, message: string) =>
  instead(status, { 'content-type': 'application/json' }, JSON.stringify({ errors: [{ code, message }] }));

describe('what a person reads when a copy is refused', () => {
  let land: Land;

  beforeAll(async () => {
    land = await startLand(singleImage('advice', [100]));
  });
  beforeEach(() => land.reset());
  afterAll(() => land.world.stop());

  /** Standard error of a copy that fails with this status. */
  async function refused(status: number, source: string, destination: string, ...options: string[]): Promise<string> {
    const result = await land.run([source, destination, ...options]);
    expect(result.stderr).toMatch(/^error [A-Z_]+: /m);
    expect(result.status, result.stderr).toBe(status);
    return result.stderr;
  }

  it('403: side, repository, permission, whose token, and the command that grants the role', async () => {
    land.deny('prod/apps');
    const text = await refused(3, land.source, land.destination);
    expect(text).toContain(
      `hint: ${buildAccount} lacks artifactregistry.repositories.downloadArtifacts on the destination repository projects/prod/locations/us-central1/repositories/apps`,
    );
    expect(text).toContain(
      `gcloud artifacts repositories add-iam-policy-binding apps --project=prod --location=us-central1 --member=serviceAccount:${buildAccount} --role=roles/artifactregistry.reader`,
    );
  });

  it('403 while writing: the role that may write', async () => {
    land.world.iam.grant(buildAccount, `${region}/prod/apps`, 'reader');
    const text = await refused(3, land.source, land.destination);
    expect(text).toMatch(
      /lacks artifactregistry\.repositories\.uploadArtifacts on the destination .*grant roles\/artifactregistry\.writer/,
    );
  });

  it('403 for a tag alone: that permission', async () => {
    const permissions = ['downloadArtifacts', 'uploadArtifacts'].map((name) => `artifactregistry.repositories.${name}`);
    land.deny('prod/apps');
    land.world.iam.permit(buildAccount, `${region}/prod/apps`, permissions);
    expect(await refused(3, land.source, land.destination)).toContain('lacks artifactregistry.tags.create on');
    land.world.iam.permit(buildAccount, `${region}/prod/apps`, []);
  });

  it('401: whose token it is that was not accepted, on which side', async () => {
    land.world.server.script.add({
      host: region,
      target: /staging/,
      fault: sentByRegistry(401, 'UNAUTHORIZED', 'Unauthenticated request.'),
    });
    const text = await refused(3, land.source, land.destination);
    expect(text).toContain(`the token of ${buildAccount} was not accepted`);
    expect(text).toContain('the source repository projects/staging/locations/us-central1/repositories/apps');
  });

  it('a multi-region that was taken for the region of the build: where the repository is', async () => {
    land.world.makeRepository(multiRegion, 'prod/web', 'writer');
    const text = await refused(4, land.source, `${region}/prod/web/api:v1`);
    expect(text).toContain('the repository web of project prod lies in the multi-region us, not in us-central1');
    expect(text).toContain(`name it as ${multiRegion}/prod/web/api (--dest-location us)`);
  });

  it('another location of a source, of which nothing but its name is known', async () => {
    land.world.makeRepository(multiRegion, 'staging/web', 'reader');
    const text = await refused(4, `${region}/staging/web/api:v1`, land.destination);
    expect(text).toContain('(--source-location us)');
  });

  it('a location, where the caller may not look: what it may be', async () => {
    land.world.api.closed.add('staging');
    const text = await refused(4, `${region}/staging/web/api:v1`, land.destination);
    expect(text).toContain('the multi-region us is another location than the region us-central1');
  });

  it.each([
    ['an image', 'staging/apps/apii:v1.2.3', 'has no image apii; did you mean api? (--image)'],
    ['a tag', 'staging/apps/api:1.2.3', 'has no tag 1.2.3; did you mean v1.2.3? (--tag)'],
    [
      'a repository',
      'staging/aps/api:v1.2.3',
      'has no repository aps in us-central1; did you mean apps? (--source-repo)',
    ],
  ])('%s that is misspelt: the nearest name that exists', async (_what, path, advice) => {
    const text = await refused(4, `${region}/${path}`, land.destination);
    expect(text).toContain(advice);
    expect(text).toContain(`hint: asked by ${buildAccount}`);
  });

  it('no name that is near: nothing is made up, and the list is one command away', async () => {
    const text = await refused(4, `${region}/staging/apps/api:nightly-2026-11-24`, land.destination);
    expect(text).not.toContain('did you mean');
    expect(text).toContain(`promote tags ${region}/staging/apps/api`);
  });

  it.each<[string, number, string, string, readonly string[]]>([
    [
      'an API that is disabled',
      403,
      'Artifact Registry API has not been used in project 123456 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/artifactregistry.googleapis.com/overview?project=123456 then retry.',
      'DENIED',
      ['gcloud services enable artifactregistry.googleapis.com --project=123456'],
    ],
    [
      'VPC Service Controls, the identifier whole, however much stands before it',
      403,
      `${'Request is prohibited by the policy of an organization. '.repeat(12)}vpcServiceControlsUniqueIdentifier: aBc-DEF_${'x'.repeat(60)}9.`,
      'DENIED',
      ['perimeter', `identifier aBc-DEF_${'x'.repeat(60)}9`],
    ],
    [
      'a key that is disabled',
      400,
      'Cloud KMS key projects/keys/locations/us-central1/keyRings/ring/cryptoKeys/images/cryptoKeyVersions/3 is disabled.',
      'INVALID',
      ['gcloud kms keys versions enable 3 --key=images --project=keys --location=us-central1 --keyring=ring'],
    ],
    [
      'a key that is denied',
      403,
      'Permission denied on Cloud KMS key projects/keys/locations/us-central1/keyRings/ring/cryptoKeys/images.',
      'DENIED',
      [
        'gcloud kms keys add-iam-policy-binding images --project=keys --location=us-central1 --keyring=ring',
        '@gcp-sa-artifactregistry.iam.gserviceaccount.com --role=roles/cloudkms.cryptoKeyEncrypterDecrypter',
      ],
    ],
    [
      "a machine's access scopes",
      403,
      'Request had insufficient authentication scopes.',
      'DENIED',
      ['access scopes', 'gcloud compute instances set-service-account INSTANCE --zone=ZONE --scopes=cloud-platform'],
    ],
    [
      'credentials without a quota project',
      403,
      'The artifactregistry.googleapis.com API requires a quota project, which is not set by default.',
      'DENIED',
      ['gcloud auth application-default set-quota-project PROJECT'],
    ],
    [
      'a quota project that may not be used',
      403,
      'Caller does not have required permission to use project billing-1. Grant the caller the roles/serviceusage.serviceUsageConsumer role.',
      'DENIED',
      ['gcloud projects add-iam-policy-binding billing-1', 'roles/serviceusage.serviceUsageConsumer'],
    ],
    [
      'the organization policy on accounts of other projects',
      403,
      'Constraint constraints/iam.disableCrossProjectServiceAccountUsage violated for projects/prod.',
      'DENIED',
      ['keeps service accounts in their own project'],
    ],
    [
      "the organization policy on Cloud Build's default account",
      403,
      'Constraint constraints/cloudbuild.useComputeServiceAccount violated.',
      'DENIED',
      ['cloudbuild.useComputeServiceAccount', 'promote iam --create-service-account'],
    ],
    [
      'another organization policy',
      403,
      'Operation denied by constraints/gcp.resourceLocations on projects/prod.',
      'DENIED',
      ['gcloud resource-manager org-policies describe gcp.resourceLocations --project=prod --effective'],
    ],
  ])('%s', async (_name, status, message, code, advice) => {
    land.world.server.script.add({ host: region, target: /\/prod\//, fault: sentByRegistry(status, code, message) });
    const result = await land.run([land.source, land.destination]);
    expect([3, 7]).toContain(result.status);
    const hints = result.stderr
      .split('\n')
      .filter((line) => line.startsWith('  hint: '))
      .join('\n');
    for (const part of advice) expect(hints).toContain(part);
    expect(hints).toContain(`asked by ${buildAccount}`);
  });

  it("the registry's own text: shown, shortened, on one line, harmless", async () => {
    const message = `\u001b[2J\n::stop ${'long '.repeat(400)}`;
    land.world.server.script.add({ host: region, target: /\/prod\//, fault: sentByRegistry(403, 'DENIED', message) });
    const text = await refused(3, land.source, land.destination);
    const line = text.split('\n').find((each) => each.startsWith('error DENIED')) ?? '';
    expect(line).toContain('\\u{1b}[2J\\u{a}:\\u{3a}stop long long');
    expect(line.length).toBeLessThan(800);
  });

  it('a quota that stays used up: how long, and where quotas are', async () => {
    land.world.server.script.add({ host: region, target: /\/prod\//, fault: instead(429, { 'retry-after': '3600' }) });
    const text = await refused(7, land.source, land.destination, '--deadline', '30s');
    expect(text).toMatch(/asks for a pause of 3600 s/);
    expect(text).toContain('Quotas');
  });

  it('a remote repository: what it is, and that a standard one is needed', async () => {
    land.world.makeRepository(region, 'prod/cache', 'writer', { mode: 'remote', immutableTags: false });
    const text = await refused(6, land.source, `${region}/prod/cache/api:v1`);
    expect(text).toContain('projects/prod/locations/us-central1/repositories/cache is a remote repository');
    expect(text).toContain('gcloud artifacts repositories create NAME --project=prod --location=us-central1');
  });

  it('immutable tags: another tag, or the command that lifts them', async () => {
    land.world.makeRepository(region, 'prod/fixed', 'writer', { mode: 'standard', immutableTags: true });
    land.seed(region, 'prod/fixed/api', 'v1', singleImage('stands already', [9]));
    const text = await refused(6, land.source, `${region}/prod/fixed/api:v1`, '--allow-move');
    expect(text).toContain('--dest-tag');
    expect(text).toContain(
      'gcloud artifacts repositories update fixed --project=prod --location=us-central1 --no-immutable-tags',
    );
  });

  it('a refusal stays what it was when the look-up for advice fails, or is not answered', async () => {
    const forever = heldUntil(new Promise(() => undefined));
    land.world.server.script.add({ host: 'artifactregistry.googleapis.com', fault: forever });
    land.deny('staging/apps');
    const startedAt = Date.now();
    const text = await refused(3, land.source, land.destination);
    expect(text).toContain('error DENIED: source');
    expect(text).toContain('roles/artifactregistry.reader');
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });
});
