import type { Iam } from '../../fake/google-access.ts';

const grant =
  /^gcloud artifacts repositories add-iam-policy-binding (\S+) --project=(\S+) --location=(\S+) --member="?(\S+?)"? --role=roles\/artifactregistry\.(reader|writer)$/;

/**
 * Does what an administrator does who types the printed commands, `MEMBER='…'` lines included; every other line is left.
 * @returns the grants that were made, as `REPOSITORY ROLE`
 */
export function enterGrants(text: string, iam: Iam): string[] {
  const member = /^MEMBER='(\S+)'$/m.exec(text)?.[1] ?? '';
  const grants = text.split('\n').flatMap((line) => {
    const [, repository, project, location, to, role] = grant.exec(line.trim()) ?? [];
    if (role !== 'reader' && role !== 'writer') return [];
    const account = (to === '$MEMBER' ? member : (to ?? '')).replace(/^[A-Za-z]+:(?!\/\/)/, '');
    return [{ account, repository: `${location}-docker.pkg.dev/${project}/${repository}`, role } as const];
  });
  // A second role adds to the first.
  for (const { account, repository, role } of grants.toSorted((a, b) => a.role.localeCompare(b.role))) {
    iam.grant(account, repository, role);
  }
  return grants.map(({ repository, role }) => `${repository} ${role}`);
}
