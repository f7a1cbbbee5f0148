import type { CheckCommand } from '../cli/command.ts';
import type { Composition } from '../compose.ts';
import { checkPromotion } from '../google/check.ts';
import { unknownMember } from '../google/permissions.ts';
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
  const findings = await checkPromotion(request.images, request.selections, request.policy, {
    api: await artifactRegistry(),
    open: world.open,
    member: who?.member ?? unknownMember,
  });
  const result = { identity: who?.name ?? null, findings };
  await give({ text: checkText(result), json: checkJson(result) }, settings, around);
  return statusOfFindings(findings);
}
