import { Fault } from '../fault.ts';
import { printable } from '../text.ts';

/**
 * Where an answer's `Location`, `Link` or token realm leads: relative or absolute, always over TLS,
 * unless it stays on the very origin that answered.
 * @param what names the header, for the message: `an upload location`
 * @throws Fault PROTOCOL when it is not a URL, REDIRECT_FORBIDDEN when it leaves TLS or carries credentials
 */
export function onwardUrl(from: URL, location: string, what: string): URL {
  if (!URL.canParse(location, from.href)) throw new Fault('PROTOCOL', `${from.origin} sent ${what} that is not a URL`);
  const to = new URL(location, from);
  to.hash = '';
  if (to.username !== '' || to.password !== '') {
    throw new Fault('REDIRECT_FORBIDDEN', `${from.origin} sent ${what} that carries credentials; it was not followed`);
  }
  // The origin alone would not do: that of `blob:http://HOST/x` is `http://HOST`.
  if (to.protocol !== 'https:' && (to.origin !== from.origin || to.protocol !== from.protocol)) {
    throw new Fault(
      'REDIRECT_FORBIDDEN',
      `${from.origin} sent ${what} to ${printable(to.protocol === from.protocol ? to.origin : to.protocol)}, which is not over TLS; it was not followed`,
    );
  }
  return to;
}
