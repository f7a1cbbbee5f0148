import { multiPlatformIndex, singleImage, sixPlatforms } from '../fake/images.ts';
import { type Run, startPromote } from '../fake/process.ts';
import { seed } from '../fake/seeding.ts';
import type { LoopbackStage } from '../process/loopback-stage.ts';
import { holds, makeRoute } from '../process/route.ts';
import { incompleteTags } from '../promotion/completeness.ts';

const old = singleImage('kills old', [100]);
const contents = [
  multiPlatformIndex('kills index', sixPlatforms.slice(0, 3), 1_100_000),
  singleImage('kills image', [2_500_000, 300]),
];

/** What a killed run did wrong; nothing, as it should be. */
export type Violations = readonly string[];

/** Promotions of two images over tags that stand at another, each killed in its middle and run again. */
export class Kills {
  readonly #stage: LoopbackStage;
  readonly #routes;
  #requests = 0;

  constructor(stage: LoopbackStage) {
    this.#stage = stage;
    this.#routes = contents.map((content, index) => makeRoute(content, 9000 + index, stage.from, stage.to));
  }

  /** Counts the requests of a run that nobody kills. */
  async measure(): Promise<void> {
    this.#begin();
    await this.#finish();
    this.#requests = this.#seen;
  }

  /**
   * Kills a run when a share of its requests has come, and looks at every tag then and whenever one is put; then runs
   * it again to its end.
   * @param share from 0 to 1
   */
  async round(share: number): Promise<Violations> {
    this.#begin();
    const { to, from } = this.#stage;
    const violations: string[] = [];
    const moment = Math.max(1, Math.round(share * this.#requests));
    const run = this.#start();
    for (const { server } of [to, from]) {
      server.onRequest = () => {
        violations.push(...incompleteTags(to.registry.store));
        if (this.#seen === moment) run.kill('SIGKILL');
      };
    }
    await run.result;
    violations.push(...incompleteTags(to.registry.store), ...this.#strayTags());
    await this.#finish();
    violations.push(...incompleteTags(to.registry.store));
    for (const [index, content] of contents.entries()) {
      const live = this.#routes[index]?.live;
      if (live === undefined || !holds(live, content, 'v1')) violations.push(`image ${index} is not there in the end`);
    }
    return violations;
  }

  get #seen(): number {
    return this.#stage.from.server.requests.length + this.#stage.to.server.requests.length;
  }

  #begin(): void {
    this.#stage.reset();
    // So that the order is the client's own doing.
    this.#stage.to.registry.behaviour.missingChildren = 'accepted';
    for (const { live, destinationKey } of this.#routes) {
      for (const kept of [live.blobs, live.manifests, live.tags]) kept.clear();
      seed(old, this.#stage.to.registry.store, `${destinationKey}/app`, 'v1');
    }
  }

  async #finish(): Promise<void> {
    for (const { server } of [this.#stage.to, this.#stage.from]) server.onRequest = undefined;
    const { status, stderr } = await this.#start().result;
    if (status !== 0) throw new Error(`the second run ended with ${status}:\n${stderr}`);
  }

  /** Tags that stand neither where they stood nor where they shall. */
  #strayTags(): string[] {
    return this.#routes.flatMap(({ live, destination }, index) => {
      const stands = live.tags.get('v1');
      return stands === old.root.digest || stands === contents[index]?.root.digest ? [] : [`${destination}: ${stands}`];
    });
  }

  #start(): Run {
    const lines = this.#routes.map(({ source, destination }) => `${source} ${destination}`).join('\n');
    return startPromote(['--images-file', '-', '--allow-move'], {}, undefined, lines);
  }
}
