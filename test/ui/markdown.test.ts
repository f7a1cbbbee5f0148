import { describe, expect, it } from 'vitest';
import type { ImageReport } from '../../src/promotion/report.ts';
import { planMarkdown, reportMarkdown, verifyMarkdown } from '../../src/ui/markdown.ts';
import { digest, image, report } from './report-fixture.ts';

const failed: ImageReport = {
  ...image,
  destination: 'h/p:bad',
  outcome: 'failed',
  verified: false,
  error: { code: 'DENIED', message: 'a | b `c` <img src=x> @somebody\n| next' },
};

describe('the report as Markdown', () => {
  it('is a table that says what was proved', () => {
    expect(reportMarkdown(report)).toBe(
      [
        '| outcome | source | destination | digest |',
        '| --- | --- | --- | --- |',
        `| promoted | \`${image.source}\` | \`${image.destination}\` | \`${digest}\` |`,
        '',
        "**Proved: 1 destination tag read back and hashed; each has its source's digest.**",
        '',
        'blobs: 3 there, 4 mounted, 5 sent (1.5 MiB); 41 requests in 4.1 s',
        '',
      ].join('\n'),
    );
  });

  it('S38 shows what a registry says as code: in its cell, without links, names or markup', () => {
    const text = reportMarkdown({ ...report, outcome: 'failed', images: [image, failed] });
    const row = text.split('\n')[2];
    expect(row).toMatch(/^\| failed \| `[^`]*` \| `h\/p:bad` \| `[^`]*` \|$/);
    expect(row).toContain("DENIED: a \\| b 'c' <img src=x> @somebody\\u{a}\\| next");
  });

  it('keeps to a hundred rows, and says how many are left out', () => {
    const text = reportMarkdown({ ...report, images: Array.from({ length: 1000 }, () => image) });
    expect(text.match(/^\| promoted/gm)).toHaveLength(100);
    expect(text).toContain('\n\nand 900 more\n\n');
    expect(text.length).toBeLessThan(64_000);
  });

  it('says what ended a run that has no images', () => {
    const error = { code: 'NETWORK', message: 'no' } as const;
    expect(reportMarkdown({ ...report, outcome: 'failed', images: [], error })).toMatch(/^`NETWORK: no`\n\n\*\*Failed/);
  });
});

describe('what ended a run', () => {
  const error = { code: 'SIGTERM', message: 'ended' } as const;

  it('stands below images that failed for other reasons', () => {
    const text = reportMarkdown({ ...report, outcome: 'failed', images: [failed], error });
    expect(text).toContain('\n\n`SIGTERM: ended`\n\n');
  });

  it('is not said twice', () => {
    const text = reportMarkdown({ ...report, outcome: 'failed', images: [{ ...failed, error }], error });
    expect(text.match(/SIGTERM/g)).toHaveLength(1);
  });
});

describe('a plan as Markdown', () => {
  it('shows each destination, where it stands, what of cosign would be overwritten, and the digest to approve', () => {
    const other = `sha256:${'e'.repeat(64)}` as const;
    const text = planMarkdown(
      {
        schemaVersion: 1,
        createdAt: '2026-01-01T00:00:00Z',
        images: [
          {
            source: `h/a@${digest}`,
            destinations: [
              { reference: 'h.io/b:v1', current: null, action: 'create' },
              { reference: 'h.io/c:v2', current: digest, action: 'unchanged' },
            ],
            manifests: [digest],
            attached: [
              { digest },
              {
                digest,
                tag: 's.sig',
                standing: [
                  { repository: 'h.io/b', current: other },
                  { repository: 'h.io/c', current: null },
                ],
              },
            ],
          },
        ],
        blobs: [],
        totals: { images: 1, destinations: 2, manifests: 1, blobs: 3, bytesToUpload: 2048, requests: 9 },
      },
      digest,
    );
    expect(text).toBe(
      [
        '| action | source | destination | stands at |',
        '| --- | --- | --- | --- |',
        `| create | \`h/a@${digest}\` | \`h.io/b:v1\` |  |`,
        `| move or leave |  | \`h.io/b:s.sig\` | \`${other}\` |`,
        `| unchanged | \`h/a@${digest}\` | \`h.io/c:v2\` | \`${digest}\` |`,
        '',
        '1 image, 3 blobs, 2.0 KiB to send',
        '',
        `plan \`${digest}\``,
        '',
      ].join('\n'),
    );
  });
});

describe('a comparison as Markdown', () => {
  it('counts what is missing and what is different', () => {
    const result = {
      source: 'h/a:v1',
      destination: 'h/b:v1',
      digest,
      same: false,
      missing: ['x'],
      different: ['y', 'z'],
    };
    expect(verifyMarkdown([result])).toContain('| different | `h/a:v1` | `h/b:v1` | 1 missing, 2 different |');
    expect(verifyMarkdown([{ ...result, same: true, missing: [], different: [] }])).toContain('| same | ');
  });
});
