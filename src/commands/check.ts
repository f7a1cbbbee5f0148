import type { CheckCommand } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import { Fault } from '../fault.ts';
import { checkPromotion } from '../google/check.ts';
import { type Finding, missing, unknown } from '../google/finding.ts';
import { unknownMember } from '../google/permissions.ts';
import type { ImageRequest, PromotionRequest, Selection } from '../promotion/request.ts';
import { selectImages } from '../promotion/select.ts';
import type { World } from '../promotion/world.ts';
import { checkJson, checkText, statusOfFindings } from '../ui/check.ts';
import { give } from './outputs.ts';
import type { Surroundings } from './surroundings.ts';

/** `promote check`. @returns the exit status */
export async function check(
  { request, settings }: CheckCommand,
  { principal, artifactRegistry, world }: Composition,
  around: Surroundings,
): Promise<number> {
  const who = await principal();
  const { images, unlisted, told } = await listed(request, world);
  const found = await checkPromotion(images, unlisted, request.policy, {
    api: await artifactRegistry(),
    open: world.open,
    member: who?.member ?? unknownMember,
  });
  const result = { identity: who?.name ?? null, findings: [...found, ...told] };
  await give({ text: checkText(result), json: checkJson(result) }, settings, around);
  return statusOfFindings(result.findings);
}

/** The images of a request, those of its listings too, as far as they may be listed; else a finding that says so. */
async function listed(
  request: PromotionRequest,
  world: World,
): Promise<{ images: readonly ImageRequest[]; unlisted: readonly Selection[]; told: readonly Finding[] }> {
  try {
    return { images: await selectImages(request, world), unlisted: [], told: [] };
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'USAGE') throw error;
    world.limits.signal.throwIfAborted();
    const told = request.selections.map(({ source }) => {
      const detail = `its images cannot be listed: ${error.message}`;
      const subject = source.toString();
      return error.code === 'NOT_FOUND'
        ? missing('source', subject, 'NOT_FOUND', detail)
        : unknown('source', subject, detail);
    });
    return { images: request.images, unlisted: request.selections, told };
  }
}
