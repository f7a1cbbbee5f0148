import { createHash, type Hash } from 'node:crypto';
import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';

/** The algorithms of the image-spec, descriptor.md, "Registered algorithms", that registries use. */
export type DigestAlgorithm = 'sha256' | 'sha512';

/** `sha256:<64 lower-case hex>` or `sha512:<128 lower-case hex>`. */
export type Digest = `${DigestAlgorithm}:${string}`;

const form = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: string): text is Digest {
  return form.test(text);
}

/**
 * @param what names the place that the text stood in, for the message
 * @throws Fault USAGE when the text is not a well-formed sha256 or sha512 digest
 */
export function parseDigest(text: string, what: string): Digest {
  if (isDigest(text)) return text;
  throw new Fault('USAGE', `${what}: ${quoted(text)} is not a digest (sha256:<64 hex digits>)`);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm): Digest {
  return digestFrom(createHash(algorithm).update(bytes), algorithm);
}

/** Closes a running hash. */
export function digestFrom(hash: Hash, algorithm: DigestAlgorithm): Digest {
  return `${algorithm}:${hash.digest('hex')}`;
}
