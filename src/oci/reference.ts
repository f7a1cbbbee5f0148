import type { Digest } from './digest.ts';

/**
 * An image in a registry: `HOST[:PORT]/PATH[:TAG][@DIGEST]`. The host is always written out.
 * (distribution-spec, "Pulling manifests", for path and tag.)
 */
export declare class Reference {
  /** with the port, where there is one */
  readonly host: string;
  /** everything between the host and the tag: `project/repo/image` */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
  constructor(host: string, path: string, tag: string | undefined, digest: Digest | undefined);
  /** `HOST/PATH` */
  get name(): string;
  withTag(tag: string): Reference;
  /** `HOST/PATH@DIGEST`: a digest pins, so the tag goes */
  withDigest(digest: Digest): Reference;
  withoutTag(): Reference;
  toString(): string;
  /** spoken to over plain HTTP and without a Google token: `localhost`, `127.0.0.0/8`, `[::1]` */
  get isLoopback(): boolean;
}

/**
 * @throws Fault USAGE that says which part is malformed
 */
export declare function parseReference(text: string): Reference;
/** the same, but a tag or a digest is a usage fault */
export declare function parseRepository(text: string): Reference;
/** @throws Fault USAGE */
export declare function parseTag(text: string, what: string): string;
