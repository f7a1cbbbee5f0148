import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorAnswer } from '../fake/exchange.ts';
import { instead, withHeaders } from '../fake/faults.ts';
import { manifestOf, ociImage } from '../fake/image-parts.ts';
import { singleImage } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import type { Fault, Rule } from '../fake/script.ts';
import { europe, type GoogleStage, startGoogleStage } from '../process/google-stage.ts';

/** Where a server can say a token that it was sent, each with what it says there. */
const places: readonly [string, (token: string) => Fault, Partial<Rule>?][] = [
  ['an error message', (token) => said(`Bearer ${token} may not`)],
  ['an error message, escaped for JSON', (token) => instead(403, {}, escaped(`no: ${token}`))],
  ['an error code', (token) => async () => errorAnswer(403, token, 'no')],
  ['an error in HTML', (token) => instead(502, {}, `<h1>${token}</h1>`)],
  ['an error that is cut in the middle of it', (token) => instead(403, {}, `${'x'.repeat(480)}${token}`)],
  ['a challenge', (token) => instead(401, { 'www-authenticate': `Bearer realm="https://x.example/${token}"` })],
  ['a scheme of a challenge', (token) => instead(401, { 'www-authenticate': `${token} realm="x"` })],
  ['a redirect', (token) => instead(302, { location: `https://x.example/?t=${token}` }), { method: 'GET' }],
  ['a redirect without an end', (token) => instead(302, { location: `/v2/${token}` }), { method: 'GET' }],
  ['a redirect that is no URL', (token) => instead(302, { location: `https://[${token}` }), { method: 'GET' }],
  ['an upload location', (token) => instead(202, { location: `https://x.example/${token}` }), { method: 'POST' }],
  ['an upload location that fails', (token) => instead(202, { location: `/${token}?x=${token}` }), { method: 'POST' }],
  ['a digest header', (token) => withHeaders({ 'docker-content-digest': `sha256:${token}` })],
  ['a content type', (token) => withHeaders({ 'content-type': token }), { method: 'GET', target: /manifests/ }],
  ['a Retry-After', (token) => instead(503, { 'retry-after': token })],
  ['a manifest', (token) => instead(200, {}, JSON.stringify({ mediaType: token })), { method: 'GET' }],
  ['a subject header', (token) => withHeaders({ 'oci-subject': token })],
];

describe('S10 a token that a server says again is shown nowhere', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  it.each(places)('in %s', async (_place, fault, rule) => {
    const { token } = stage.world.metadata.metadata;
    const route = stage.route(singleImage('canary', [100, 1_500_000]), europe);
    stage.world.server.script.add({ host: europe, ...rule, fault: fault(token) });
    for (const form of ['text', 'json']) {
      const args = ['--verbose', '--deadline=2s', `--format=${form}`, `--log-format=${form}`];
      const { stdout, stderr } = await runPromote([route.source, route.destination, ...args], {
        ...stage.world.environment,
        GOOGLE_SDK_NODE_LOGGING: 'all',
      });
      // Eight characters behind what every token begins with tell it from any other.
      const shown = token.replace('ya29.', '').slice(0, 8);
      expect(stdout + stderr).not.toContain(shown);
    }
  });

  it('in names of tags, when they are listed', async () => {
    const { token } = stage.world.metadata.metadata;
    const route = stage.route(singleImage('canary', [100]));
    const body = JSON.stringify({ name: token, tags: [token.replaceAll(/[^\w.-]/g, '_')] });
    stage.world.server.script.add({ target: /tags\/list/, fault: instead(200, {}, body) });
    const { stdout } = await runPromote(['tags', route.source.replace(':v1', '')], stage.world.environment);
    expect(stdout).not.toContain(token.slice(5));
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('in a media type of a manifest that the source has', async () => {
    const { token } = stage.world.metadata.metadata;
    const root = manifestOf(ociImage, JSON.stringify({ schemaVersion: 2, mediaType: `application/${token}` }));
    const route = stage.route({ blobs: [], manifests: [root], root });
    const { stdout, stderr } = await runPromote([route.source, route.destination], stage.world.environment);
    expect(stdout + stderr).not.toContain(token);
  });
});

function said(message: string): Fault {
  return async () => errorAnswer(403, 'DENIED', message);
}

/** An error document in which every character is written as \uXXXX. */
function escaped(message: string): string {
  const text = [...message].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return `{"errors":[{"code":"DENIED","message":"${text}"}]}`;
}
