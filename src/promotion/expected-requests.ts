import { parseReference } from '../oci/reference.ts';
import type { DocumentedBlob, DocumentedImage } from './plan-document.ts';

/** a blob that is looked for, one that is mounted, and one that is looked for, fetched by a redirect, and sent in a session */
const perBlob: Readonly<Record<DocumentedBlob['how'], number>> = { exists: 1, mount: 1, upload: 5 };
/** what it stands at, its second reading, its PUT and its read-back */
const perTag = 4;
/** PUT and read-back */
const perManifest = 2;
/** what stands at cosign's tag before all and just before its PUT, PUT by digest and by tag, read-back */
const perCosignTag = 5;

/** What is done once, however many images need it, and the requests that it takes. */
type Cost = readonly [what: string, requests: number];

/** How many requests carrying out a plan takes where nothing changes meanwhile and nothing is tried again. */
export function expectedRequests(images: readonly DocumentedImage[], blobs: readonly DocumentedBlob[]): number {
  const names = images.flatMap(({ destinations }) =>
    destinations.map(({ reference }) => parseReference(reference).name),
  );
  const alone = images.length === 1 && new Set(names).size === 1;
  const costs = new Map(images.flatMap((image) => [...reading(image), ...writing(image, alone)]));
  const all = [...costs.values(), ...blobs.map(({ how }) => perBlob[how])];
  return all.reduce((sum, requests) => sum + requests, 0);
}

function reading({ source, manifests, attached }: DocumentedImage): Cost[] {
  const { name } = parseReference(source);
  return [...manifests, ...attached.map(({ digest }) => digest)].map((digest) => [`read ${name}@${digest}`, 1]);
}

function writing({ destinations, manifests, attached }: DocumentedImage, alone: boolean): Cost[] {
  const [root, ...below] = manifests;
  // One image alone, into one repository, is put by its tag only.
  const byDigest = alone && attached.length === 0 ? 0 : 1;
  return destinations.flatMap(({ reference, action }): Cost[] => {
    const { name } = parseReference(reference);
    const artifacts = attached.map(
      ({ digest, tag }): Cost => [`${name}@${digest} ${tag}`, tag === undefined ? perManifest : perCosignTag],
    );
    if (action === 'unchanged') return [[`tag ${reference}`, 1], ...artifacts];
    const children = below.map((digest): Cost => [`${name}@${digest}`, perManifest]);
    return [[`tag ${reference}`, perTag], [`root ${name}@${root}`, byDigest], ...children, ...artifacts];
  });
}
