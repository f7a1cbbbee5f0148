import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SeedContent } from '../../fake/image-parts.ts';
import type { StoredRepository } from '../../fake/store.ts';
import type { LoopbackStage } from '../loopback-stage.ts';
import { makeRoute, type Route } from '../route.ts';

/** Several images, each in a repository of its own, and the list of them as a file. */
export interface Batch {
  readonly routes: readonly Route[];
  /** what `--images-file` takes */
  readonly imagesFile: string;
}

/** Lays images into the source registry of a stage, for one test. */
export async function layBatch(stage: LoopbackStage, contents: readonly SeedContent[]): Promise<Batch> {
  const first = stage.from.registry.store.repositories.size * 1000;
  const routes = contents.map((content, index) => makeRoute(content, first + index, stage.from, stage.to));
  const imagesFile = await writeList(routes.map(({ source, destination }) => `${source} ${destination}`));
  return { routes, imagesFile };
}

/** Writes a file of lines for one test. @returns its path */
export async function writeList(lines: readonly string[]): Promise<string> {
  const path = join(await temporaryFolder(), 'list.txt');
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'promote-batch-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Changes one byte of a stored blob. */
export function corrupt(repository: StoredRepository, digest: string): void {
  const bytes = Uint8Array.from(repository.blobs.get(digest) ?? []);
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  repository.blobs.set(digest, bytes);
}
