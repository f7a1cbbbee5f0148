import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { Fault } from '../fault.ts';
import { canonicalHost } from '../oci/reference-grammar.ts';
import type { CredentialProvider } from './credentials.ts';
import { parseJson } from './json.ts';

const entry = v.looseObject({
  auth: v.optional(v.string()),
  username: v.optional(v.string()),
  password: v.optional(v.string()),
});
const configFile = v.looseObject({ auths: v.optional(v.record(v.string(), entry)) });

/**
 * The `auths` of `$DOCKER_CONFIG/config.json` (else `~/.docker/config.json`), for registries that
 * are not Google's. No credential helpers: those are programs.
 */
export class DockerConfig implements CredentialProvider {
  /** undefined where there is neither DOCKER_CONFIG nor HOME */
  readonly #path: string | undefined;
  #auths: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    // Empty is unset: a path that begins with it would be read from the working directory, where anyone may have put a file.
    const folder = env.DOCKER_CONFIG || (env.HOME ? join(env.HOME, '.docker') : undefined);
    this.#path = folder === undefined ? undefined : join(folder, 'config.json');
  }

  /** @throws Fault USAGE where the file is there but malformed */
  async authorization(host: string): Promise<string | undefined> {
    this.#auths ??= this.#read();
    return (await this.#auths).get(host);
  }

  async renew(): Promise<string | undefined> {
    return undefined;
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    if (this.#path === undefined) return new Map();
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch {
      return new Map();
    }
    const config = v.safeParse(configFile, parseJson(text));
    if (!config.success) throw new Fault('USAGE', `${this.#path} is not a Docker configuration file`);
    const auths = new Map<string, string>();
    for (const [key, { auth, username, password }] of Object.entries(config.output.auths ?? {})) {
      const basic =
        auth || (username === undefined ? '' : Buffer.from(`${username}:${password ?? ''}`).toString('base64'));
      if (basic !== '') auths.set(hostOf(key), `Basic ${basic}`);
    }
    return auths;
  }
}

/** Keys are hosts, or URLs as old clients wrote them. */
function hostOf(key: string): string {
  return canonicalHost(key.replace(/^https?:\/\//, '').replace(/\/.*$/, ''));
}
