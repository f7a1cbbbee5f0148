import { printable } from '../text.ts';

/** Words of ours and a command, with names out of the text. */
const longestLine = 1000;

interface Refusal {
  readonly pattern: RegExp;
  /** @returns lines that say why, and what to type */
  readonly lines: (found: RegExpExecArray, text: string) => readonly string[];
}

const serviceOf = (text: string): string =>
  /\b([a-z]+\.googleapis\.com)\b/.exec(text)?.[1] ?? 'artifactregistry.googleapis.com';
const projectIn = (text: string): string =>
  /\bprojects?[/= ]([a-z0-9](?:[a-z0-9:.-]*[a-z0-9])?)/.exec(text)?.[1] ?? 'PROJECT';
const keyName =
  /projects\/([^/\s]+)\/locations\/([^/\s]+)\/keyRings\/([^/\s]+)\/cryptoKeys\/([^/\s"'.]+)(?:\/cryptoKeyVersions\/(\d+))?/;

/**
 * What Google says, in the registry's protocol as in its APIs, where the reason is neither a missing role nor a missing
 * repository. The first that matches counts.
 */
const refusals: readonly Refusal[] = [
  {
    pattern: /vpcServiceControlsUniqueIdentifier\W*([\w-]+)|VPC.?Service.?Controls/i,
    lines: ([, identifier]) => [
      'a perimeter of VPC Service Controls forbids this, whatever roles are granted: both projects must be in one perimeter, or an ingress or egress rule must allow artifactregistry.googleapis.com for this identity',
      ...(identifier === undefined
        ? []
        : [`its administrator finds the reason by the unique identifier ${identifier}`]),
    ],
  },
  {
    pattern: /has not been used in project|SERVICE_DISABLED|API .*is (?:disabled|not enabled)/i,
    lines: (_found, text) => [
      'an API is not enabled in that project:',
      `gcloud services enable ${serviceOf(text)} --project=${projectIn(text)}`,
    ],
  },
  {
    pattern: /insufficient authentication scopes|ACCESS_TOKEN_SCOPE_INSUFFICIENT/i,
    lines: () => [
      "the machine's access scopes do not cover this, whatever roles its account has; a stopped VM can be given them:",
      'gcloud compute instances set-service-account INSTANCE --zone=ZONE --scopes=cloud-platform',
    ],
  },
  {
    pattern: /requires a quota project/i,
    lines: () => [
      'credentials of a person need a project that the calls are counted against:',
      'gcloud auth application-default set-quota-project PROJECT',
    ],
  },
  {
    pattern: /USER_PROJECT_DENIED|permission to use project ([\w:.-]*\w)|serviceusage\.services\.use/i,
    lines: ([, project]) => [
      'the caller may not use the quota project of its credentials:',
      `gcloud projects add-iam-policy-binding ${project ?? 'PROJECT'} --member=MEMBER --role=roles/serviceusage.serviceUsageConsumer --condition=None`,
    ],
  },
  {
    pattern: /cryptoKeys|\bCMEK\b|Cloud ?KMS|\bKMS key/i,
    lines: (_found, text) => keyLines(text),
  },
  {
    pattern: /\b(?:constraints\/)?(iam\.disableCrossProjectServiceAccountUsage)\b/,
    lines: ([, constraint]) => [
      `the organization policy ${constraint} keeps service accounts in their own project: use an account of the project that builds, or lift the policy on the project that owns the account`,
    ],
  },
  {
    pattern: /\b(?:constraints\/)?(cloudbuild\.(?:useComputeServiceAccount|useBuildServiceAccount))\b/,
    lines: ([, constraint]) => [
      `the organization policy ${constraint} decides which default account builds run as: name one of your own in serviceAccount: (promote iam --create-service-account prints the commands)`,
    ],
  },
  {
    pattern: /\bconstraints\/([\w.-]*\w)/,
    lines: ([, constraint], text) => [
      `the organization policy ${constraint} forbids this:`,
      `gcloud resource-manager org-policies describe ${constraint} --project=${projectIn(text)} --effective`,
    ],
  },
  {
    pattern: /quota.{0,40}exceeded|exceeded.{0,40}quota|RESOURCE_EXHAUSTED/i,
    lines: () => [
      'a quota of the project is used up (requests a minute of Artifact Registry): run it again later, lower --concurrency, or ask for more under IAM & Admin, Quotas',
    ],
  },
];

/** @param text of a registry or an API, as long as it came */
export function hintFor(text: string): string | undefined {
  for (const { pattern, lines } of refusals) {
    const found = pattern.exec(text);
    if (found !== null) {
      return lines(found, text)
        .map((line) => printable(line, longestLine))
        .join('\n');
    }
  }
  return undefined;
}

function keyLines(text: string): string[] {
  const [, project = 'KEY_PROJECT', location = 'LOCATION', ring = 'KEY_RING', key = 'KEY', version] =
    keyName.exec(text) ?? [];
  const of = `--project=${project} --location=${location} --keyring=${ring}`;
  if (/disabled|destroyed|not enabled/i.test(text)) {
    return [
      'the key that encrypts the repository (CMEK) is disabled; who owns it can enable it:',
      `gcloud kms keys versions enable ${version ?? 'VERSION'} --key=${key} ${of}`,
    ];
  }
  return [
    'Artifact Registry may not use the key that encrypts the repository (CMEK); PROJECT_NUMBER is of the project that has the repository:',
    `gcloud kms keys add-iam-policy-binding ${key} ${of} --member=serviceAccount:service-PROJECT_NUMBER@gcp-sa-artifactregistry.iam.gserviceaccount.com --role=roles/cloudkms.cryptoKeyEncrypterDecrypter`,
  ];
}
