import type { Digest } from '../oci/digest.ts';
import { parseReference } from '../oci/reference.ts';
import type { DocumentedAttached, DocumentedImage, PlanDocument } from '../promotion/plan-document.ts';
import { printable } from '../text.ts';
import { bytesText, counted } from './quantities.ts';

const actionWidth = 9;

/**
 * A plan for people, on standard output.
 * @param digest of the plan's file, which a reviewer approves by it
 */
export function planText(plan: PlanDocument, digest: Digest): string {
  const { totals, blobs } = plan;
  const count = (wanted: string) => blobs.filter(({ how }) => how === wanted).length;
  const lines = [
    ...plan.images.flatMap(imageLines),
    '',
    `${counted(totals.images, 'image')}, ${counted(totals.destinations, 'destination')}, ${counted(totals.manifests, 'manifest')}`,
    `blobs: ${count('exists')} there, ${count('mount')} to mount, ${count('upload')} to send (${bytesText(totals.bytesToUpload)}); about ${counted(totals.requests, 'request')}`,
    `plan ${digest}`,
  ];
  return `\n${lines.map((line) => printable(line, 2000)).join('\n')}\n\n`;
}

function imageLines({ source, destinations, attached }: DocumentedImage): string[] {
  const indent = ' '.repeat(actionWidth + 2);
  return destinations.flatMap(({ reference, current, action }) => [
    `${action.padEnd(actionWidth)}  ${reference}`,
    `${indent}from ${source}`,
    ...(action === 'move' ? [`${indent}now at ${current}`] : []),
    ...(attached.length === 0 ? [] : [`${indent}with ${counted(attached.length, 'attached artifact')}`]),
    ...overwritable(attached, reference).map(
      ({ name, current }) => `${indent}${name} now at ${current}: moves with --allow-move, else it is left`,
    ),
  ]);
}

/** The tags of cosign beside a destination that stand at something else than is attached at the source. */
export function overwritable(
  attached: readonly DocumentedAttached[],
  destination: string,
): { readonly name: string; readonly current: Digest }[] {
  const { name: repository } = parseReference(destination);
  return attached.flatMap(({ digest, tag, standing = [] }) =>
    standing.flatMap(({ repository: there, current }) =>
      there === repository && current !== null && current !== digest ? [{ name: `${there}:${tag}`, current }] : [],
    ),
  );
}
