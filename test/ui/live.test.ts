import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Graph } from '../../src/promotion/graph.ts';
import { LiveSink } from '../../src/ui/live.ts';
import { Tally } from '../../src/ui/tally.ts';

const size = 10 * 2 ** 20;
const digest = `sha256:${'a'.repeat(64)}` as const;
const repository = 'us-docker.pkg.dev/prod/apps/api';
const graph = Graph.of({
  bytes: Buffer.from('{}'),
  digest,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  kind: 'image',
  blobs: [{ mediaType: 'a/layer', digest, size }],
  manifests: [],
  subject: undefined,
  artifactType: undefined,
});

/** A terminal that keeps what it was sent, a sink on it, and a run whose bytes move. */
function stage(columns: number, colour = false) {
  let time = 0;
  const written: string[] = [];
  const tally = new Tally();
  const sink = new LiveSink(
    (text: string) => written.push(text),
    { columns, rows: 24 },
    colour,
    () => time,
  );
  const planned = { type: 'planned', digest, current: undefined, action: 'create', graph } as const;
  for (const tag of ['v1', 'v2']) tally.take({ ...planned, destination: `${repository}:${tag}` });
  return {
    sink,
    written,
    tally,
    move(sent: number, ms: number) {
      time += ms;
      tally.take({ type: 'bytes', repository, digest, attempt: 1, sent, size });
      sink.progress(tally);
    },
    /** the lines of the last drawing */
    lines: () =>
      stripVTControlCharacters(written.at(-1) ?? '')
        .split('\n')
        .filter((line) => line !== ''),
  };
}

describe('a terminal', () => {
  it('has a bar for all bytes, and one for each blob that is under way', () => {
    const { move, lines } = stage(120);
    move(0, 0);
    move(size / 2, 1000);
    expect(lines()).toEqual([
      `  sending  ${'█'.repeat(15)}${'░'.repeat(15)}  5.0 MiB of 10.0 MiB (50 %), 5.0 MiB/s, 1.0 s left, 0 of 2 images done`,
      `           ${'█'.repeat(15)}${'░'.repeat(15)}  sha256:aaaaaaaaaaaa  5.0 MiB of 10.0 MiB`,
    ]);
  });

  it.each([30, 42, 60, 80, 100])('%i columns wide is never written past its edge', (columns) => {
    const { move, lines } = stage(columns);
    move(0, 0);
    move(size / 3, 1000);
    expect(lines()).toHaveLength(2);
    for (const line of lines()) expect(line.length).toBeLessThan(columns);
  });

  it('is drawn at most ten times a second', () => {
    const { move, written } = stage(100);
    for (let count = 0; count < 100; count += 1) move(count, 10);
    expect(written.length).toBeLessThanOrEqual(11);
  });

  it('shows a line above the bars, and draws them again', () => {
    const { sink, move, written } = stage(100);
    move(1, 0);
    written.length = 0;
    sink.write('a line\n');
    expect(written).toHaveLength(3);
    expect(written[1]).toBe('a line\n');
    expect(written[2]).toContain('sending');
  });

  it('is left clean, with its cursor never hidden', () => {
    const { sink, move, written } = stage(100);
    move(1, 0);
    sink.settle();
    sink.settle();
    sink.write('the end\n');
    expect(written.at(-1)).toBe('the end\n');
    expect(written.join('')).not.toContain('\u001b[?25');
    expect(written.filter((text) => text.includes('sending'))).toHaveLength(1);
  });

  it('has colours when told so', () => {
    const { move, written } = stage(100, true);
    move(1, 0);
    expect(written.join('')).toContain('\u001b[36m  sending\u001b[39m');
  });
});
