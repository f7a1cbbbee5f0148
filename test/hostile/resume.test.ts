import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { corruptByte, instead, resetAfter, withHeaders } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import type { Fault } from '../fake/script.ts';
import type { RecordedRequest } from '../fake/server.ts';
import { type LoopbackStage, startLoopbackStage } from '../process/loopback-stage.ts';
import { holds, type Route } from '../process/route.ts';

const size = 6_000_000;

describe('a download that breaks off', () => {
  let stage: LoopbackStage;
  let route: Route;
  let content: ReturnType<typeof singleImage>;
  let number = 0;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  beforeEach(() => {
    stage.reset();
    number += 1;
    content = singleImage(`resume ${number}`, [size]);
    route = stage.route(content);
  });
  afterAll(() => stage.stop());

  const layer = () => content.blobs[1]?.digest ?? '';
  const asked = () => stage.from.server.seen('GET', new RegExp(`/blobs/${layer()}`));
  const downloads = (): RecordedRequest[] =>
    stage.from.server
      .seen('GET', /artifacts-downloads/)
      .filter(({ bytesSent, headers }) => bytesSent > 10_000 || headers.range !== undefined);
  const uploads = () => stage.to.server.seen('PUT', new RegExp(`uploads.*${encodeURIComponent(layer())}`));
  /** Breaks the first answer with the layer after so many bytes. */
  const breakOnce = (after: number) => {
    const fault = onLayer(({ headers }) => headers.range === undefined, resetAfter(after));
    stage.from.server.script.add({ target: /artifacts-downloads/, nth: [1, 2], fault });
  };
  /** Does something to the first answer to a Range request. */
  const onRange = (fault: Fault) => {
    let struck = false;
    stage.from.server.script.add({
      target: /artifacts-downloads/,
      fault: (request, next) => {
        if (struck || request.headers.range === undefined) return next();
        struck = true;
        return fault(request, next);
      },
    });
  };

  it.each([1, 3_000_000, size])('S16 after %i bytes: goes on there, into the same upload', async (after) => {
    breakOnce(after);
    const { status, stderr, report } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    const ranges = downloads().flatMap(({ headers }) => headers.range ?? []);
    expect(ranges).toHaveLength(1);
    expect(Number(/bytes=(\d+)-/.exec(ranges[0] ?? '')?.[1])).toBeGreaterThan(after / 3);
    expect(uploads()).toHaveLength(1);
    expect(report.bytesUploaded).toBeLessThan(size + 10_000);
  });

  it('S16 again and again, never starts anew, however often, while something comes each time', async () => {
    const fault = onLayer(() => true, resetAfter(1_600_000));
    stage.from.server.script.add({ target: /artifacts-downloads/, fault });
    content = singleImage('resume often', [16_000_000]);
    route = stage.route(content);
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(downloads().length).toBeGreaterThan(8);
    expect(uploads()).toHaveLength(1);
  });

  it('S17 asks for each rest where it asked first, and follows the new redirect', async () => {
    breakOnce(2_000_000);
    expect((await stage.promote(route)).status).toBe(0);
    expect(asked().map(({ headers }) => headers.range !== undefined)).toEqual([false, true]);
    const places = downloads().map(({ target }) => target);
    expect(new Set(places).size).toBe(places.length);
  });

  it('S17 a server that answers with the whole: what is there is passed over', async () => {
    stage.from.registry.behaviour.ranges = 'ignored';
    breakOnce(2_000_000);
    const { status } = await stage.promote(route);
    expect(status).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(uploads()).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['a range that begins elsewhere', elsewhere],
    ['a range of something of another size', otherSize],
    ['a range that it does not name', withHeaders({ 'content-range': 'bytes' })],
    ['416', instead(416)],
    ['500', instead(500)],
    ['429', instead(429, { 'retry-after': '0' })],
    ['another break', resetAfter(100)],
  ])('S17 a server that answers with %s: the same digest in the end, by the same upload', async (_what, fault) => {
    breakOnce(2_000_000);
    onRange(fault);
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(uploads()).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['shifted by a byte', shifted],
    ['altered', corruptByte(50_000)],
  ])('S17 S1 bytes of a rest that are %s, whatever its header says, are never committed', async (_what, fault) => {
    breakOnce(2_000_000);
    onRange(fault);
    const { status, stderr } = await stage.promote(route);
    expect(status, stderr).toBe(0);
    expect(holds(route.live, content, 'v1')).toBe(true);
    expect(uploads().map((request) => request.status)).toContain(201);
    expect(uploads()).toHaveLength(2);
  });

  it('S17 S23 a rest that may no longer be read: exit 3, as if it had been asked for the first time', async () => {
    breakOnce(2_000_000);
    let broken = false;
    stage.from.server.script.add({
      target: new RegExp(`/blobs/${layer()}`),
      fault: (request, next) => {
        broken ||= request.headers.range !== undefined;
        return broken ? instead(403)(request, next) : next();
      },
    });
    const { status, report } = await stage.promote(route);
    expect(status).toBe(3);
    expect(report.error?.code).toBe('DENIED');
    expect(route.live.tags.size).toBe(0);
  });
});

function onLayer(applies: (request: Parameters<Fault>[0]) => boolean, fault: Fault): Fault {
  return async (request, next) => {
    const { body } = await next();
    return body.length > 10_000 && applies(request) ? fault(request, next) : next();
  };
}

const otherSize: Fault = async (_request, next) => {
  const result = await next();
  const range = (result.headers['content-range'] ?? '').replace(/\/\d+$/, '/99');
  return { ...result, headers: { ...result.headers, 'content-range': range } };
};

/** The bytes that it says they are, but not those that were asked for. */
const elsewhere: Fault = async (request, next) => {
  const fromStart = await next();
  const range = fromStart.headers['content-range'] ?? '';
  const [, from = '0', total = '0'] = /bytes (\d+)-\d+\/(\d+)/.exec(range) ?? [];
  expect(request.headers.range).toBe(`bytes=${from}-`);
  const at = Number(from) + 17;
  const headers = { ...fromStart.headers, 'content-range': `bytes ${at}-${Number(total) - 1}/${total}` };
  return { ...fromStart, headers, body: fromStart.body.subarray(17) };
};

const shifted: Fault = async (_request, next) => {
  const result = await next();
  return { ...result, body: Buffer.concat([result.body.subarray(1), Buffer.from('x')]) };
};
