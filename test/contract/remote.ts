import { FollowingTransport } from '../../src/http/following-transport.ts';
import { NetworkTransport } from '../../src/http/network-transport.ts';
import { Origins } from '../../src/http/origins.ts';
import { parseRepository } from '../../src/oci/reference.ts';
import type { Repository } from '../../src/oci/repository.ts';
import { RemoteRepository } from '../../src/registry/repository.ts';
import { noLimits } from '../fake/limits.ts';

/** The registry client, anonymous and without retries, for one registry on loopback. */
export class RemoteRegistry {
  readonly #host: string;
  readonly #stop = new AbortController();
  readonly #origins: Origins;
  readonly #transport: FollowingTransport;

  constructor(host: string) {
    this.#host = host;
    this.#origins = new Origins(
      (named) => named === host,
      () => '',
    );
    this.#transport = new FollowingTransport(new NetworkTransport(this.#origins, this.#stop.signal));
  }

  open(path: string): Repository {
    return new RemoteRepository(parseRepository(`${this.#host}/${path}`), this.#transport, undefined, noLimits());
  }

  close(): void {
    this.#origins.close();
  }
}
