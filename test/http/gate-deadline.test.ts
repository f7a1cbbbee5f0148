import { expect, it } from 'vitest';
import { Gate } from '../../src/http/gate.ts';

it('S21 a pause of our own choosing never ends the run: only the deadline, or a host that asks for more, does', () => {
  const clock = { now: () => 1_000, random: () => 0.99, sleep: async () => undefined };
  const gate = new Gate({ clock, signal: new AbortController().signal, deadline: 4_000 });
  for (let refusals = 0; refusals < 8; refusals += 1) expect(gate.pause('a.example', undefined, 0)).toBeLessThan(3_000);
  expect(() => gate.pause('a.example', 3_000, 0)).toThrow(/asks for a pause of 3 s, which ends past the deadline/);
});
