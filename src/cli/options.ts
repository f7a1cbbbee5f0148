/** The commands, as they are typed. `copy` is the one that runs when none is named. */
export const commandNames = ['copy', 'plan', 'apply', 'verify', 'digest', 'tags', 'check', 'iam'] as const;
export type CommandName = (typeof commandNames)[number];

/** How an option's text is read: the reader of each kind stands in values.ts and settings.ts. */
export type OptionKind = 'text' | 'list' | 'switch';

/** One thing that people can say, as a flag (`--dest-tag`) and as a substitution (`_DEST_TAG`). */
export interface Option {
  readonly name: string;
  readonly kind: OptionKind;
  readonly group: string;
  readonly commands: readonly CommandName[];
  readonly help: string;
  /** shown in the help: what holds when the option is not given */
  readonly otherwise?: string;
  readonly choices?: readonly string[];
  /** what differs in one command */
  readonly inIam?: { readonly choices: readonly string[]; readonly otherwise: string };
  /** left empty or misspelt, it would promote to the wrong place or without a check: never taken as not given */
  readonly safeguard?: true;
}

const every = commandNames;
const online = ['copy', 'plan', 'apply', 'verify', 'digest', 'tags', 'check'] as const;
const iam = ['iam'] as const;
const placed = ['copy', 'plan', 'verify', 'check', 'iam'] as const;
const both = ['copy', 'plan', 'verify', 'check'] as const;
const copy = ['copy', 'check'] as const;
const planned = ['copy', 'plan', 'check'] as const;
const moving = ['copy', 'plan', 'apply', 'check'] as const;
const carried = ['copy', 'apply', 'check'] as const;
const apply = ['apply'] as const;
const verify = ['verify'] as const;

const from = 'Source:';
const to = 'Destination:';
const checks = 'Checks:';
const whom = 'For whom:';
const run = 'Run:';
const results = 'Results:';

const table = [
  { name: 'source', kind: 'text', group: from, commands: placed, help: 'Whole reference, instead of the parts below' },
  { name: 'source-project', kind: 'text', group: from, commands: placed, help: 'Project', otherwise: 'PROJECT_ID' },
  { name: 'source-location', kind: 'text', group: from, commands: placed, help: 'Location', otherwise: '--location' },
  { name: 'source-repo', kind: 'text', group: from, commands: placed, help: 'Artifact Registry repository' },
  { name: 'image', kind: 'list', group: from, commands: both, help: 'Image; may carry its own :tag or @digest. List' },
  { name: 'tag', kind: 'list', group: from, commands: both, help: 'Tag of each image. List' },
  {
    name: 'location',
    kind: 'text',
    group: from,
    commands: placed,
    help: 'Location of both sides',
    otherwise: "the build's LOCATION",
  },

  { name: 'dest', kind: 'text', group: to, commands: placed, help: 'Whole reference, instead of the parts below' },
  {
    name: 'dest-project',
    kind: 'text',
    group: to,
    commands: placed,
    help: 'Project',
    otherwise: "the source's",
    safeguard: true,
  },
  {
    name: 'dest-location',
    kind: 'text',
    group: to,
    commands: placed,
    help: 'Location',
    otherwise: "--location, or the source's",
    safeguard: true,
  },
  {
    name: 'dest-repo',
    kind: 'text',
    group: to,
    commands: placed,
    help: 'Artifact Registry repository',
    otherwise: "the source's",
    safeguard: true,
  },
  { name: 'dest-image', kind: 'text', group: to, commands: both, help: 'Image', otherwise: "the source's" },
  { name: 'dest-tag', kind: 'list', group: to, commands: both, help: 'Tag. List', otherwise: "the source's" },

  {
    name: 'expect-digest',
    kind: 'text',
    group: checks,
    commands: planned,
    help: 'The source must be this digest: the one that passed the tests',
    safeguard: true,
  },
  {
    name: 'expect-digest-file',
    kind: 'text',
    group: checks,
    commands: planned,
    help: 'The same, from the first line of a file: sha256:… or NAME@sha256:…',
    safeguard: true,
  },
  {
    name: 'allow-move',
    kind: 'switch',
    group: checks,
    commands: moving,
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
  { name: 'deep', kind: 'switch', group: checks, commands: verify, help: 'Hash the layers of both sides too' },

  {
    name: 'member',
    kind: 'text',
    group: whom,
    commands: iam,
    help: 'Who is to promote: user:…, group:…, serviceAccount:… or principal://…',
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
    group: run,
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
  { name: 'concurrency', kind: 'text', group: run, commands: online, help: 'Requests at a time', otherwise: '32' },

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

/** `dest-tag` → `--dest-tag` */
export function flagOf(name: string): string {
  return `--${name}`;
}

/** `dest-tag` → `_DEST_TAG` */
export function substitutionOf(name: string): string {
  return `_${name.toUpperCase().replaceAll('-', '_')}`;
}
