import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Certificates } from '../../fake/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../../fake/docker-registry.ts';
import { runPromote } from '../../fake/process.ts';
import { AccessLog } from './access-log.ts';

/** A real registry that tells what it was asked. */
export interface LoggedRegistry extends DockerRegistry {
  /** all that it answered until now, in that order: `POST /v2/a/blobs/uploads/ HTTP/1.1 202` */
  accesses(): Promise<readonly string[]>;
}

export async function startLogged(certificates?: Certificates, passwordFile?: string): Promise<LoggedRegistry> {
  const log = new AccessLog();
  const registry = await startDockerRegistry(certificates, log.take, passwordFile);
  const authority = certificates === undefined ? undefined : await readFile(certificates.authorityFile, 'utf8');
  return { ...registry, accesses: () => log.upToNow(registry.base, authority) };
}

/** Two real registries, as they stand for two projects. */
export class TwoRegistries {
  readonly staging: LoggedRegistry;
  readonly production: LoggedRegistry;

  private constructor(staging: LoggedRegistry, production: LoggedRegistry) {
    this.staging = staging;
    this.production = production;
  }

  static async start(): Promise<TwoRegistries> {
    return new TwoRegistries(await startLogged(), await startLogged());
  }

  async stop(): Promise<void> {
    await Promise.all([this.staging.stop(), this.production.stop()]);
  }
}

/** Runs the program without credentials. @returns its JSON report */
export async function promoted(args: readonly string[], environment: Record<string, string> = {}): Promise<unknown> {
  const { status, stdout, stderr } = await runPromote([...args, '--format', 'json'], environment);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}
