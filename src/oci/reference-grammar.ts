import { IPV4_REGEX, IPV6_REGEX } from 'valibot';
import { quoted } from '../text.ts';

/**
 * What each part of a reference may look like: distribution-spec, "Pulling manifests", for path and
 * tag; the `distribution/reference` grammar, which clients share, for the host and the whole length.
 * Each function takes one part and returns what is wrong with it, or undefined.
 */

const hostName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const bracketed = /^\[([0-9a-f:]+)\]$/i;
const hostAndPort = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/;
const pathPart = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const longestName = 255;

/** @param host is well-formed */
export function isLoopbackHost(host: string): boolean {
  const name = hostAndPort.exec(host)?.[1] ?? host;
  return name === 'localhost' || name === '[::1]' || (name.startsWith('127.') && IPV4_REGEX.test(name));
}

/** One place must not have two names: 443 is where TLS is spoken anyway. */
export function canonicalHost(host: string): string {
  const named = host.toLowerCase();
  return isLoopbackHost(named) ? named : named.replace(/:443$/, '');
}

export function hostFlaw(host: string): string | undefined {
  if (host === '') return 'the host is missing';
  const [, name = '', port] = hostAndPort.exec(host) ?? [];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) {
    return `the port in ${quoted(host)} is not between 1 and 65535`;
  }
  const address = bracketed.exec(name)?.[1];
  const good = address === undefined ? isHostName(name) : IPV6_REGEX.test(address);
  return good ? undefined : `${quoted(host)} is not a host`;
}

/** A last part of digits alone makes a URL's parser read the host as an IPv4 address, in any of its old spellings. */
function isHostName(name: string): boolean {
  if (!hostName.test(name) || name.length > 253) return false;
  return IPV4_REGEX.test(name) || !/(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/i.test(name);
}

export function pathFlaw(path: string): string | undefined {
  if (path === '') return 'the path after the host is missing';
  for (const part of path.split('/')) {
    if (part === '') return `the path ${quoted(path)} has an empty part`;
    if (!pathPart.test(part)) {
      return `${quoted(part)} in the path is not lower-case letters and digits, joined by ".", "_", "__" or "-"`;
    }
  }
  return undefined;
}

export function tagFlaw(tag: string): string | undefined {
  if (tagForm.test(tag)) return undefined;
  return `${quoted(tag)} is not a tag (at most 128 letters, digits, "_", "." and "-", not beginning with "." or "-")`;
}

export function lengthFlaw(host: string, path: string): string | undefined {
  const length = host.length + 1 + path.length;
  if (length <= longestName) return undefined;
  return `host and path have ${length} characters, more than ${longestName}`;
}
