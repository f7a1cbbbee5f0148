import { asFault, Fault, type FaultCode } from '../fault.ts';
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts';
import type { Repository } from '../oci/repository.ts';
import { Backoff, mostLooks } from '../retry.ts';
import type { World } from './world.ts';

/**
 * Fetches what was put and compares the bytes' digest: only this makes a success.
 * @param reference a tag or the digest
 * @param previous what the tag stood at before, so that an old answer is told from another writer's
 * @throws Fault NOT_KEPT when the registry does not have it, TAG_MOVED when another digest stands there
 */
export async function readBack(
  repository: Repository,
  reference: string,
  digest: Digest,
  previous: Digest | undefined,
  world: World,
): Promise<void> {
  const name = `destination ${repository.name}${reference.includes(':') ? '@' : ':'}${reference}`;
  const backoff = new Backoff(world.limits, mostLooks);
  for (;;) {
    const manifest = await repository.get(reference).catch((error) => {
      throw withoutBlameOfSource(asFault(error));
    });
    const found = manifest === undefined ? undefined : digestOf(manifest.bytes, algorithmOf(digest));
    if (found === digest) return;
    if (found !== undefined && found !== previous) {
      throw new Fault(
        'TAG_MOVED',
        `${name} was put as ${digest}, but stands at ${found} now: somebody else moved it at the same time`,
        {
          hint: 'find out who else pushes to this tag; immutable tags on the destination repository rule this out',
        },
      );
    }
    await backoff.failed(new Fault('NOT_KEPT', `${name}: the registry accepted ${digest}, but does not have it`));
  }
}

const spoiled: ReadonlySet<FaultCode> = new Set(['DIGEST_MISMATCH', 'MANIFEST_INVALID']);

/** What is put was hashed when it came: bytes that are wrong now went wrong at the destination, or on the way from there. */
function withoutBlameOfSource(fault: Fault): Fault {
  if (!spoiled.has(fault.code)) return fault;
  return fault.retold(
    fault.message,
    'the source is whole: run it again; if it fails again, look at the destination registry, and at a proxy in between',
  );
}
