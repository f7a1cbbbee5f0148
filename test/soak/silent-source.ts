import { heldUntil, stalledAfter } from '../fake/faults.ts';
import { singleImage } from '../fake/images.ts';
import { startLoopbackStage } from '../process/loopback-stage.ts';
import { holds } from '../process/route.ts';
import { atLeast, type Row, told } from './row.ts';
import { watchedRun } from './watched-run.ts';

/** A source that stops in the middle of a layer, and a destination that takes an upload and is silent: in true time. */
export async function silentSource(): Promise<readonly Row[]> {
  const stage = await startLoopbackStage();
  const never = new Promise<never>(() => undefined);
  try {
    const content = singleImage('silent', [3_000_000]);
    const route = stage.route(content);
    const stall = stalledAfter(1_000_000, never);
    stage.from.server.script.add({ target: /artifacts-downloads/, nth: [1, 2], fault: stall });
    stage.to.server.script.add({ method: 'HEAD', nth: [1], fault: heldUntil(never) });
    const { status, ms } = await watchedRun([route.source, route.destination], {}, 10 * 60_000);
    const isRight = status === 0 && holds(route.live, content, 'v1');
    const what = 'S25 a layer and a question that fall silent, through the bundle';
    return [
      atLeast(`${what}: complete`, isRight ? 1 : 0, 1, 'time'),
      told(`${what}: time`, `${(ms / 1000).toFixed(0)} s`),
    ];
  } finally {
    await stage.stop();
  }
}
