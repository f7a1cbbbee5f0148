import type { DigestCommand, TagsCommand, VerifyCommand } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import { Fault, withRemedy } from '../fault.ts';
import type { ListedManifest } from '../oci/repository.ts';
import { type Comparison, compareImages } from '../promotion/compare.ts';
import { versionOf } from '../promotion/resolve.ts';
import { selectImages } from '../promotion/select.ts';
import { statusOfFault } from '../ui/exit-status.ts';
import { jsonText } from '../ui/json.ts';
import { verifyMarkdown } from '../ui/markdown.ts';
import { digestText, type TagResult, tagsText, verifyJson, verifyText } from '../ui/results.ts';
import { give } from './outputs.ts';
import type { Surroundings } from './surroundings.ts';

/** `promote verify`. @returns the exit status */
export async function verify(
  { request, deep, settings }: VerifyCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  const depth = deep ? 'deep' : 'shallow';
  const images = await selectImages(request, world);
  const comparisons = await compareImages(images, depth, request.policy, world);
  const forms = {
    text: verifyText(comparisons),
    json: verifyJson(comparisons),
    markdown: verifyMarkdown(comparisons),
  };
  await give(forms, settings, around);
  const fault = faultOf(comparisons);
  if (fault === undefined) return 0;
  around.log.fault(withRemedy(fault));
  return statusOfFault(fault.code);
}

/** What is different weighs more than what is missing; the result names all of both. */
function faultOf(comparisons: readonly Comparison[]): Fault | undefined {
  const [different] = comparisons.flatMap((comparison) => comparison.different);
  if (different !== undefined) return new Fault('DIFFERENT', different);
  const [lacking] = comparisons.filter(({ missing }) => missing.length > 0);
  if (lacking === undefined) return undefined;
  const hint = 'promote again; what is missing below a tag that has its digest already is filled by --repair';
  return new Fault('NOT_FOUND', `${lacking.missing[0]} is missing`, lacking.digest === null ? {} : { hint });
}

/**
 * `promote digest`.
 * @throws Fault NOT_FOUND
 */
export async function digest(
  { reference, settings }: DigestCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  const manifest = await world.open(reference, undefined).get(versionOf(reference));
  if (manifest === undefined) {
    throw new Fault('NOT_FOUND', `${reference} does not exist`, {
      hint: `list what is there with: promote tags ${reference.name}`,
    });
  }
  const { mediaType, bytes } = manifest;
  const result = { reference: reference.toString(), digest: manifest.digest, mediaType, size: bytes.length };
  await give({ text: digestText(result), json: jsonText(result) }, settings, around);
  return 0;
}

/**
 * `promote tags`.
 * @throws Fault NOT_FOUND where the repository does not exist
 */
export async function tags(
  { repository, settings }: TagsCommand,
  { world }: Composition,
  around: Surroundings,
): Promise<number> {
  const { tags: names, manifests = [] } = await world.open(repository, undefined).listing();
  const manifestOf = new Map(manifests.flatMap((manifest) => manifest.tags.map((tag) => [tag, manifest] as const)));
  const result = { repository: repository.name, tags: names.map((tag) => tagResult(tag, manifestOf.get(tag))) };
  await give({ text: tagsText(result), json: jsonText(result) }, settings, around);
  return 0;
}

function tagResult(tag: string, manifest: ListedManifest | undefined): TagResult {
  if (manifest === undefined) return { tag };
  const { digest, uploadedAt } = manifest;
  return { tag, digest, ...(uploadedAt === undefined ? {} : { uploaded: new Date(uploadedAt).toISOString() }) };
}
