import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a command printed on standard output. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(command, args, { maxBuffer: 64 * 2 ** 20 });
  return stdout;
}

/** buildah without a daemon, a runtime or anything that outlives its folder. Needs root. */
export class Buildah {
  readonly #storage: readonly string[];

  /** @param folder gets every image and container */
  constructor(folder: string) {
    this.#storage = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  }

  async build(tag: string, context: string, options: readonly string[] = []): Promise<void> {
    await this.#do('bud', '--isolation', 'chroot', ...options, '--tag', tag, context);
  }

  async push(image: string, reference: string): Promise<void> {
    await this.#do('push', '--tls-verify=false', image, `docker://${reference}`);
  }

  /** Pulls an image, whatever stands under its name here. */
  async pull(reference: string): Promise<void> {
    await this.#do('pull', '--tls-verify=false', '--policy', 'always', `docker://${reference}`);
  }

  /** @returns the new container's name */
  async from(image: string): Promise<string> {
    return (await this.#do('from', '--pull-never', image)).trim();
  }

  /** @param options of `buildah run`: `--env`, `--volume`, `--user` */
  async run(container: string, options: readonly string[], command: readonly string[]): Promise<string> {
    return await this.#do('run', '--isolation', 'chroot', ...options, container, '--', ...command);
  }

  /** @returns the folder that the container's root is mounted at */
  async mount(container: string): Promise<string> {
    return (await this.#do('mount', container)).trim();
  }

  async #do(...args: readonly string[]): Promise<string> {
    return await run('buildah', [...this.#storage, ...args]);
  }
}
