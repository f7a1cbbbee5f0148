import { Readable } from 'node:stream';
import { readBody } from '../http/body.ts';
import { type DownloadResponse, errorBodyLimit, type HttpResponse } from '../http/transport.ts';

/** A shorter one would be found in words that are none. */
const shortest = 6;

/**
 * The credentials that one registry was given, so that none of them is told when the registry
 * repeats it in an error: as it was sent, in other letters' case, and in the encodings that servers use.
 */
export class RepeatedSecrets {
  readonly #forms = new Set<string>();
  readonly #known = new Set<string>();

  /** @param authorization an Authorization header's value */
  remember(authorization: string): void {
    if (this.#known.has(authorization)) return;
    this.#known.add(authorization);
    const value = authorization.slice(authorization.indexOf(' ') + 1);
    const login = authorization.startsWith('Basic ') ? Buffer.from(value, 'base64').toString() : '';
    for (const secret of [value, login, login.slice(login.indexOf(':') + 1)]) {
      if (secret.length < shortest) continue;
      for (const form of formsOf(secret)) this.#forms.add(form);
    }
  }

  /** An answer as it may be shown; one that is no error passes as it is. */
  leaveOut(response: HttpResponse): HttpResponse {
    return response.status < 400 ? response : { ...response, body: this.#without(response.body) };
  }

  /** The same for an answer that streams: an error's text is short, and is read for it. */
  async leaveOutOfStream(response: DownloadResponse): Promise<DownloadResponse> {
    if (response.status < 400) return response;
    const body = await readBody(response.body, errorBodyLimit, response.url);
    return { ...response, body: Readable.from([this.#without(body)]) };
  }

  #without(body: Uint8Array): Buffer {
    let text = Buffer.from(body).toString();
    // The longest first: a part of it may be another's whole.
    for (const form of [...this.#forms].sort((a, b) => b.length - a.length)) {
      text = text.replace(new RegExp(form.replace(/[^\w\s]/g, '\\$&'), 'gi'), '…');
    }
    return Buffer.from(text);
  }
}

function formsOf(secret: string): string[] {
  const encoded = (['base64', 'base64url'] as const).flatMap((encoding) =>
    [0, 1, 2].map((before) => withinBase64(secret, before, encoding)),
  );
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...encoded];
}

/**
 * What a secret looks like within a longer text that was encoded, `Bearer …` for instance, but for the digits that it
 * shares with what stands before and behind it.
 * @param before bytes of that text before the secret, modulo 3
 */
function withinBase64(secret: string, before: number, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  return bytes.toString(encoding).slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
