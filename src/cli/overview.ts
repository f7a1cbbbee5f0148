import type { CommandName, Option } from './option.ts';
import { flagOf, optionsOf } from './options.ts';

const summaries: Readonly<Record<CommandName, string>> = {
  copy: 'copies and checks; it is what runs when no command is named',
  plan: 'says what copy would do, and keeps it as a file',
  apply: 'carries out exactly a saved plan: promote apply PLAN.json',
  verify: 'compares both sides, writes nothing',
  digest: 'prints the digest that a reference stands at: promote digest REFERENCE',
  tags: 'prints the tags of a repository: promote tags REPOSITORY',
  check: 'says whether copy could: permissions, repositories, images and tags',
  iam: 'prints the grants that a promotion needs, for gcloud or Terraform',
};

const width = 100;
const indent = 13;

/** `promote --help`: one screen. What each option means stands in the help of the commands. */
export function overview(): string {
  const groups = Map.groupBy(optionsOf('copy'), ({ group }) => group);
  return `promote copies a tested container image to another repository under the same digest, and proves
that it arrived.

  promote SOURCE DESTINATION        HOST/PATH:TAG or HOST/PATH@sha256:… to HOST/PATH:TAG
  promote                           a step of Cloud Build: every value from its substitutions
  promote check SOURCE DESTINATION  before the first time: what is missing, and what grants it

Commands (promote COMMAND --help explains each, with its options and examples):
${Object.entries(summaries)
  .map(([name, summary]) => `  ${name.padEnd(indent - 2)}${summary}`)
  .join('\n')}

Options of copy. Each is a substitution too: --dest-project is _DEST_PROJECT; a flag wins over it.
${[...groups].map(([group, options]) => wrapped(group, options)).join('\n')}

Exit status: 0 promoted, or already there; 1 a defect; 2 usage; 3 not permitted; 4 not found;
5 content is not what it claims to be; 6 refused by policy; 7 a registry or the network failed: run
it again; 8 failed in several ways, or in part; 130, 143 ended by a signal.
`;
}

function wrapped(group: string, options: readonly Option[]): string {
  const lines: string[] = [`  ${group.padEnd(indent - 2)}`];
  for (const word of options.map(({ name }) => flagOf(name))) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length + 1 > width) lines.push(' '.repeat(indent) + word);
    else lines[lines.length - 1] = line.length === indent ? line + word : `${line} ${word}`;
  }
  return lines.join('\n');
}
