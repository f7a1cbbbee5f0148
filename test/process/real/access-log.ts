import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

/** `127.0.0.1 - - [TIME] "GET /v2/ HTTP/1.1" 200 …`: the Apache web server's "combined" form */
const combined = /^\S+ \S+ .*?\[[^\]]+\] "([^"]+)" (\d+) /;

/** What a real registry was asked, by its own log of every request, which it writes after its answer. */
export class AccessLog {
  readonly #answered: string[] = [];
  readonly #growth = new EventEmitter();

  /** For startDockerRegistry. */
  readonly take = (line: string): void => {
    const [, request, status] = combined.exec(line) ?? [];
    if (request === undefined) return;
    this.#answered.push(`${request} ${status}`);
    this.#growth.emit('line');
  };

  /**
   * Asks the registry for something that nobody else asks for, and waits for that to appear.
   * @param base the registry's URL
   * @param authority of its certificate, as PEM
   * @returns all that was answered before: `POST /v2/a/blobs/uploads/ HTTP/1.1 202`
   */
  async upToNow(base: string, authority?: string): Promise<readonly string[]> {
    const marker = `/v2/?marker=${randomUUID()}`;
    const url = `${base}${marker}`;
    const request = authority === undefined ? getHttp(url) : getHttps(url, { ca: authority });
    request.once('response', (response) => response.resume());
    await once(request, 'close');
    for (;;) {
      const end = this.#answered.findIndex((line) => line.includes(marker));
      if (end >= 0) return this.#answered.slice(0, end).filter((line) => !line.includes('?marker='));
      await once(this.#growth, 'line');
    }
  }
}
