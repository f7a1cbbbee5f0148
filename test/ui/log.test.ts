import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { Graph } from '../../src/promotion/graph.ts';
import type { PromotionRequest } from '../../src/promotion/request.ts';
import { Log, type Verbosity } from '../../src/ui/log.ts';
import { jsonFormat, type LogFormat, textFormat } from '../../src/ui/log-format.ts';
import { report } from './report-fixture.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const repository = 'us-docker.pkg.dev/prod/apps/api';
const blobs = [2048, 512, 100].map((size, index) => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: `sha256:${String(index).repeat(64)}` as const,
  size,
}));
const graph = Graph.of({
  bytes: Buffer.from('{}'),
  digest,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  kind: 'image',
  blobs,
  manifests: [],
  subject: undefined,
  artifactType: undefined,
});
const request: PromotionRequest = {
  images: [
    {
      source: parseReference('us-docker.pkg.dev/staging/apps/api:v1'),
      destinations: [parseReference(`${repository}:v1`), parseReference(`${repository}:stable`)],
    },
  ],
  selections: [],
  policy: {
    allowMove: false,
    expectDigest: undefined,
    repair: false,
    dryRun: false,
    attached: 'follow',
    onFailure: 'withhold',
  },
};

function logged(format: LogFormat, verbosity: Verbosity, tell: (log: Log, pass: (ms: number) => void) => void): string {
  let text = '';
  let time = 0;
  const log = new Log({ write: (line: string) => (text += line) }, format, verbosity, () => time);
  tell(log, (ms) => {
    time += ms;
  });
  return text;
}

function tellAll(log: Log, pass: (ms: number) => void): void {
  const [sent, mounted, there] = blobs;
  if (sent === undefined || mounted === undefined || there === undefined) throw new Error('three blobs were made');
  const planned = { type: 'planned', digest, graph } as const;
  log.started(request);
  log.identity('promoter@prod.iam.gserviceaccount.com');
  log.emit({ type: 'resolved', source: 'us-docker.pkg.dev/staging/apps/api:v1', digest, mediaType: 'a/index' });
  log.emit({ ...planned, destination: `${repository}:v1`, current: undefined, action: 'create' });
  log.emit({ ...planned, destination: `${repository}:v2`, current: digest, action: 'move' });
  log.emit({ ...planned, destination: `${repository}:v3`, current: digest, action: 'unchanged' });
  log.emit({ type: 'blob', repository, blob: mounted, how: 'mounted' });
  log.emit({ type: 'blob', repository, blob: there, how: 'existing' });
  log.emit({ type: 'blob', repository, blob: sent, how: 'uploaded' });
  log.emit({ type: 'manifest', repository, digest });
  log.emit({ type: 'retry', what: 'PUT blob', because: 'status 503', waitMs: 1200 });
  log.exchange({
    method: 'GET',
    url: 'https://host/v2/',
    status: 200,
    protocol: 'HTTP/2',
    startedAt: 5,
    durationMs: 20,
  });
  log.exchange({ method: 'PUT', url: 'https://host/…', status: undefined, startedAt: 1500, durationMs: 2000 });
  pass(2500);
  log.emit({ type: 'tagged', destination: `${repository}:v1`, digest });
  log.emit({ type: 'verified', destination: `${repository}:v1`, digest });
  log.emit({ type: 'verified', destination: `${repository}:v2`, digest });
  log.warning('one thing');
  log.finished(report);
  log.fault(new Fault('DENIED', 'destination: may not write', { hint: 'grant the role:\n  gcloud …' }));
}

describe('the log as text', () => {
  it('tells a promotion in aligned lines', () => {
    expect(logged(textFormat(false), 'normal', tellAll)).toBe(
      [
        '  promote  us-docker.pkg.dev/staging/apps/api:v1',
        '       to  us-docker.pkg.dev/prod/apps/api:v1',
        '       to  us-docker.pkg.dev/prod/apps/api:stable',
        '       as  promoter@prod.iam.gserviceaccount.com',
        ` resolved  us-docker.pkg.dev/staging/apps/api:v1 is ${digest} (a/index)`,
        `  planned  move us-docker.pkg.dev/prod/apps/api:v2 from ${digest}`,
        `unchanged  us-docker.pkg.dev/prod/apps/api:v3 is ${digest} already`,
        '    retry  PUT blob: status 503; again in 1.2 s',
        ` verified  us-docker.pkg.dev/prod/apps/api:v1 is ${digest}; blobs: 1 there, 1 mounted, 1 sent (2.0 KiB); after 2.5 s`,
        ` verified  us-docker.pkg.dev/prod/apps/api:v2 is ${digest}; blobs: 3 there, 0 mounted, 0 sent (0 B); after 2.5 s`,
        '  warning  one thing',
        '     done  blobs: 3 there, 4 mounted, 5 sent (1.5 MiB); 41 requests in 4.1 s',
        'error DENIED: destination: may not write',
        '  hint: grant the role:',
        '  hint:   gcloud …',
        '',
      ].join('\n'),
    );
  });

  it('shows a digest once where the source was given by it, and what kind of manifest it is', () => {
    const text = logged(textFormat(false), 'normal', (log) => {
      const source = `us-docker.pkg.dev/staging/apps/api@${digest}`;
      log.emit({ type: 'resolved', source, digest, mediaType: 'application/vnd.oci.image.index.v1+json' });
    });
    expect(text).toBe(` resolved  us-docker.pkg.dev/staging/apps/api@${digest} (OCI index)\n`);
  });

  it('adds requests, blobs, manifests and tags when verbose', () => {
    const lines = logged(textFormat(false), 'verbose', tellAll).split('\n');
    expect(lines).toContain(`     blob  sha256:${'1'.repeat(64)} mounted (512 B)`);
    expect(lines).toContain(` manifest  ${digest} put`);
    expect(lines).toContain('   tagged  us-docker.pkg.dev/prod/apps/api:v1');
    expect(lines).toContain('  planned  create us-docker.pkg.dev/prod/apps/api:v1');
    expect(lines).toContain('  request  +0.005 s GET https://host/v2/ 200 20 ms HTTP/2');
    expect(lines).toContain('  request  +1.500 s PUT https://host/… failed 2.0 s');
  });

  it('says of a batch one line an image once ten are known', () => {
    const lines = logged(textFormat(false), 'normal', (log) => {
      for (let index = 0; index < 12; index += 1)
        log.emit({ type: 'resolved', source: `h/p:${index}`, digest, mediaType: 'a/index' });
    });
    expect(lines.trim().split('\n')).toHaveLength(10);
  });

  it('keeps warnings and faults when quiet', () => {
    expect(logged(textFormat(false), 'quiet', tellAll).split('\n').slice(0, 2)).toEqual([
      '  warning  one thing',
      'error DENIED: destination: may not write',
    ]);
  });

  it('has colours when told so, and none else', () => {
    expect(logged(textFormat(true), 'normal', tellAll)).toContain('\u001b[31merror\u001b[39m DENIED');
    expect(logged(textFormat(false), 'verbose', tellAll)).not.toContain('\u001b');
  });

  it('lists ten images of a batch, and counts the rest', () => {
    const images = Array.from({ length: 12 }, () => request.images).flat();
    const lines = logged(textFormat(false), 'normal', (log) => log.started({ ...request, images }))
      .trim()
      .split('\n');
    expect(lines.filter((line) => line.includes('staging'))).toHaveLength(10);
    expect(lines.at(-1)?.trim()).toBe('promote  2 more images');
  });

  it('says how much a selection takes, and what came of it', () => {
    const source = parseReference('us-docker.pkg.dev/staging/apps');
    const destinations = [parseReference('us-docker.pkg.dev/prod/apps')];
    const all = { include: [], exclude: [], newest: undefined, untagged: false };
    const some = { include: ['v*', 'r*'], exclude: ['*-rc'], newest: 3, untagged: true };
    const text = logged(textFormat(false), 'normal', (log) => {
      const selections = [
        { of: 'image', source, destinations, filter: all },
        { of: 'repository', source, destinations, filter: some },
      ] as const;
      log.started({ ...request, images: [], selections });
      log.emit({ type: 'selected', source: `${source}`, images: 40, repositories: 1 });
      log.emit({ type: 'selected', source: `${source}`, images: 1000, repositories: 50 });
    });
    expect(text.split('\n').map((line) => line.trim().replace(/ {2,}/, ' '))).toEqual([
      'promote us-docker.pkg.dev/staging/apps (every tag)',
      'to us-docker.pkg.dev/prod/apps',
      'promote us-docker.pkg.dev/staging/apps (every tag below it like v* or r*, not *-rc, the newest 3 of each image, and what has no tag)',
      'to us-docker.pkg.dev/prod/apps',
      'selected 40 images of us-docker.pkg.dev/staging/apps',
      'selected 1000 images of 50 repositories below us-docker.pkg.dev/staging/apps',
      '',
    ]);
  });

  it('tells of a long copy every 10 seconds: how far, how fast, how long still', () => {
    const text = logged(textFormat(false), 'normal', (log, pass) => {
      const [first] = blobs;
      if (first === undefined) throw new Error('blobs were made');
      const large = { ...first, size: 40 * 2 ** 20 };
      const content = Graph.of({ ...graph.root, blobs: [large, { ...large, digest }] });
      const planned = { type: 'planned', destination: `${repository}:v1`, digest, current: undefined } as const;
      log.emit({ ...planned, action: 'create', graph: content });
      log.emit({ type: 'blob', repository, blob: { ...large, digest }, how: 'mounted' });
      for (let second = 1; second <= 20; second += 1) {
        pass(1000);
        const sent = second * 2 ** 20;
        log.emit({ type: 'bytes', repository, digest: large.digest, attempt: 1, size: large.size, sent });
      }
    });
    expect(text).toBe(
      [
        '  sending  10.0 MiB of 40.0 MiB (25 %), 1.0 MiB/s, 30.0 s left',
        '  sending  20.0 MiB of 40.0 MiB (50 %), 1.0 MiB/s, 20.0 s left',
        '',
      ].join('\n'),
    );
  });

  it('is told to a sink that shows progress itself, and says no heartbeat then', () => {
    let lines = '';
    let shown = 0;
    let time = 0;
    const sink = { write: (text: string) => (lines += text), progress: () => (shown += 1) };
    const log = new Log(sink, textFormat(false), 'normal', () => time);
    time = 60_000;
    log.emit({ type: 'bytes', repository, digest, attempt: 1, size: 10, sent: 5 });
    expect([lines, shown]).toEqual(['', 1]);
  });
});

describe('the log as JSON', () => {
  it('is one object a line with severity, message and labels', () => {
    const lines = logged(jsonFormat, 'normal', tellAll).trim().split('\n');
    const entries: unknown[] = lines.map((line) => JSON.parse(line));
    expect(entries).toContainEqual({
      severity: 'INFO',
      message: `verified us-docker.pkg.dev/prod/apps/api:v1 is ${digest}; blobs: 1 there, 1 mounted, 1 sent (2.0 KiB); after 2.5 s`,
      'logging.googleapis.com/labels': { event: 'verified', destination: 'us-docker.pkg.dev/prod/apps/api:v1', digest },
    });
    expect(entries).toContainEqual({
      severity: 'ERROR',
      message: 'error DENIED: destination: may not write',
      'logging.googleapis.com/labels': { event: 'fault', code: 'DENIED' },
    });
    expect(entries).toContainEqual({
      severity: 'NOTICE',
      message: 'retry PUT blob: status 503; again in 1.2 s',
      'logging.googleapis.com/labels': { event: 'retry' },
    });
  });
});

describe('what somebody else wrote', () => {
  const hostile = 'a\u001b[2J\r\n::error::\u202eb\u0085c\u2028d';

  it.each([
    ['text', textFormat(false)],
    ['JSON', jsonFormat],
  ])('S38 is harmless in a log as %s, in a message, a label and a hint', (_name, format) => {
    const text = logged(format, 'verbose', (log) => {
      log.warning(hostile);
      log.emit({ type: 'resolved', source: hostile, digest, mediaType: hostile });
      log.fault(new Fault('DENIED', hostile, { hint: hostile.replace('\n', '') }));
    });
    expect(text.split('\n')).toHaveLength(5);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?<![\w[])::/u);
  });
});
