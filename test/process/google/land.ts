import { buildAccount, type GoogleWorld, startGoogleWorld } from '../../fake/google.ts';
import type { SeedContent } from '../../fake/image-parts.ts';
import { type RunResult, runPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import type { StoredRepository } from '../../fake/store.ts';
import { type CheckResult, readCheck } from './check-result.ts';

export const region = 'us-central1-docker.pkg.dev';
export const multiRegion = 'us-docker.pkg.dev';
export const regional = 'docker.us-east1.rep.pkg.dev';
export const legacy = 'gcr.io';

/** Two projects with an image, in a world with several kinds of location. */
export class Land {
  readonly world: GoogleWorld;
  readonly content: SeedContent;
  readonly source = `${region}/staging/apps/api:v1.2.3`;
  readonly destination = `${region}/prod/apps/api:v1.2.3`;

  constructor(world: GoogleWorld, content: SeedContent) {
    this.world = world;
    this.content = content;
  }

  get tested(): StoredRepository {
    return this.world.registry(region).store.at('staging/apps/api');
  }

  get live(): StoredRepository {
    return this.world.registry(region).store.at('prod/apps/api');
  }

  /** Everything in its place, and every grant made. */
  reset(): void {
    const { world } = this;
    for (const one of [world.server, world.metadata.server]) {
      one.requests.length = 0;
      one.script.clear();
    }
    world.api.disabled.clear();
    world.api.closed.clear();
    for (const host of [region, multiRegion, regional, legacy]) world.registry(host).store.repositories.clear();
    world.makeRepository(region, 'staging/apps', 'reader');
    world.makeRepository(region, 'prod/apps', 'writer');
    this.seed(region, 'staging/apps/api', 'v1.2.3');
  }

  seed(host: string, path: string, tag: string, content = this.content): void {
    seed(content, this.world.registry(host).store, path, tag);
  }

  /** Takes every grant of the build account on a repository away. */
  deny(key: string): void {
    this.world.iam.deny(buildAccount, `${region}/${key}`);
  }

  /** @param args behind `copy`, or another command first */
  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<RunResult> {
    return runPromote(args, { ...this.world.environment, ...environment });
  }

  async check(
    source: string,
    destination: string,
    ...options: string[]
  ): Promise<CheckResult & { status: number | null }> {
    const { status, stdout, stderr } = await this.run(['check', source, destination, '--format', 'json', ...options]);
    if (stdout === '') throw new Error(`status ${status}: ${stderr}`);
    return { ...readCheck(stdout), status };
  }
}

export async function startLand(content: SeedContent): Promise<Land> {
  return new Land(await startGoogleWorld([region, multiRegion, regional, legacy]), content);
}
