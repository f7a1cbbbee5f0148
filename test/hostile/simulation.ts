import { FollowingTransport } from '../../src/http/following-transport.ts';
import { Gate } from '../../src/http/gate.ts';
import { LimitedTransport } from '../../src/http/limited-transport.ts';
import { ResumingTransport } from '../../src/http/resuming-transport.ts';
import { RetryingTransport, type RetryNotice } from '../../src/http/retrying-transport.ts';
import type { Reference } from '../../src/oci/reference.ts';
import type { Repository } from '../../src/oci/repository.ts';
import type { World } from '../../src/promotion/world.ts';
import { RemoteRepository } from '../../src/registry/repository.ts';
import type { Clock, Limits } from '../../src/retry.ts';
import { OpenAccess } from '../fake/access.ts';
import { type Behaviour, plainBehaviour } from '../fake/behaviour.ts';
import { DirectTransport } from '../fake/direct-transport.ts';
import { PlainWorld } from '../fake/plain-world.ts';
import { RegistryHost } from '../fake/registry-host.ts';

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Time that passes only where somebody waits for it, and then at once. */
export class VirtualClock implements Clock {
  readonly random: () => number;
  #now = 1_800_000_000_000;

  constructor(random: () => number) {
    this.random = random;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.#now + ms;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    this.#now = Math.max(this.#now, until);
  }
}

/** The whole client but its sockets, against fake registries without a network, in virtual time. */
export class Simulation extends PlainWorld implements World {
  readonly clock: VirtualClock;
  readonly limits: Limits;
  readonly direct: DirectTransport;
  readonly notices: RetryNotice[] = [];
  readonly startedAt: number;
  readonly #registries: ReadonlyMap<string, RegistryHost>;
  readonly #bottom: RetryingTransport;

  /** @param deadlineMs from now, in virtual time */
  constructor(hosts: readonly string[], seed: number, deadlineMs: number, behaviour: Behaviour = plainBehaviour()) {
    super();
    this.clock = new VirtualClock(randomFrom(seed));
    this.startedAt = this.clock.now();
    this.limits = { clock: this.clock, signal: this.stopping.signal, deadline: this.startedAt + deadlineMs };
    this.#registries = new Map(hosts.map((host) => [host, new RegistryHost(new OpenAccess(), { ...behaviour })]));
    this.direct = new DirectTransport(this.#registries);
    const limited = new LimitedTransport(this.direct, 24);
    this.#bottom = new RetryingTransport(limited, this.limits, new Gate(this.limits), this.#notify);
  }

  registry(host: string): RegistryHost {
    const found = this.#registries.get(host);
    if (found === undefined) throw new Error(`no registry ${host} in this simulation`);
    return found;
  }

  open(reference: Reference, side: 'source' | 'destination' | undefined): Repository {
    const transport = new ResumingTransport(new FollowingTransport(this.#bottom), this.limits, this.#notify);
    return new RemoteRepository(reference, transport, side, this.limits);
  }

  requests(): number {
    return this.direct.requests;
  }

  /** virtual milliseconds since the beginning */
  get elapsed(): number {
    return this.clock.now() - this.startedAt;
  }

  readonly #notify = (notice: RetryNotice): void => {
    this.notices.push(notice);
  };
}
