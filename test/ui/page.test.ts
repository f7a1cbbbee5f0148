import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Manifest } from '../../src/oci/manifest.ts';
import { Graph } from '../../src/promotion/graph.ts';
import type { ImageReport } from '../../src/promotion/report.ts';
import { html } from '../../src/ui/page/markup.ts';
import { page } from '../../src/ui/page/page.ts';
import { Trace } from '../../src/ui/page/trace.ts';
import { image, report } from './report-fixture.ts';

const occasion = {
  account: 'me@example.com',
  at: new Date('2026-01-02T03:04:05.678Z'),
  build: undefined,
  version: '9',
};
const hostile = '<script>alert(1)</script>"\'&\u001b[2J\u202e';

function digestOf(seed: string): Digest {
  return `sha256:${createHash('sha256').update(seed).digest('hex')}`;
}

function layers(seed: string): Descriptor[] {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return Array.from({ length: 10 }, (_, index) => ({
    mediaType,
    digest: digestOf(`${seed} ${index}`),
    size: 1_000_000,
  }));
}

function manifest(seed: string, parts: Partial<Manifest>): Manifest {
  const mediaType = `application/vnd.oci.image.${parts.kind ?? 'manifest'}.v1+json`;
  const none = { blobs: [], manifests: [], subject: undefined, artifactType: undefined };
  return { bytes: Buffer.alloc(500), digest: digestOf(seed), mediaType, kind: 'image', ...none, ...parts };
}

/** An index of four platforms of ten layers each. */
function graphOf(seed: string): Graph {
  const children = ['amd64', 'arm64', 'arm', 's390x'].map((name) => ({
    platform: `linux/${name}`,
    manifest: manifest(`${seed} ${name}`, { blobs: layers(`${seed} ${name}`) }),
  }));
  const manifests = children.map(({ platform, manifest: { digest, mediaType } }) => ({
    platform,
    digest,
    mediaType,
    size: 500,
  }));
  const root = manifest(seed, { kind: 'index', manifests });
  return new Graph(
    root,
    new Map([root, ...children.map((child) => child.manifest)].map((each) => [each.digest, each])),
  );
}

function traced(count: number): { trace: Trace; images: ImageReport[] } {
  const trace = new Trace();
  const images = Array.from({ length: count }, (_, index): ImageReport => {
    const graph = graphOf(`image ${index}`);
    const destination = `us-docker.pkg.dev/a-long-project-name/a-long-repository-name/image-${index}:v1`;
    const { digest } = graph.root;
    trace.take({ type: 'planned', destination, digest, current: undefined, action: 'create', graph });
    return { ...image, destination, digest };
  });
  return { trace, images };
}

describe('the page of a report', () => {
  it('stays below 100 KB with a thousand images, and says how many are left out', () => {
    const { trace, images } = traced(1000);
    const failed: ImageReport = {
      ...image,
      destination: 'h/p:bad',
      outcome: 'failed',
      error: { code: 'DENIED', message: 'no' },
    };
    const text = page({ ...report, outcome: 'failed', images: [...images, failed] }, trace, occasion);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000);
    const shown = text.match(/<section>/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(30);
    expect(text).toContain(`<p>${1001 - shown} more destinations had no room on this page`);
    expect(text.indexOf('h/p:bad')).toBeLessThan(text.indexOf('image-0'));
    expect(text).toContain('linux/s390x');
    expect(text).toContain('Its tree had no room on this page.');
  });

  it('stays below 100 KB where every text is as long as can be', () => {
    const long = hostile.repeat(500);
    const images = Array.from(
      { length: 100 },
      (): ImageReport => ({ ...image, error: { code: 'DENIED', message: long, hint: long } }),
    );
    const warnings = Array.from({ length: 100 }, () => long);
    const error = { code: 'NETWORK', message: long, hint: long } as const;
    const text = page({ ...report, outcome: 'failed', images, warnings, error }, new Trace(), occasion);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000);
  });

  it('shows a blob as what became of it in that very repository', () => {
    const { trace, images } = traced(2);
    const [first, second] = layers('image 0 amd64');
    const [destination] = images;
    if (first === undefined || second === undefined || destination === undefined) throw new Error('they were made');
    const repository = destination.destination.replace(':v1', '');
    trace.take({ type: 'blob', repository, blob: first, how: 'mounted' });
    trace.take({ type: 'blob', repository: 'elsewhere/at-all', blob: second, how: 'uploaded' });
    const text = page({ ...report, images }, trace, occasion);
    expect(text).toContain(`<b class="mounted">mounted</b> layer <code>${first.digest}</code>`);
    expect(text).toContain(`<b class="none">not copied</b> layer <code>${second.digest}</code>`);
    expect(text).toContain('<b class="mounted">1 mounted</b> <b class="none">9 not copied</b>');
  });

  it('counts what was put and not proved among what failed', () => {
    const error = { code: 'NETWORK', message: 'no answer' } as const;
    const unproved: ImageReport = { ...image, verified: false, error };
    const text = page({ ...report, outcome: 'failed', images: [image, unproved], error }, new Trace(), occasion);
    expect(text).toContain('Failed: 1 of 2 destinations');
  });

  it('S38 escapes what anybody says, wherever it stands', () => {
    const images: ImageReport[] = [
      { ...image, source: hostile, destination: hostile, error: { code: 'DENIED', message: hostile, hint: hostile } },
    ];
    const facts = { ...occasion, account: hostile, build: hostile };
    const text = page({ ...report, outcome: 'failed', images, warnings: [hostile] }, new Trace(), facts);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).not.toMatch(/<script|<[^>]+\son\w+=|"'&[^#\w]/);
    expect(text.split('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')).toHaveLength(8);
  });

  it('allows its own style by its hash, and nothing else at all', () => {
    const text = page(report, new Trace(), occasion);
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(text).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;"`);
    expect(text).not.toMatch(/<script|style=|src=|href=|url\(|@import/);
  });
});

describe('html', () => {
  it('escapes texts, and takes markup and numbers as they are', () => {
    const inner = html`<i>${'<&>"'}</i>`;
    expect(html`${inner}${[inner, inner]}${7}`.text).toBe(`${'<i>&lt;&amp;&gt;&quot;</i>'.repeat(3)}7`);
  });
});
