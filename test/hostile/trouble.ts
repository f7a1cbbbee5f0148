import {
  abortedAfter,
  corruptByte,
  instead,
  lostAnswer,
  resetAfter,
  resetRequestAfter,
  truncated,
} from '../fake/faults.ts';
import type { Fault } from '../fake/script.ts';

/** What may go wrong, and with which requests. The first lines are what happens most. */
const troubles: readonly [RegExp, (random: () => number) => Fault][] = [
  [/^/, () => instead(500)],
  [/^/, () => instead(502)],
  [/^/, () => instead(503)],
  [/^/, () => instead(503, { 'retry-after': '2' })],
  [/^/, () => instead(429)],
  [/^/, () => instead(429, { 'retry-after': '1' })],
  [/^/, lostAnswer],
  [/^/, lostAnswer],
  [/^GET .*blobs/, (random) => resetAfter(Math.floor(random() * 200_000))],
  [/^GET .*blobs/, (random) => abortedAfter(1 + Math.floor(random() * 200_000))],
  [/^GET .*blobs/, (random) => truncated(Math.floor(random() * 200))],
  [/^GET .*blobs/, () => corruptByte(7)],
  [/^PUT .*uploads/, () => instead(404)],
  [/^PUT .*uploads/, (random) => resetRequestAfter(Math.floor(random() * 200_000))],
  [/^HEAD .*blobs/, () => instead(404)],
];

/** A share of all requests goes wrong, each in some way that it can. @param rate from 0 to 1 */
export function trouble(rate: number, random: () => number): Fault {
  return (request, next) => {
    if (random() >= rate) return next();
    const what = `${request.method} ${request.target}`;
    const possible = troubles.filter(([applies]) => applies.test(what));
    const [, make] = possible[Math.floor(random() * possible.length)] ?? [];
    return make === undefined ? next() : make(random)(request, next);
  };
}
