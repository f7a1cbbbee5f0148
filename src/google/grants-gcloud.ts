import { grantCommand } from './gcloud-commands.ts';
import {
  type Account,
  type GrantRequest,
  type Holder,
  holderOf,
  legacyNote,
  logRole,
  pullRole,
  repositoryGrants,
  useRole,
} from './grants.ts';

/** The grants as shell commands that can be run again. */
export function gcloudText(request: GrantRequest): string {
  const holder = holderOf(request);
  const { account } = holder;
  const made = request.create ? account : undefined;
  const blocks = [
    ['# What a promotion needs. To be run by who may set the policies of both repositories; grants can be run again.'],
    ...(made === undefined ? [] : [accountBlock(made)]),
    memberBlock(request, holder),
    ...repositoryGrants(request).map(({ purpose, place, role }) => [
      `# ${purpose}`,
      grantCommand(place, '"$MEMBER"', role),
    ]),
    ...(account === undefined ? [] : buildBlocks(request, account, holder.legacy)),
    ...(made === undefined ? [] : [configBlock(made)]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function accountBlock({ email, project }: Account): string[] {
  const name = email.slice(0, email.indexOf('@'));
  return [
    '# the account that promotes',
    `gcloud iam service-accounts create ${name} --project=${project} --display-name='Promotes tested images'`,
  ];
}

function memberBlock({ buildProject }: GrantRequest, { member, legacy }: Holder): string[] {
  const own = `MEMBER='${member}'`;
  if (legacy === undefined) return [own];
  return [
    ...legacyNote.map((line) => `# ${line}`),
    `#   gcloud builds get-default-service-account --project=${buildProject}`,
    own,
    `# MEMBER='${legacy}'`,
  ];
}

/** What every build needs that runs as an account of one's own. */
function buildBlocks(
  { buildProject }: GrantRequest,
  { email, project }: Account,
  legacy: string | undefined,
): string[][] {
  const cause = legacy === undefined ? '' : ' (the legacy account can already, and can be used by everyone who builds)';
  const use = [
    `# who submits the build or makes its trigger may use the account; set SUBMITTER to that person (user:…)${legacy === undefined ? '' : '; not for the legacy account'}`,
    `gcloud iam service-accounts add-iam-policy-binding ${email} --project=${project} --member="\${SUBMITTER:?user:… who submits builds}" --role=${useRole}`,
  ];
  return [
    [
      `# writes the build's log${cause}`,
      `gcloud projects add-iam-policy-binding ${buildProject} --member="$MEMBER" --role=${logRole} --condition=None`,
    ],
    [
      "# pulls the step's own image; set these three to the repository that it was built into",
      `gcloud artifacts repositories add-iam-policy-binding "\${STEP_REPOSITORY:?repository of that image}" --project="\${STEP_PROJECT:?its project}" --location="\${STEP_LOCATION:?its location}" --member="$MEMBER" --role=${pullRole}`,
    ],
    use,
  ];
}

function configBlock({ email, project }: Account): string[] {
  const name = `projects/${project}/serviceAccounts/${email}`;
  return [
    '# A trigger takes the account by --service-account (gcloud builds triggers create … or update …):',
    `#   --service-account=${name}`,
    '# or the build config names it, and then must say where its log goes:',
    `#   serviceAccount: ${name}`,
    '#   options:',
    '#     logging: CLOUD_LOGGING_ONLY',
  ];
}
