import type { CommandName, Option } from './option.ts';
import { optionsOf, substitutionOf } from './options.ts';

interface Manual {
  readonly usage: string;
  readonly purpose: string;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}

const staged = 'us-docker.pkg.dev/staging/apps/api';
const production = 'us-docker.pkg.dev/prod/apps/api';

const manuals: Readonly<Record<CommandName, Manual>> = {
  copy: {
    usage: 'promote [copy] [SOURCE DESTINATION] [options]',
    purpose: 'Copies an image to another repository under the same digest, and reads it back.',
    examples: [
      [`promote ${staged}:v1 ${production}:v1`, 'two whole references'],
      [
        'promote --source-project staging --dest-project prod --source-repo apps --image api --tag v1 --location us',
        'the same, built from parts',
      ],
      [`promote ${staged}@sha256:… ${production} --dest-tag v1,stable`, 'what was tested, under two tags'],
      [`promote --all-tags ${staged} ${production} --include 'v*' --newest 10`, 'the last ten releases'],
      [`promote --recursive us-docker.pkg.dev/staging/apps us-docker.pkg.dev/prod/apps`, 'a whole repository'],
      ['promote', 'every value from the substitutions (automapSubstitutions: true)'],
    ],
  },
  plan: {
    usage: 'promote plan [SOURCE DESTINATION] [options]',
    purpose: 'Says what copy would do, every refusal included, and keeps it as a file that apply carries out.',
    examples: [[`promote plan ${staged}:v1 ${production}:v1 --output plan.json`, 'prints the plan and its digest']],
  },
  apply: {
    usage: 'promote apply PLAN.json [options]',
    purpose: 'Carries out exactly a saved plan, and refuses where a destination has moved since.',
    examples: [
      ['promote apply plan.json --expect-plan sha256:…', 'the plan that was reviewed, and no other'],
      ['promote apply plan.json --phase content --shard 3/16', 'a part of its content; then, once: --phase tags'],
    ],
  },
  verify: {
    usage: 'promote verify [SOURCE DESTINATION] [options]',
    purpose: 'Compares source and destination, and writes nothing.',
    examples: [
      [`promote verify ${staged}:v1 ${production}:v1`, 'the whole graph of manifests, and every blob there'],
      [`promote verify ${staged}:v1 ${production}:v1 --deep`, "the layers' bytes too"],
    ],
  },
  digest: {
    usage: 'promote digest REFERENCE [options]',
    purpose: 'Prints the digest that a reference stands at.',
    examples: [[`promote digest ${production}:v1`, 'sha256:…']],
  },
  tags: {
    usage: 'promote tags REPOSITORY [options]',
    purpose: 'Prints the tags of a repository, one a line.',
    examples: [[`promote tags ${production}`, 'v1, stable, …']],
  },
  check: {
    usage: 'promote check [SOURCE DESTINATION] [options]',
    purpose:
      'Says whether a promotion can be: both repositories, every permission, the image and the tags. Takes the options of copy, and writes nothing.',
    examples: [
      [`promote check ${staged}:v1 ${production}:v1`, 'everything that is missing, and the commands that mend it'],
      [
        `promote check ${staged}:v1 ${production}:v1 --impersonate promoter@staging.iam.gserviceaccount.com`,
        'as the account that builds run as',
      ],
    ],
  },
  iam: {
    usage: 'promote iam [SOURCE DESTINATION] (--member | --cloud-build | --create-service-account) [options]',
    purpose: 'Prints the grants that a promotion needs. Speaks to nobody.',
    examples: [
      [
        `promote iam ${staged} ${production} --member serviceAccount:promoter@staging.iam.gserviceaccount.com`,
        'gcloud commands',
      ],
      [`promote iam ${staged} ${production} --cloud-build 123456789012`, "Cloud Build's default account"],
      [`promote iam ${staged} ${production} --create-service-account --format terraform`, 'with an account of its own'],
    ],
  },
};

const width = 100;

/** The help of a command, for standard output. */
export async function helpText(command: CommandName): Promise<string> {
  const { default: yargs } = await import('yargs');
  const manual = manuals[command];
  const help = await yargs()
    .scriptName('promote')
    .help(false)
    .version(false)
    .exitProcess(false)
    .detectLocale(false)
    .wrap(width)
    .usage(`${manual.usage}\n\n${manual.purpose}`)
    .options(Object.fromEntries(optionsOf(command).map((option) => [option.name, helpOf(option, command)])))
    .options({
      help: { type: 'boolean', alias: 'h', group: 'Output:', describe: 'This text; promote --help for all commands' },
      version: { type: 'boolean', group: 'Output:', describe: 'The version of promote' },
    })
    .epilogue(`${examplesOf(manual)}\n\n${closing}`)
    .getHelp();
  return `${help}\n`;
}

function helpOf(option: Option, command: CommandName) {
  const { choices, otherwise } = command === 'iam' && option.inIam !== undefined ? option.inIam : option;
  return {
    ...(option.kind === 'switch' ? { type: 'boolean' as const } : {}),
    group: option.group,
    describe: `${option.help} (${substitutionOf(option.name)})`,
    ...(choices === undefined ? {} : { choices }),
    ...(otherwise === undefined ? {} : { defaultDescription: otherwise }),
  };
}

function examplesOf(manual: Manual): string {
  return ['Examples:', ...manual.examples.flatMap(([command, meaning]) => [`  # ${meaning}`, `  ${command}`])].join(
    '\n',
  );
}

const closing = `In parentheses stands the substitution that says the same in the environment; a flag wins over it.
Lists are separated by commas or white space. A switch's substitution is true, 1, false or 0.
An image may have 10,000 manifests (8 MiB each, 256 MiB together, 8 levels), a run 1 GiB of them together.`;
