import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { HttpResponse, Transport } from '../../src/http/transport.ts';
import { AuthorizedTransport } from '../../src/registry/authorized-transport.ts';

const url = new URL('https://registry.example/v2/a/manifests/v1');
const forms = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).toLowerCase(),
  JSON.stringify(secret),
  secret.toUpperCase(),
];
/** the middle of it stands in a text that was encoded, wherever it begins there */
const encodings = (secret: string): string[] =>
  ['', '1', '12', 'Bearer ', 'Basic '].flatMap((before) => [
    Buffer.from(`${before}${secret} and more`).toString('base64'),
    Buffer.from(`${before}${secret}`).toString('base64url'),
  ]);

/** A registry that answers everything with a text that repeats what it was sent, in every way. */
function echoing(secrets: readonly string[], status: number): Transport {
  const body = Buffer.from(
    JSON.stringify({
      errors: [{ code: 'DENIED', message: [...secrets.flatMap(forms), ...secrets.flatMap(encodings)].join(' ') }],
    }),
  );
  const answer: HttpResponse = { url, status, headers: {}, body };
  return {
    send: async () => answer,
    upload: async () => answer,
    download: async () => ({ ...answer, body: Readable.from([body]) }),
  };
}

describe('S10 a credential that a registry repeats in an error', () => {
  const token = 'canary/opaque+0123456789=';
  const password = 'pass "word" of canary';
  const basic = `Basic ${Buffer.from(`jane:${password}`).toString('base64')}`;

  it.each([
    ['a token', `Bearer ${token}`, [token]],
    ['a login', basic, [password, `jane:${password}`, basic.slice(6)]],
  ])('is left out: %s, in any of its encodings', async (_what, authorization, secrets) => {
    const provider = { authorization: async () => authorization, renew: async () => undefined };
    const transport = new AuthorizedTransport(echoing(secrets, 403), url, provider);
    const told = [
      await transport.send({ method: 'GET', url, headers: {}, maxBytes: 1000 }),
      await transport.upload({ url, headers: {}, content: Readable.from([]), length: 0 }),
    ].map(({ body }) => Buffer.from(body).toString());
    told.push(await text((await transport.download({ url, headers: {} })).body));
    for (const each of told) {
      for (const form of secrets.flatMap(forms)) expect(each).not.toContain(form);
      for (const encoded of secrets.flatMap(encodings)) expect(each).not.toContain(encoded.slice(10, 20));
      expect(each).toContain('DENIED');
    }
  });

  it('is nothing to look for in content', async () => {
    const provider = { authorization: async () => `Bearer ${token}`, renew: async () => undefined };
    const { body } = await new AuthorizedTransport(echoing([token], 200), url, provider).send({
      method: 'GET',
      url,
      headers: {},
      maxBytes: 1000,
    });
    expect(Buffer.from(body).toString()).toContain(token);
  });
});
