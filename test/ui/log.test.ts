import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { PromotionRequest } from '../../src/promotion/request.ts';
import { Log, type Verbosity } from '../../src/ui/log.ts';
import { jsonFormat, type LogFormat, textFormat } from '../../src/ui/log-format.ts';
import { report } from './report-fixture.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const repository = 'us-docker.pkg.dev/prod/apps/api';
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

function tellAll(log: Log): void {
  const blob = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 2048 };
  log.started(request);
  log.identity('promoter@prod.iam.gserviceaccount.com');
  log.emit({ type: 'resolved', source: 'us-docker.pkg.dev/staging/apps/api:v1', digest, mediaType: 'a/index' });
  log.emit({ type: 'planned', destination: `${repository}:v1`, digest, current: undefined, action: 'create' });
  log.emit({ type: 'planned', destination: `${repository}:v2`, digest, current: digest, action: 'move' });
  log.emit({ type: 'planned', destination: `${repository}:v3`, digest, current: digest, action: 'unchanged' });
  log.emit({ type: 'blob', repository, blob, how: 'mounted' });
  log.emit({ type: 'manifest', repository, digest });
  log.emit({ type: 'retry', what: 'PUT blob', because: 'status 503', waitMs: 1200 });
  log.emit({ type: 'tagged', destination: `${repository}:v1`, digest });
  log.emit({ type: 'verified', destination: `${repository}:v1`, digest });
  log.warning('one thing');
  log.finished(report);
  log.fault(new Fault('DENIED', 'destination: may not write', { hint: 'grant the role:\n  gcloud …' }));
}

describe('the log as text', () => {
  it('tells a promotion in aligned lines', () => {
    expect(logged(textFormat(false), 'normal', tellAll)).toBe(
      [
        ' promote  us-docker.pkg.dev/staging/apps/api:v1',
        '      to  us-docker.pkg.dev/prod/apps/api:v1',
        '      to  us-docker.pkg.dev/prod/apps/api:stable',
        '      as  promoter@prod.iam.gserviceaccount.com',
        `resolved  us-docker.pkg.dev/staging/apps/api:v1 is ${digest} (a/index)`,
        ' planned  create us-docker.pkg.dev/prod/apps/api:v1',
        ` planned  move us-docker.pkg.dev/prod/apps/api:v2 from ${digest}`,
        ' planned  us-docker.pkg.dev/prod/apps/api:v3 is there already',
        '   retry  PUT blob: status 503; again in 1.2 s',
        `verified  us-docker.pkg.dev/prod/apps/api:v1 is ${digest}`,
        ' warning  one thing',
        '    done  blobs: 3 there, 4 mounted, 5 sent (1.5 MiB); 41 requests in 4.1 s',
        'error DENIED: destination: may not write',
        '  hint: grant the role:',
        '  hint:   gcloud …',
        '',
      ].join('\n'),
    );
  });

  it('adds blobs, manifests and tags when verbose', () => {
    const lines = logged(textFormat(false), 'verbose', tellAll).split('\n');
    expect(lines).toContain(`    blob  ${digest} mounted (2.0 KiB)`);
    expect(lines).toContain(`manifest  ${digest} put`);
    expect(lines).toContain('  tagged  us-docker.pkg.dev/prod/apps/api:v1');
  });

  it('keeps warnings and faults when quiet', () => {
    expect(logged(textFormat(false), 'quiet', tellAll).split('\n').slice(0, 2)).toEqual([
      ' warning  one thing',
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
      'selected us-docker.pkg.dev/staging/apps: 40 images in 1 repository',
      'selected us-docker.pkg.dev/staging/apps: 1000 images in 50 repositories',
      '',
    ]);
  });

  it('tells of long uploads every 15 seconds, each at its latest count', () => {
    const text = logged(textFormat(false), 'normal', (log, pass) => {
      const bytes = { type: 'bytes', repository, digest, attempt: 1, size: 4096 } as const;
      log.emit({ ...bytes, sent: 1024 });
      pass(14_999);
      log.emit({ ...bytes, sent: 2048 });
      pass(1);
      log.emit({ ...bytes, repository: 'other', sent: 1024 });
      log.emit({ ...bytes, sent: 3072 });
    });
    expect(text).toBe(' sending  3.0 KiB of 8.0 KiB so far\n');
  });
});

describe('the log as JSON', () => {
  it('is one object a line with severity, message and labels', () => {
    const lines = logged(jsonFormat, 'normal', tellAll).trim().split('\n');
    const entries: unknown[] = lines.map((line) => JSON.parse(line));
    expect(entries).toContainEqual({
      severity: 'INFO',
      message: `verified us-docker.pkg.dev/prod/apps/api:v1 is ${digest}`,
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
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|::/u);
  });
});
