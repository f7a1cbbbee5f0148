import { accountFor, type Work } from './account.ts';
import type { AttachedArtifact } from './attached.ts';
import { attachedFinder } from './attached-finder.ts';
import { cosignStanding, documentAttached } from './cosign-standing.ts';
import { expectedRequests } from './expected-requests.ts';
import type { Ledger } from './ledger.ts';
import type { Plan, PlannedImage } from './plan.ts';
import { type DocumentedBlob, documentImage, documentPlan, type PlanDocument } from './plan-document.ts';
import { planImages } from './planning.ts';
import type { Report } from './report.ts';
import type { PromotionPolicy, PromotionRequest } from './request.ts';
import { selectImages } from './select.ts';
import type { World } from './world.ts';

/** A plan for people and as a file, or the report of what refuses it. */
export type Prepared = { readonly document: PlanDocument; readonly report: Report } | { readonly report: Report };

/**
 * Makes a plan that nothing refuses into the document that a reviewer reads: with what is attached,
 * and with how each blob will get there. Reads only.
 */
export async function prepare(request: PromotionRequest, world: World): Promise<Prepared> {
  const made: { document?: PlanDocument } = {};
  const work: Work = async (ledger) => {
    const images = await selectImages(request, world);
    ledger.begin(images);
    const plan = await planImages(images, request.policy, ledger, world);
    if (!ledger.hasFailed) made.document = await complete(plan, request.policy, ledger, world);
    ledger.markPlanned(request.policy);
    return [];
  };
  const report = await accountFor(request.images, work, world);
  const { document } = made;
  return document === undefined ? { report } : { document, report };
}

async function complete(
  plan: Plan,
  policy: Pick<PromotionPolicy, 'attached'>,
  ledger: Ledger,
  world: World,
): Promise<PlanDocument> {
  const find = attachedFinder(plan.images.length, policy, world);
  const standing = cosignStanding(world);
  const blobs = new Map<string, Promise<DocumentedBlob>>();
  /** what the first repository of a host gets, the others mount */
  const brought = new Set<string>();
  const images = await Promise.all(
    plan.images.map(async (image) => {
      const attached = await find(image);
      for (const { reference } of image.destinations) {
        ledger.entry(reference).attached = attached.map(({ graph }) => graph.root.digest);
      }
      probe(image, attached, blobs, brought, world);
      const destinations = image.destinations.map(({ reference }) => reference);
      return documentImage(image, await documentAttached(attached, destinations, standing));
    }),
  );
  const probed = await Promise.all(blobs.values());
  return documentPlan(images, probed, expectedRequests(images, probed), new Date(world.limits.clock.now()));
}

/** Asks, once for each destination repository and blob, whether it is there. */
function probe(
  image: PlannedImage,
  attached: readonly AttachedArtifact[],
  blobs: Map<string, Promise<DocumentedBlob>>,
  brought: Set<string>,
  world: World,
): void {
  const open = image.destinations.some(({ action }) => action !== 'unchanged');
  const graphs = [...(open ? [image.graph] : []), ...attached.map(({ graph }) => graph)];
  for (const { reference } of image.destinations) {
    for (const blob of graphs.flatMap((graph) => graph.blobs())) {
      const { digest, size } = blob;
      const key = `${reference.name}@${digest}`;
      if (blobs.has(key)) continue;
      const onHost = `${reference.host} ${digest}`;
      const otherwise = reference.host === image.source.host || brought.has(onHost) ? 'mount' : 'upload';
      brought.add(onHost);
      const there = world.open(reference, 'destination').exists(blob);
      const probed = there.then(
        (exists): DocumentedBlob => ({ repository: reference.name, digest, size, how: exists ? 'exists' : otherwise }),
      );
      // Waited for once everything is asked.
      probed.catch(() => undefined);
      blobs.set(key, probed);
    }
  }
}
