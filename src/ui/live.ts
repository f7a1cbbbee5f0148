import { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import type { LogSink } from './log.ts';
import { Pace, paceText } from './pace.ts';
import { bytesText } from './quantities.ts';
import type { Tally, Transfer } from './tally.ts';

/** How large a terminal is; it may change. */
export interface Terminal {
  /** characters a line */
  readonly columns: number;
  /** lines */
  readonly rows: number;
}

const redrawMs = 100;
const paceMs = 5_000;
const widestBar = 30;
const shownDigest = 'sha256:'.length + 12;
const subjectWidth = 9;
const indent = subjectWidth + 2;

/** Lines that scroll by, and below them bars that stay and move: what a terminal shows of a run. */
export class LiveSink implements LogSink {
  readonly #write: LogSink['write'];
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #colours: ReturnType<typeof picocolors.createColors>;
  readonly #screen: (text: string) => void;
  readonly #erase: () => void;
  readonly #pace = new Pace(paceMs);
  #drawn = '';
  #drawnAt = Number.NEGATIVE_INFINITY;

  /** @param now a clock's milliseconds */
  constructor(write: LogSink['write'], terminal: Terminal, colour: boolean, now: () => number) {
    this.#write = write;
    this.#terminal = terminal;
    this.#now = now;
    this.#colours = picocolors.createColors(colour);
    // The cursor stays visible: to hide it, log-update would take the signals that end a run.
    const screen = createLogUpdate(new TerminalStream(write, terminal), { showCursor: true });
    this.#screen = screen;
    this.#erase = screen.clear;
  }

  write(text: string): void {
    if (this.#drawn === '') {
      this.#write(text);
      return;
    }
    this.#erase();
    this.#write(text);
    this.#screen(this.#drawn);
  }

  progress(tally: Tally): void {
    const now = this.#now();
    if (now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    this.#pace.take(now, tally.bytes.sent);
    const bars = this.#bars(tally);
    if (bars === '') {
      this.settle();
      return;
    }
    this.#drawn = bars;
    this.#screen(bars);
  }

  settle(): void {
    if (this.#drawn === '') return;
    this.#erase();
    this.#drawn = '';
  }

  #bars(tally: Tally): string {
    const { bytes, images, open, moving } = tally;
    if (moving.length === 0 && bytes.sent >= bytes.size) return '';
    const pace = paceText(bytes, this.#pace.perSecond);
    const done = images === 1 ? [] : [`${pace}, ${images - open} of ${images} images done`];
    const total = this.#line('sending', bytes, [...done, pace, ...shorter(pace)]);
    return [total, ...moving.map((transfer) => this.#blob(transfer))].join('\n');
  }

  #blob({ digest, sent, size }: Transfer): string {
    const name = digest.slice(0, shownDigest);
    return this.#line('', { sent, size }, [`${name}  ${bytesText(sent)} of ${bytesText(size)}`, name]);
  }

  /**
   * Never longer than the terminal is wide: what wraps cannot be drawn over.
   * @param texts the longest first; the first that fits is shown
   */
  #line(subject: string, { sent, size }: Omit<Transfer, 'digest'>, texts: readonly string[]): string {
    const room = Math.max(0, this.#terminal.columns - indent - 1);
    const text = texts.find(({ length }) => length <= room) ?? '';
    const width = Math.min(widestBar, room - text.length - 2);
    const label = this.#colours.cyan(subject.padStart(subjectWidth));
    return width < 5 ? `${label}  ${text}` : `${label}  ${this.#bar(sent, size, width)}  ${text}`;
  }

  #bar(sent: number, size: number, width: number): string {
    const filled = size === 0 ? 0 : Math.min(width, Math.floor((sent / size) * width));
    return this.#colours.green('█'.repeat(filled)) + this.#colours.dim('░'.repeat(width - filled));
  }
}

/** The same with less and less of it: `1.2 GiB of 3.4 GiB (35 %), 120.0 MiB/s`, `1.2 GiB of 3.4 GiB (35 %)`. */
function shorter(text: string): string[] {
  const parts = text.split(', ');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join(', ')).slice(1);
}

/** The terminal as the stream that log-update draws on. */
class TerminalStream extends Writable {
  readonly isTTY = true;
  readonly #text: LogSink['write'];
  readonly #terminal: Terminal;

  constructor(write: LogSink['write'], terminal: Terminal) {
    super({ decodeStrings: false });
    this.#text = write;
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    this.#text(text);
    done();
  }
}
