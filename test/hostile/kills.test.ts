import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoopbackStage, startLoopbackStage } from '../process/loopback-stage.ts';
import { Kills } from './kills.ts';
import { randomFrom } from './simulation.ts';

const seed = 20261124;
const rounds = 8;

describe('a run that is killed outright', () => {
  let stage: LoopbackStage;

  beforeAll(async () => {
    stage = await startLoopbackStage();
  });
  afterAll(() => stage.stop());

  it(`S12 at ${rounds} moments by the seed ${seed}: no tag ever points at what is not whole; run again, it completes`, async () => {
    const kills = new Kills(stage);
    await kills.measure();
    const random = randomFrom(seed);
    for (let round = 0; round < rounds; round += 1) {
      const share = random();
      expect(await kills.round(share), `round ${round}, killed after ${share} of the requests`).toEqual([]);
    }
  });
});
