import { expect, it } from 'vitest';
import { nextPage } from '../../src/registry/link.ts';

const list = new URL('https://one.example/v2/a/tags/list');

it.each([
  ['</n>; rel="next"', '/n'],
  ['</n>;rel=next', '/n'],
  ['</p>; rel="prev", </n>; title="x"; rel="next"', '/n'],
  ['</p>; rel="prev"', undefined],
  ['</n>', undefined],
])('%s leads to %s', (link, path) => {
  expect(nextPage(list, link)?.pathname).toBe(path);
});

it.each(['<', '<>;', '<>;rel', '> ;'])('S33 %j over and over is read in no time', (part) => {
  const began = performance.now();
  expect(nextPage(list, part.repeat(20_000))).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(100);
});
