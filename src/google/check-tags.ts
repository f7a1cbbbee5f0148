import { Fault, type Side } from '../fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { ManifestStore } from '../oci/repository.ts';

/** What stands at a reference, as far as the registry says it. */
export type Standing =
  | { readonly kind: 'found'; readonly digest: Digest }
  | { readonly kind: 'absent' }
  /** `refused`: the registry forbids reading */
  | { readonly kind: 'unknown'; readonly reason: string; readonly refused: boolean };

/** One destination of an image, and what a promotion would do to it. */
export interface DestinationTag {
  readonly reference: Reference;
  readonly standing: Standing;
  /** 'unclear' where either side could not be read */
  readonly action: 'create' | 'move' | 'unchanged' | 'unclear';
}

/** One image that was asked for, as the registries have it. */
export interface ReadImage {
  readonly source: Reference;
  readonly standing: Standing;
  readonly destinations: readonly DestinationTag[];
}

/** From where to where: of one image, or of all that a listing names. */
export interface Route {
  readonly source: Reference;
  readonly destinations: readonly Reference[];
}

/** Opens the manifests of a reference's repository. */
export type Open = (reference: Reference, side: Side) => Pick<ManifestStore, 'get'>;

/** Reads the source and every destination's tag, as a promotion begins. */
export async function readImage({ source, destinations }: Route, open: Open): Promise<ReadImage> {
  const [standing, ...others] = await Promise.all([
    read(source, 'source', open),
    ...destinations.map((destination) => read(destination, 'destination', open)),
  ]);
  return {
    source,
    standing,
    destinations: destinations.flatMap((reference, index) => {
      const found = others[index];
      return found === undefined ? [] : [{ reference, standing: found, action: actionOf(standing, found) }];
    }),
  };
}

async function read(reference: Reference, side: Side, open: Open): Promise<Standing> {
  try {
    const manifest = await open(reference, side).get(reference.digest ?? reference.tag ?? '');
    return manifest === undefined ? { kind: 'absent' } : { kind: 'found', digest: manifest.digest };
  } catch (error) {
    // Without `about` no registry refused it: there is no token, the run was ended, or what came is no manifest.
    if (!(error instanceof Fault) || (error.about === undefined && error.code !== 'NETWORK')) throw error;
    const refused = error.code === 'DENIED' || error.code === 'UNAUTHENTICATED';
    return { kind: 'unknown', reason: error.message, refused };
  }
}

function actionOf(source: Standing, destination: Standing): DestinationTag['action'] {
  if (destination.kind === 'absent') return 'create';
  if (destination.kind === 'unknown' || source.kind !== 'found') return 'unclear';
  return source.digest === destination.digest ? 'unchanged' : 'move';
}
