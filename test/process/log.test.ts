import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorAnswer } from '../fake/exchange.ts';
import { manifestOf, ociIndex } from '../fake/image-parts.ts';
import { singleImage } from '../fake/images.ts';
import { runPromote } from '../fake/process.ts';
import { europe, type GoogleStage, startGoogleStage } from './google-stage.ts';
import type { Route } from './route.ts';

const esc = '\u001b';
const hostile = `${esc}[2J${esc}]0;title\u0007first\nsecond\r\n::error::third\u202Etxt\u2028fourth\u0000`;

describe('the log of a run', () => {
  let stage: GoogleStage;

  beforeAll(async () => {
    stage = await startGoogleStage();
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.world.stop());

  const run = ({ source, destination }: Route, args: string[], env: Record<string, string> = {}) =>
    runPromote([source, destination, ...args], { ...stage.world.environment, ...env });

  it('is without colour in a pipe, and has it where FORCE_COLOR asks for it, but NO_COLOR does not', async () => {
    const route = stage.route(singleImage('colour', [100]));
    const plain = await run(route, []);
    expect(plain.stdout + plain.stderr).not.toContain(esc);
    expect((await run(route, [], { FORCE_COLOR: '1' })).stderr).toContain(`${esc}[36m`);
    expect((await run(route, [], { FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain(esc);
  });

  it('with --quiet is empty after a success, and has the fault after a failure', async () => {
    const route = stage.route(singleImage('quiet', [100]));
    expect(await run(route, ['--quiet'])).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('Proved'),
    });
    const failed = await run({ ...route, source: route.source.replace(':v1', ':v2') }, ['--quiet']);
    expect(failed.stderr).toMatch(/^error NOT_FOUND: .*\n(?: {2}hint: .*\n)+$/);
  });

  it('with --verbose has every request, blob and manifest', async () => {
    const content = singleImage('verbose', [100]);
    const { stderr } = await run(stage.route(content, europe), ['--verbose']);
    expect(stderr.match(/^ +request /gm)).toHaveLength(stage.world.server.requests.length);
    for (const { digest } of content.blobs) expect(stderr).toContain(`${digest} uploaded`);
  });

  it('as JSON is one object a line, with the severity and message that Cloud Logging reads', async () => {
    const route = stage.route(singleImage('structured', [100]));
    const { stderr } = await run({ ...route, source: route.source.replace(':v1', ':v2') }, ['--log-format', 'json']);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const line of lines) expect(line).toMatchObject({ severity: expect.any(String), message: expect.any(String) });
    expect(lines).toContainEqual(
      expect.objectContaining({ severity: 'ERROR', message: expect.stringContaining('NOT_FOUND') }),
    );
  });

  it.each(['text', 'json'])('S38 shows what a registry says on one line, escaped, in the form %s', async (form) => {
    const route = stage.route(singleImage(`hostile ${form}`, [100]));
    const fault = async () => errorAnswer(403, `DENIED${hostile}`, `${hostile} ${'long '.repeat(5000)}`);
    stage.world.server.script.add({ method: 'PUT', target: /manifests/, fault });
    const { status, stdout, stderr } = await run(route, [`--log-format=${form}`, `--format=${form}`]);
    expect(status).toBe(3);
    const outputs = stdout + stderr;
    expect(outputs).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(outputs).not.toContain('::error');
    expect(outputs.split('\n').filter((line) => line.startsWith('second') || line.startsWith('fourth'))).toEqual([]);
    expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThan(2000);
  });

  it('S38 shows what stands in a manifest on one line, escaped', async () => {
    const root = manifestOf(ociIndex, JSON.stringify({ schemaVersion: 2, mediaType: hostile, manifests: [] }));
    const route = stage.route({ blobs: [], manifests: [root], root });
    const { status, stdout, stderr } = await run(route, []);
    expect(status).toBe(5);
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(stderr).toMatch(/^error MANIFEST_INVALID: .*first.*fourth.*$/m);
  });

  it('S10 S11 never shows a token or a secret of a path, whatever debug switches are set', async () => {
    const route = stage.route(singleImage('canary', [100, 2_000_000]), europe);
    const debug = {
      GOOGLE_SDK_NODE_LOGGING: 'all',
      NODE_DEBUG: 'http,https,http2,tls,net,stream,fetch,undici',
      NODE_DEBUG_NATIVE: 'http2',
      DEBUG: '*',
    };
    stage.world.registry(europe).behaviour.uploadPath = 'v2';
    for (const args of [['--verbose'], ['--verbose', '--format=json', '--log-format=json']]) {
      const { status, stdout, stderr } = await run(route, args, debug);
      expect(status).toBe(0);
      for (const secret of ['ya29.', 'AbCd0123', '_state=', 'dddddddd']) expect(stdout + stderr).not.toContain(secret);
      route.live.tags.clear();
      route.live.blobs.clear();
    }
  });

  it('S10 never shows a token that a registry repeats in what it says', async () => {
    const route = stage.route(singleImage('echo', [100]));
    const fault = async (request: { headers: Readonly<Record<string, string>> }) =>
      errorAnswer(403, 'DENIED', `no: ${request.headers.authorization}`);
    stage.world.server.script.add({ method: 'PUT', target: /manifests/, fault });
    const { status, stdout, stderr } = await run(route, ['--verbose']);
    expect(status).toBe(3);
    expect(stdout + stderr).not.toContain('ya29.');
  });
});
