import { describe, expect, it } from 'vitest';
import type { ImageReport, Report } from '../../src/promotion/report.ts';
import { builderOutput } from '../../src/ui/builder-output.ts';
import { jsonLine, jsonText } from '../../src/ui/json.ts';
import { reportText } from '../../src/ui/report.ts';
import { digest, image, report } from './report-fixture.ts';

const plain = { colour: false, columns: 60 };
const rule = '─'.repeat(60);

describe('the report as text', () => {
  it('frames each destination, what it took and what was proved', () => {
    const previousDigest = `sha256:${'b'.repeat(64)}` as const;
    const moved: ImageReport = { ...image, destination: `${image.destination}-2`, previousDigest, attached: [digest] };
    expect(reportText({ ...report, images: [image, moved] }, plain)).toBe(
      [
        '',
        `── promoted ${'─'.repeat(48)}`,
        'promoted   us-docker.pkg.dev/prod/apps/api:v1',
        `           from us-docker.pkg.dev/staging/apps/api@${digest}`,
        'promoted   us-docker.pkg.dev/prod/apps/api:v1-2',
        `           from us-docker.pkg.dev/staging/apps/api@${digest}`,
        `           was ${previousDigest}`,
        '           with 1 attached artifact',
        'blobs      3 there, 4 mounted, 5 sent (1.5 MiB); 41 requests in 4.1 s',
        "Proved: 2 destination tags read back and hashed; each has its source's digest.",
        rule,
        '',
        '',
      ].join('\n'),
    );
  });

  const failed: ImageReport = {
    ...image,
    outcome: 'failed',
    verified: false,
    error: { code: 'DENIED', message: 'no', hint: 'ask\nagain' },
  };
  it.each<[Report['outcome'], ImageReport[], string]>([
    ['unchanged', [image], 'already, and nothing was written.'],
    ['planned', [{ ...image, verified: false }], 'every manifest read back and hashed; no tag was put yet.'],
    ['failed', [failed], 'Failed: nothing was proved.'],
    ['failed', [image, failed], 'Failed; proved before that: 1 destination tag read back and hashed.'],
    ['failed', [], 'Failed: nothing was proved.'],
  ])('of outcome %s', (outcome, images, end) => {
    const text = reportText({ ...report, outcome, images }, plain);
    expect(text.endsWith(`${end}\n${rule}\n\n`)).toBe(true);
  });

  it('of a dry run says that nothing was written', () => {
    const blobs = { mounted: 0, uploaded: 0, existing: 0 };
    const text = reportText({ ...report, outcome: 'planned', images: [{ ...image, verified: false }], blobs }, plain);
    expect(text).toContain('Nothing was written, and nothing is proved.');
    expect(text).not.toContain('blobs');
  });

  it('says of a failure what and what mends it, but for the one that is said after the report', () => {
    const whole = reportText({ ...report, outcome: 'failed', images: [failed] }, plain);
    expect(whole).toContain('           DENIED: no\n           hint: ask\n           hint: again\n');
    const { error } = failed;
    if (error === undefined) throw new Error('it has an error');
    const short = reportText({ ...report, outcome: 'failed', images: [failed], error }, plain);
    expect(short).toContain('           DENIED\nblobs');
  });

  it('lists twenty of a large batch, the failures first, and says how many are left out', () => {
    const images = [...Array.from({ length: 30 }, () => image), { ...failed, destination: 'h/p:bad' }];
    const lines = reportText({ ...report, outcome: 'failed', images }, plain).split('\n');
    expect(lines[2]).toBe('failed     h/p:bad');
    expect(lines.filter((line) => line.startsWith('promoted'))).toHaveLength(19);
    expect(lines).toContain('           and 11 more (--format json or --output FILE has them all)');
  });

  it('is coloured by outcome when told so', () => {
    const text = reportText({ ...report, images: [image] }, { colour: true, columns: 60 });
    expect(text).toContain('\u001b[32mpromoted \u001b[39m  us-docker');
    expect(reportText({ ...report, images: [image] }, plain)).not.toContain('\u001b');
  });

  it('S38 keeps what a registry says on one harmless line', () => {
    const error = { code: 'DENIED' as const, message: 'x\u001b[2J\n::stop\u202e' };
    expect(reportText({ ...report, images: [{ ...image, error }] }, plain)).toContain(
      '           DENIED: x\\u{1b}[2J\\u{a}:\\u{3a}stop\\u{202e}\n',
    );
  });
});

describe('JSON', () => {
  it('S38 shows no character that acts on a terminal, and reads back as it was', () => {
    const value = { message: 'a\u001b\u0085\u202e\u2028\u{e0041}ö…' };
    expect(jsonLine(value)).toBe('{"message":"a\\u001b\\u0085\\u202e\\u2028\\udb40\\udc41ö…"}');
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });
});

describe("the report in Cloud Build's step output", () => {
  function batch(count: number): Report {
    const images = Array.from({ length: count }, (_, index): ImageReport => {
      if (index === count - 1) return { ...image, destination: `h/p:${index}`, outcome: 'failed', verified: false };
      if (index === count - 2) return { ...image, destination: `h/p:${index}`, outcome: 'withheld', verified: false };
      return { ...image, destination: `h/p:${index}` };
    });
    return { ...report, outcome: 'failed', images };
  }

  it('is the whole report while that is small', () => {
    expect(JSON.parse(builderOutput(batch(100)))).toEqual(batch(100));
  });

  it('is cut to 40 KB, failures first, and counts what it leaves out', () => {
    const text = builderOutput(batch(1000));
    const cut: { images: ImageReport[]; omitted: number } = JSON.parse(text);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(40_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(39_000);
    expect(cut.images.slice(0, 3).map(({ outcome }) => outcome)).toEqual(['failed', 'withheld', 'promoted']);
    expect(cut.images.length + cut.omitted).toBe(1000);
    expect(cut).toMatchObject({ schemaVersion: 1, outcome: 'failed', blobs: report.blobs });
  });

  it('has what was put and not proved among the failures', () => {
    const { images, ...rest } = batch(1000);
    const unproved: ImageReport = { ...image, verified: false, error: { code: 'NETWORK', message: 'no answer' } };
    const cut: { images: ImageReport[] } = JSON.parse(builderOutput({ ...rest, images: [...images, unproved] }));
    expect(cut.images[1]).toEqual(unproved);
  });

  it('stays below 40 KB with thousands of warnings', () => {
    const warnings = Array.from({ length: 2000 }, (_, index) => `${index} ${'é'.repeat(400)}`);
    const text = builderOutput({ ...batch(3), warnings });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(40_000);
    expect(JSON.parse(text)).toMatchObject({ omitted: 0, warnings: warnings.slice(0, 10) });
  });
});
