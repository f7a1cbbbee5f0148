import { Fault } from '../fault.ts';
import { onwardUrl } from '../http/onward.ts';
import { printable } from '../text.ts';

/**
 * The next page of a list, by its Link header (RFC 8288, `rel="next"`).
 * @throws Fault REDIRECT_FORBIDDEN when the link leaves the origin: pages belong to the list that was asked for
 */
export function nextPage(url: URL, link: string | undefined): URL | undefined {
  const target = /<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next"?/i.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  const next = onwardUrl(url, target, 'a Link');
  if (next.origin !== url.origin) {
    throw new Fault(
      'REDIRECT_FORBIDDEN',
      `${url.origin} sent a Link to ${printable(next.origin)}; it was not followed`,
    );
  }
  return next;
}
