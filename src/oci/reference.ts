import { Fault } from '../fault.ts';
import { quoted } from '../text.ts';
import { type Digest, isDigest, parseDigest } from './digest.ts';
import { canonicalHost, hostFlaw, isLoopbackHost, lengthFlaw, pathFlaw, tagFlaw } from './reference-grammar.ts';

/**
 * An image in a registry: `HOST[:PORT]/PATH[:TAG][@DIGEST]`. The host is always written out.
 * (distribution-spec, "Pulling manifests", for path and tag.)
 */
export class Reference {
  /** in lower case, with the port, where there is one that must be said */
  readonly host: string;
  /** everything between the host and the tag: `project/repo/image` */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;

  /** @throws Fault USAGE that says which part is malformed */
  constructor(host: string, path: string, tag: string | undefined, digest: Digest | undefined) {
    this.host = canonicalHost(host);
    this.path = path;
    this.tag = tag;
    this.digest = digest;
    const flaw =
      lengthFlaw(host, path) ??
      hostFlaw(host) ??
      pathFlaw(path) ??
      (tag === undefined ? undefined : tagFlaw(tag)) ??
      (digest === undefined || isDigest(digest) ? undefined : `${quoted(digest)} is not a digest`);
    if (flaw !== undefined) throw new Fault('USAGE', `reference ${quoted(this.toString())}: ${flaw}`);
  }

  /** `HOST/PATH` */
  get name(): string {
    return `${this.host}/${this.path}`;
  }

  /** The digest goes: it pinned what another tag need not stand at. */
  withTag(tag: string): Reference {
    return new Reference(this.host, this.path, tag, undefined);
  }

  /** `HOST/PATH@DIGEST`: a digest pins, so the tag goes */
  withDigest(digest: Digest): Reference {
    return new Reference(this.host, this.path, undefined, digest);
  }

  withoutTag(): Reference {
    return new Reference(this.host, this.path, undefined, this.digest);
  }

  toString(): string {
    const tag = this.tag === undefined ? '' : `:${this.tag}`;
    const digest = this.digest === undefined ? '' : `@${this.digest}`;
    return `${this.name}${tag}${digest}`;
  }

  /** spoken to over plain HTTP and without a Google token: `localhost`, `127.0.0.0/8`, `[::1]` */
  get isLoopback(): boolean {
    return isLoopbackHost(this.host);
  }
}

/**
 * Reads `HOST[:PORT]/PATH[:TAG][@DIGEST]`. A legacy project id keeps its colon or not:
 * `gcr.io/domain.com:project/image` is `gcr.io/domain.com/project/image`.
 * @throws Fault USAGE that says which part is malformed
 */
export function parseReference(text: string): Reference {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    throw new Fault('USAGE', `reference ${quoted(text)} begins with the scheme ${quoted(scheme)}`, {
      hint: 'leave the scheme out',
    });
  }
  const [host, rest] = splitHost(text);
  const [named, digest] = splitAt(rest, rest.indexOf('@'));
  const path = named.replace(legacyProject, '$1/$2/');
  const lastColon = path.lastIndexOf(':');
  const [untagged, tag] = splitAt(path, lastColon > path.lastIndexOf('/') ? lastColon : -1);
  const pinned = digest === undefined ? undefined : parseDigest(digest, `reference ${quoted(text)}`);
  return new Reference(host, untagged, tag, pinned);
}

/** The same, but a tag or a digest is a usage fault. */
export function parseRepository(text: string): Reference {
  const reference = parseReference(text);
  const surplus = reference.tag === undefined ? reference.digest && 'digest' : 'tag';
  if (surplus === undefined) return reference;
  throw new Fault('USAGE', `repository ${quoted(text)} has a ${surplus}`, { hint: `write ${reference.name}` });
}

/**
 * @param what names the place that the text stood in, for the message
 * @throws Fault USAGE
 */
export function parseTag(text: string, what: string): string {
  const flaw = tagFlaw(text);
  if (flaw === undefined) return text;
  throw new Fault('USAGE', `${what}: ${flaw}`);
}

const legacyProject = /^([a-z0-9-]+(?:\.[a-z0-9-]+)+):([a-z][a-z0-9-]*)\//;

/** Whether a text begins with a host, and so is no name of an image below a repository. */
export function namesHost(text: string): boolean {
  const [first, rest] = splitAt(text, text.indexOf('/'));
  return rest !== undefined && isHostLike(first);
}

function isHostLike(first: string): boolean {
  return first === 'localhost' || /[.:]/.test(first);
}

/** As Docker tells them apart: what stands before the first slash is a host when it has a dot or a colon, or is `localhost`. */
function splitHost(text: string): [host: string, rest: string] {
  const [first, rest] = splitAt(text, text.indexOf('/'));
  if (rest === undefined) {
    const isHostAlone = /^(?:localhost(?::|$)|\[|[^:@]*\.)/.test(first);
    if (isHostAlone) return [first, ''];
  } else if (first === '' || isHostLike(first)) {
    return [first, rest];
  }
  throw new Fault('USAGE', `reference ${quoted(text)} names no registry host`, {
    hint: 'write the host out, e.g. us-central1-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE:TAG or docker.io/library/nginx:1',
  });
}

function splitAt(text: string, index: number): [before: string, after: string | undefined] {
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
