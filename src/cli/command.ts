import type { ArtifactRegistryPlace } from '../oci/artifact-registry-name.ts';
import type { Reference } from '../oci/reference.ts';
import type { PlanPart } from '../promotion/apply.ts';
import type { PlanDocument } from '../promotion/plan-document.ts';
import type { PromotionPolicy, PromotionRequest } from '../promotion/request.ts';

/** What the process was asked to do, and how it shall show it: arguments and environment, read once. */
export type Command =
  | CopyCommand
  | PlanCommand
  | ApplyCommand
  | VerifyCommand
  | DigestCommand
  | TagsCommand
  | CheckCommand
  | IamCommand
  | ShowText;

/** What speaks to registries. */
export type OnlineCommand = Exclude<Command, IamCommand | ShowText>;

export interface CopyCommand {
  readonly name: 'copy';
  readonly request: PromotionRequest;
  /** gets `HOST/PATH@sha256:…` of each destination, one a line */
  readonly digestFile: string | undefined;
  readonly settings: Settings;
}

export interface PlanCommand {
  readonly name: 'plan';
  readonly request: PromotionRequest;
  /** gets the plan, and nothing that could be taken for one: the settings name no other output */
  readonly planFile: string | undefined;
  readonly settings: Settings;
}

export interface ApplyCommand {
  readonly name: 'apply';
  readonly document: PlanDocument;
  readonly part: PlanPart;
  readonly policy: Pick<PromotionPolicy, 'allowMove' | 'onFailure'>;
  readonly digestFile: string | undefined;
  readonly settings: Settings;
}

export interface VerifyCommand {
  readonly name: 'verify';
  readonly request: PromotionRequest;
  /** hash the layers of both sides too */
  readonly deep: boolean;
  readonly settings: Settings;
}

export interface DigestCommand {
  readonly name: 'digest';
  readonly reference: Reference;
  readonly settings: Settings;
}

export interface TagsCommand {
  readonly name: 'tags';
  readonly repository: Reference;
  readonly settings: Settings;
}

export interface CheckCommand {
  readonly name: 'check';
  readonly request: PromotionRequest;
  readonly settings: Settings;
}

/** Prints grants; speaks to nobody. */
export interface IamCommand {
  readonly name: 'iam';
  /** undefined where the source is not in Artifact Registry */
  readonly source: ArtifactRegistryPlace | undefined;
  readonly destination: ArtifactRegistryPlace;
  readonly buildProject: string;
  readonly holder:
    | { readonly kind: 'member'; readonly member: string }
    | { readonly kind: 'cloud build'; readonly projectNumber: string };
  /** the member is a service account that shall be made */
  readonly create: boolean;
  readonly format: 'gcloud' | 'terraform';
  readonly output: string | undefined;
  readonly warnings: readonly string[];
}

/** `--help` and `--version`: a text for standard output, and nothing else to do. */
export interface ShowText {
  readonly name: 'text';
  readonly text: string;
}

/** What every command that speaks to a registry takes. */
export interface Settings {
  readonly format: 'text' | 'json' | 'markdown';
  /** a file that gets the report besides standard output */
  readonly output: string | undefined;
  /** a file that gets it as an HTML page */
  readonly report: string | undefined;
  readonly logFormat: 'text' | 'json';
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  /** service accounts, the last is the target */
  readonly impersonate: readonly string[];
  readonly deadlineMs: number;
  /** requests at a time */
  readonly concurrency: number;
  /** found while reading the arguments: near-miss names in the environment */
  readonly warnings: readonly string[];
}

/** The files that a run writes, as they were named. */
export interface Files {
  readonly digestFile: string | undefined;
  readonly output: string | undefined;
  readonly report: string | undefined;
}
