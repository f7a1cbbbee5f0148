import { expect, it } from 'vitest';
import { ArtifactRegistry } from '../../src/google/artifact-registry.ts';
import { permissionFindings, repositoryFinding } from '../../src/google/check-repository.ts';
import { LookAround } from '../../src/google/look-around.ts';
import { sending } from '../fake/sending.ts';

const place = { project: 'p', location: 'us', repository: 'r', image: 'api' };
const never = sending(() => Promise.reject(new Error('not asked for')));
const around = new LookAround(new ArtifactRegistry(never, async () => undefined), 100);

it('S38 what the API says of a repository is short in a finding, and the hint is found far behind all the same', async () => {
  const unknown = { kind: 'unknown', reason: `${'long '.repeat(600)} (SERVICE_DISABLED)` } as const;
  const finding = await repositoryFinding('source', place, unknown, around);
  expect(finding.detail.length).toBeLessThan(600);
  expect(finding.fix).toContain('gcloud services enable');
  const tested = { permission: 'artifactregistry.tags.create', granted: unknown } as const;
  const [permission] = permissionFindings('source', place, [tested], 'MEMBER');
  expect(permission?.detail.length).toBeLessThan(700);
});
