/** The commands, as they are typed. `copy` is the one that runs when none is named. */
export const commandNames = ['copy', 'plan', 'apply', 'verify', 'digest', 'tags', 'check', 'iam'] as const;
export type CommandName = (typeof commandNames)[number];

/** How an option's text is read: the reader of each kind is a method of OptionValues. */
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
