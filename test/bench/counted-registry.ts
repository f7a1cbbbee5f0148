import { readFile } from 'node:fs/promises';
import type { Certificates } from '../fake/certificates.ts';
import { startDockerRegistry } from '../fake/docker-registry.ts';
import { type Relay, startRelay } from './relay.ts';
import { Stock, stockAgent } from './stock.ts';

/** A real registry that counts what it is asked, reached at once or over a distance. */
export interface CountedRegistry {
  readonly stock: Stock;
  readonly nearPort: number;
  /** the same, `delayMs` away */
  readonly farPort: number;
  /** every request until now, the stock's own left out */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

/** @param delayMs to the far port, one way */
export async function startCountedRegistry(certificates: Certificates, delayMs: number): Promise<CountedRegistry> {
  const log = new AccessLog();
  const registry = await startDockerRegistry(certificates, (line) => log.take(line));
  const nearPort = Number(new URL(registry.base).port);
  const relay: Relay = await startRelay(nearPort, delayMs);
  const stock = new Stock(registry.base, await readFile(certificates.authorityFile, 'utf8'));
  return {
    stock,
    nearPort,
    farPort: relay.port,
    requests: () => log.countUntilNow(stock),
    stop: async () => {
      await relay.stop();
      await registry.stop();
    },
  };
}

/** Counts lines in the combined log format, whose last field is the client's name. */
class AccessLog {
  #requests = 0;
  #marks = 0;
  readonly #waiting = new Map<string, (requests: number) => void>();

  take(line: string): void {
    if (!line.endsWith(`"${stockAgent}"`)) {
      this.#requests += 1;
      return;
    }
    const mark = /\?(mark=\d+) /.exec(line)?.[1] ?? '';
    this.#waiting.get(mark)?.(this.#requests);
    this.#waiting.delete(mark);
  }

  /** The log comes through a pipe: a request of our own is its last line of interest. */
  async countUntilNow(stock: Stock): Promise<number> {
    this.#marks += 1;
    const mark = `mark=${this.#marks}`;
    const counted = new Promise<number>((resolve) => this.#waiting.set(mark, resolve));
    await stock.mark(mark);
    return counted;
  }
}
