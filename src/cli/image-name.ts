import { Fault } from '../fault.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { parseTag } from '../oci/reference.ts';
import { quoted } from '../text.ts';

/** An image below a repository, as `--image` takes it: `NAME[:TAG][@DIGEST]`. */
export interface ImageName {
  /** may hold slashes */
  readonly image: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/**
 * @param where the flag or substitution that the text stood in, for the message
 * @throws Fault USAGE that names the malformed part
 */
export function readImageName(text: string, where: string): ImageName {
  const [, image = '', tag, digest] = /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/s.exec(text) ?? [];
  if (image === '') throw new Fault('USAGE', `${where}: ${quoted(text)} is not NAME, NAME:TAG or NAME@DIGEST`);
  return {
    image,
    tag: tag === undefined ? undefined : parseTag(tag, where),
    digest: digest === undefined ? undefined : parseDigest(digest, where),
  };
}

/** Says neither which tag nor which digest. */
export function isBare(name: Pick<ImageName, 'tag' | 'digest'>): boolean {
  return name.tag === undefined && name.digest === undefined;
}
