import { imageOptions } from './image-options.ts';
import { type CommandName, commandNames, type Option, type OptionKind } from './option.ts';

const every = commandNames;
const online = ['copy', 'plan', 'apply', 'verify', 'digest', 'tags', 'check'] as const;
const iam = ['iam'] as const;
const both = ['copy', 'plan', 'verify', 'check'] as const;
const copy = ['copy', 'check'] as const;
const promoting = ['copy', 'plan', 'apply', 'check'] as const;
const carried = ['copy', 'apply', 'check'] as const;
const apply = ['apply'] as const;
const verify = ['verify'] as const;

const checks = 'Safety:';
const whom = 'For whom:';
const run = 'Run:';
const google = 'Google:';
const results = 'Output:';

const table = [
  ...imageOptions,

  {
    name: 'expect-digest',
    kind: 'text',
    group: checks,
    commands: promoting,
    help: 'The source must be this digest: the one that passed the tests',
    safeguard: true,
  },
  {
    name: 'expect-digest-file',
    kind: 'text',
    group: checks,
    commands: promoting,
    help: 'The same, from the first line of a file: sha256:… or NAME@sha256:…',
    safeguard: true,
  },
  {
    name: 'allow-move',
    kind: 'switch',
    group: checks,
    commands: promoting,
    help: 'Move a destination tag that stands at another digest, instead of refusing',
  },
  {
    name: 'repair',
    kind: 'switch',
    group: checks,
    commands: copy,
    help: 'Look below a destination that already has the digest, and fill what is missing',
  },
  {
    name: 'dry-run',
    kind: 'switch',
    group: checks,
    commands: copy,
    help: 'Everything up to the first write',
    safeguard: true,
  },
  {
    name: 'expect-plan',
    kind: 'text',
    group: checks,
    commands: apply,
    help: "The plan's file must have this digest: the one that was reviewed",
    safeguard: true,
  },
  {
    name: 'phase',
    kind: 'text',
    group: run,
    commands: apply,
    help: 'One part of the plan: its content, or its tags once the content is there',
    choices: ['content', 'tags'],
    otherwise: 'both',
  },
  {
    name: 'shard',
    kind: 'text',
    group: run,
    commands: apply,
    help: 'With --phase content: the part I of N, as I/N',
    otherwise: "Cloud Run's task, or 1/1",
  },
  {
    name: 'no-attached',
    kind: 'switch',
    group: checks,
    commands: both,
    help: 'Leave signatures, SBOMs and attestations',
  },
  {
    name: 'keep-going',
    kind: 'switch',
    group: run,
    commands: carried,
    help: 'Promote what is whole although another image failed',
  },
  { name: 'deep', kind: 'switch', group: checks, commands: verify, help: 'Hash the layers of both sides too' },

  {
    name: 'member',
    kind: 'text',
    group: whom,
    commands: iam,
    help: 'Who is to promote: user:…, group:…, serviceAccount:…, domain:…, principal://… or principalSet://…',
  },
  {
    name: 'cloud-build',
    kind: 'text',
    group: whom,
    commands: iam,
    help: 'The default account of Cloud Build in the project with this number',
  },
  {
    name: 'create-service-account',
    kind: 'switch',
    group: whom,
    commands: iam,
    help: 'Make the service account as well, and let builds use it',
    otherwise: 'promoter, in PROJECT_ID or the source project',
  },

  {
    name: 'impersonate',
    kind: 'list',
    group: google,
    commands: online,
    help: 'Service account to act as; in a chain, the last is the target. List',
    safeguard: true,
  },
  {
    name: 'deadline',
    kind: 'text',
    group: run,
    commands: online,
    help: 'When to give up: 90s, 50m, 2h',
    otherwise: '50m',
  },
  { name: 'concurrency', kind: 'text', group: run, commands: online, help: 'Requests at a time', otherwise: '64' },

  {
    name: 'digest-file',
    kind: 'text',
    group: results,
    commands: carried,
    help: 'File that gets HOST/PATH@sha256:… of each destination, for the deploy step',
  },
  {
    name: 'format',
    kind: 'text',
    group: results,
    commands: every,
    help: 'Form of what is printed on standard output',
    choices: ['text', 'json', 'markdown'],
    otherwise: 'text',
    inIam: { choices: ['gcloud', 'terraform'], otherwise: 'gcloud' },
  },
  {
    name: 'output',
    kind: 'text',
    group: results,
    commands: every,
    help: 'File that gets the JSON report as well; of plan, the plan',
  },
  {
    name: 'report',
    kind: 'text',
    group: results,
    commands: carried,
    help: 'File that gets the report as one HTML page',
  },
  {
    name: 'log-format',
    kind: 'text',
    group: results,
    commands: online,
    help: 'Form of the log on standard error',
    choices: ['text', 'json'],
    otherwise: 'text',
  },
  { name: 'verbose', kind: 'switch', group: results, commands: online, help: 'Log every request, blob and manifest' },
  { name: 'quiet', kind: 'switch', group: results, commands: online, help: 'Log warnings and faults only' },
] as const satisfies readonly Option[];

/** Everything that can be said, in the order that the help shows. */
export const options: readonly Option[] = table;

/** The names of the options of a kind, as the readers ask for them. */
export type OptionName<K extends OptionKind = OptionKind> = Extract<(typeof table)[number], { kind: K }>['name'];

/** The options that a command takes. */
export function optionsOf(command: CommandName): readonly Option[] {
  return options.filter((option) => option.commands.includes(command));
}

/**
 * The options whose substitutions a command reads. Whoever sets a safeguard relies on it: before something is written
 * none may be empty or misspelt, whichever command it belongs to.
 */
export function optionsRead(command: CommandName): readonly Option[] {
  const writes = command === 'copy' || command === 'apply';
  return options.filter(({ commands, safeguard }) => commands.includes(command) || (writes && safeguard === true));
}

/** `dest-tag` → `--dest-tag` */
export function flagOf(name: string): string {
  return `--${name}`;
}

/** `dest-tag` → `_DEST_TAG` */
export function substitutionOf(name: string): string {
  return `_${name.toUpperCase().replaceAll('-', '_')}`;
}
