import { expect, it } from 'vitest';
import type { Headers } from '../../src/http/transport.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { RemoteRepository } from '../../src/registry/repository.ts';
import { ociImage } from '../fake/image-parts.ts';
import { noLimits } from '../fake/limits.ts';
import { sending } from '../fake/sending.ts';
import { notLists } from './not-lists.ts';

const digest = digestOf(Buffer.from('what was asked for'), 'sha256');
const html = 'text/html; charset=utf-8';
const page = '<html>please log in</html>';

function answering(headers: Headers, body: string): RemoteRepository {
  const transport = sending(async ({ url }) => ({ status: 200, headers, body: Buffer.from(body), url }));
  return new RemoteRepository(parseReference('from.example/app'), transport, 'source', noLimits());
}

it.each<[string, string, Headers, string, string]>([
  ['a page', 'v1', { 'content-type': html }, page, 'PROTOCOL'],
  ['a page, where a digest is asked for', digest, { 'content-type': html }, page, 'PROTOCOL'],
  ['JSON that is called a page', 'v1', { 'content-type': 'TEXT/HTML' }, '{}', 'PROTOCOL'],
  ['a text', 'v1', { 'content-type': 'text/plain' }, 'moved', 'PROTOCOL'],
  ['something without a type', 'v1', {}, page, 'PROTOCOL'],
  ['nothing', 'v1', {}, '', 'PROTOCOL'],
  ['a text, where a digest is asked for', digest, { 'content-type': 'text/plain' }, 'moved', 'DIGEST_MISMATCH'],
  ['a text with the digest of something else', 'v1', { 'docker-content-digest': digest }, 'moved', 'DIGEST_MISMATCH'],
  ['a manifest that was cut', 'v1', { 'content-type': ociImage }, '{"schemaVersion":2,', 'MANIFEST_INVALID'],
  ['JSON that is no manifest', 'v1', { 'content-type': 'text/plain' }, '{}', 'MANIFEST_INVALID'],
])('%s instead of a manifest', async (_what, reference, headers, body, code) => {
  await expect(answering(headers, body).get(reference)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/^source from\.example\/app[:@]/),
  });
});

it.each(notLists)('%j instead of a list of referrers', async (document) => {
  const answer = answering({ 'content-type': 'application/json' }, JSON.stringify(document));
  await expect(answer.referrers(digest)).rejects.toMatchObject({ code: 'PROTOCOL' });
});
