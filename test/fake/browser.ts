import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { requireTool } from './tools.ts';

/** How a page is looked at. */
export interface View {
  /** CSS pixels */
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

type Message = Readonly<Record<string, unknown>>;

/** A headless Chromium, spoken to by its DevTools protocol over a pipe. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #input: Writable;
  readonly #answers = new Map<number, { resolve: (result: Message) => void; reject: (error: Error) => void }>();
  /** every event since the page was opened, as `METHOD` and its parameters */
  readonly events: { readonly method: string; readonly params: Message }[] = [];
  #session: string | undefined;
  #count = 0;

  private constructor(child: ChildProcess, profile: string, input: Writable, output: Readable) {
    this.#child = child;
    this.#profile = profile;
    this.#input = input;
    let rest = '';
    output.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) this.#take(JSON.parse(message));
    });
    child.on('close', () => {
      for (const { reject } of this.#answers.values()) reject(new Error('the browser has ended'));
    });
  }

  static async start(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'promote-browser-'));
    const own = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe'];
    const child = spawn(requireTool('chromium'), [...own, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const [, , , input, output] = child.stdio;
    if (!isWritable(input) || !isReadable(output)) throw new Error('the browser has no pipe');
    return new Browser(child, profile, input, output);
  }

  /** Opens a page anew. @param url `file://…` */
  async open(url: string, { width, height, scheme }: View): Promise<void> {
    this.#session = undefined;
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = String(sessionId);
    this.events.length = 0;
    for (const domain of ['Page', 'Network', 'Log']) await this.#send(`${domain}.enable`, {});
    await this.#send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await this.#send('Page.navigate', { url });
    await this.evaluate(
      'new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", done))',
    );
  }

  /** The value of an expression in the page; a promise is awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', options);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return isMessage(result) ? result.value : undefined;
  }

  /** A picture of the page, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.#send('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(String(data), 'base64');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #send(method: string, params: Message): Promise<Message> {
    this.#count += 1;
    const id = this.#count;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  #take(message: unknown): void {
    if (!isMessage(message)) return;
    const { id, method, params, result, error } = message;
    if (typeof method === 'string' && isMessage(params)) this.events.push({ method, params });
    if (typeof id !== 'number') return;
    const waiting = this.#answers.get(id);
    this.#answers.delete(id);
    if (error !== undefined) waiting?.reject(new Error(JSON.stringify(error)));
    else waiting?.resolve(isMessage(result) ? result : {});
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null;
}

function isWritable(stream: unknown): stream is Writable {
  return typeof stream === 'object' && stream !== null && 'write' in stream;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'setEncoding' in stream;
}
