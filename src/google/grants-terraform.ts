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

/** The grants for Terraform's google provider. */
export function terraformText(request: GrantRequest): string {
  const holder = holderOf(request);
  const { account } = holder;
  const blocks = [
    ['# What a promotion needs.'],
    memberBlock(request, holder),
    ...(request.create && account !== undefined ? [accountBlock(account)] : []),
    ...repositoryGrants(request).map(({ purpose, place, role }) =>
      repositoryMember(`promote_${purpose.replaceAll(' ', '_')}`, role, {
        project: quoted(place.project),
        location: quoted(place.location),
        repository: quoted(place.repository),
      }),
    ),
    ...(account === undefined ? [] : buildBlocks(request, account, holder.legacy)),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function memberBlock({ buildProject, create }: GrantRequest, { member, legacy }: Holder): string[] {
  const value = create ? 'google_service_account.promote.member' : quoted(member);
  const notes =
    legacy === undefined
      ? []
      : [
          ...legacyNote.map((line) => `  # ${line}`),
          `  #   gcloud builds get-default-service-account --project=${buildProject}`,
          `  # legacy: ${quoted(legacy)}`,
        ];
  return ['locals {', ...notes, `  promote_member = ${value}`, '}'];
}

function accountBlock({ email, project }: Account): string[] {
  return [
    'resource "google_service_account" "promote" {',
    `  project      = ${quoted(project)}`,
    `  account_id   = ${quoted(email.slice(0, email.indexOf('@')))}`,
    '  display_name = "Promotes tested images"',
    '}',
  ];
}

interface RepositoryExpressions {
  readonly project: string;
  readonly location: string;
  readonly repository: string;
}

function repositoryMember(name: string, role: string, at: RepositoryExpressions): string[] {
  return [
    `resource "google_artifact_registry_repository_iam_member" "${name}" {`,
    `  project    = ${at.project}`,
    `  location   = ${at.location}`,
    `  repository = ${at.repository}`,
    `  role       = ${quoted(role)}`,
    '  member     = local.promote_member',
    '}',
  ];
}

/** What every build needs that runs as an account of one's own. */
function buildBlocks(
  { buildProject, create }: GrantRequest,
  { email, project }: Account,
  legacy: string | undefined,
): string[][] {
  const id = create ? 'google_service_account.promote.name' : quoted(`projects/${project}/serviceAccounts/${email}`);
  return [
    [
      'resource "google_project_iam_member" "promote_writes_logs" {',
      `  project = ${quoted(buildProject)}`,
      `  role    = ${quoted(logRole)}`,
      '  member  = local.promote_member',
      '}',
    ],
    [
      'variable "promote_step" {',
      '  description = "The repository that the step\'s own image was built into"',
      '  type        = object({ project = string, location = string, repository = string })',
      '}',
    ],
    repositoryMember('promote_pulls_its_step', pullRole, {
      project: 'var.promote_step.project',
      location: 'var.promote_step.location',
      repository: 'var.promote_step.repository',
    }),
    [
      'variable "promote_submitter" {',
      `  description = "Who submits the build or makes its trigger, as user:…${legacy === undefined ? '' : '; not for the legacy account'}"`,
      '  type        = string',
      '}',
    ],
    [
      'resource "google_service_account_iam_member" "promote_is_used" {',
      `  service_account_id = ${id}`,
      `  role               = ${quoted(useRole)}`,
      '  member             = var.promote_submitter',
      '}',
    ],
  ];
}

/** A literal: nothing in it ends it, or begins an interpolation (`${`) or a directive (`%{`). */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/[$%](?=\{)/g, '$&$&')}"`;
}
