import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import { oncePer } from './once.ts';
import type { World } from './world.ts';

/** Whether a repository has a manifest so that it is found there. */
export interface Holdings {
  /** it lists what points at a subject among what is attached to that; of any other there is no list */
  lists(manifest: Manifest): Promise<boolean>;
  /** it is there, and listed. A run that ended between the two left it unlisted: nobody finds it until it is put again. */
  has(manifest: Manifest): Promise<boolean>;
}

/** Asks a repository, for each list once. */
export function holdingsOf(repository: Repository): Holdings {
  const listedUnder = oncePer(
    (subject: Digest) => subject,
    async (subject) => new Set((await repository.referrers(subject)).map(({ digest }) => digest)),
  );
  const lists = async ({ digest, subject }: Manifest) =>
    subject === undefined || (await listedUnder(subject.digest)).has(digest);
  return {
    lists,
    async has(manifest) {
      const [there, listed] = await Promise.all([repository.get(manifest.digest), lists(manifest)]);
      return there !== undefined && listed;
    },
  };
}

/** The same for the repository of each destination. */
export function holdingsIn(world: World): (destination: Reference) => Holdings {
  return oncePer(
    ({ name }: Reference) => name,
    (destination) => holdingsOf(world.open(destination, 'destination')),
  );
}
