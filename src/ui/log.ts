import type { Emit, PromotionEvent } from '../promotion/events.ts';
import type { Report, ReportedFault } from '../promotion/report.ts';
import type { PromotionRequest, Selection } from '../promotion/request.ts';
import { Heartbeat } from './heartbeat.ts';
import type { LogFormat } from './log-format.ts';
import { type LogLine, lineOf, type Severity } from './log-line.ts';
import { counted, durationText } from './quantities.ts';
import { sharesText, workText } from './shares.ts';
import { Tally } from './tally.ts';

/** Where lines go: a process's standard error is one. */
export interface LogSink {
  write(text: string): unknown;
  /** Shows in its own way how far things are; where there is none, the log tells of it in lines. */
  progress?(tally: Tally): void;
  /** Takes away what shows how far things are. */
  settle?(): void;
}

/** A request and what came of it. */
export interface ShownExchange {
  readonly method: string;
  readonly url: string;
  /** undefined where no response came */
  readonly status: number | undefined;
  /** `HTTP/2`; undefined where it is not known */
  readonly protocol?: string | undefined;
  /** milliseconds of the log's clock */
  readonly startedAt: number;
  readonly durationMs: number;
}

export type Verbosity = 'quiet' | 'normal' | 'verbose';

const rank: Readonly<Record<Severity, number>> = { DEBUG: 0, INFO: 1, NOTICE: 1, WARNING: 2, ERROR: 3 };
const leastShown: Readonly<Record<Verbosity, number>> = { verbose: 0, normal: 1, quiet: 2 };
const mostImagesListed = 10;

/** Tells people on standard error what happens. */
export class Log {
  readonly #sink: LogSink;
  readonly #format: LogFormat;
  readonly #least: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #tally = new Tally();
  readonly #heartbeat: Heartbeat;
  readonly #watchers: Emit[] = [];
  readonly #warnings: string[] = [];
  #resolved = 0;

  /** @param now a clock's milliseconds */
  constructor(sink: LogSink, format: LogFormat, verbosity: Verbosity, now: () => number) {
    this.#sink = sink;
    this.#format = format;
    this.#least = leastShown[verbosity];
    this.#now = now;
    this.#startedAt = now();
    this.#heartbeat = new Heartbeat(now);
  }

  /** all so far, shown or not */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  readonly emit: Emit = (event) => {
    this.#tally.take(event);
    if (event.type === 'warning') this.#warnings.push(event.message);
    this.#tell(this.#lineOf(event));
    if (this.#least < rank.WARNING) this.#sink.progress?.(this.#tally);
    for (const watch of this.#watchers) watch(event);
  };

  /** @param watcher gets every event from now on */
  watch(watcher: Emit): void {
    this.#watchers.push(watcher);
  }

  /** What is promoted, from where to where. */
  started({ images, selections }: PromotionRequest): void {
    const named = [
      ...selections.map((selection) => ({ ...selection, source: `${selection.source} (${extentText(selection)})` })),
      ...images,
    ];
    for (const { source, destinations } of named.slice(0, mostImagesListed)) {
      this.#tell(said('INFO', 'promote', `${source}`));
      for (const destination of destinations) this.#tell(said('INFO', 'to', `${destination}`));
    }
    const rest = named.length - mostImagesListed;
    if (rest > 0) this.#tell(said('INFO', 'promote', `${counted(rest, 'more image')}`));
  }

  /** @param account who acts: an e-mail address, or the words for an unnamed one */
  identity(account: string): void {
    this.#tell(said('INFO', 'as', account));
  }

  warning(message: string): void {
    this.emit({ type: 'warning', message });
  }

  /** What it took. */
  finished(report: Report): void {
    this.#tell(said('INFO', 'done', `blobs: ${workText(report)}`));
  }

  /** Nothing moves any more: from here on only lines come. */
  settle(): void {
    this.#sink.settle?.();
  }

  /** One request to a registry, redacted. */
  readonly exchange = ({ method, url, status, protocol, startedAt, durationMs }: ShownExchange): void => {
    const offset = `+${((startedAt - this.#startedAt) / 1000).toFixed(3)} s`;
    const outcome = `${status ?? 'failed'} ${durationText(durationMs)}${protocol === undefined ? '' : ` ${protocol}`}`;
    this.#tell(said('DEBUG', 'request', `${offset} ${method} ${url} ${outcome}`));
  };

  /** What ended the run, and what mends it: the last that is said. */
  fault({
    code,
    message,
    hint,
  }: Pick<ReportedFault, 'code' | 'message'> & { readonly hint?: string | undefined }): void {
    this.settle();
    const labels = { event: 'fault', code };
    this.#tell({ severity: 'ERROR', subject: 'error', message: `${code}: ${message}`, labels });
    for (const line of hint?.split('\n') ?? []) {
      this.#tell({ severity: 'ERROR', subject: 'hint', message: line, labels });
    }
  }

  #lineOf(event: PromotionEvent): LogLine | undefined {
    switch (event.type) {
      case 'bytes':
        return this.#beat();
      case 'resolved':
        return this.#amongMany(lineOf(event));
      case 'verified':
        return this.#withShare(lineOf(event), event.destination);
      default:
        return lineOf(event);
    }
  }

  #beat(): LogLine | undefined {
    if (this.#sink.progress !== undefined) return undefined;
    const message = this.#heartbeat.beat(this.#tally);
    return message === undefined ? undefined : said('INFO', 'sending', message);
  }

  /** In a batch an image gets one line, when it is done. */
  #amongMany(line: LogLine | undefined): LogLine | undefined {
    this.#resolved += 1;
    return line === undefined || this.#resolved <= mostImagesListed ? line : { ...line, severity: 'DEBUG' };
  }

  #withShare(line: LogLine | undefined, destination: string): LogLine | undefined {
    if (line === undefined) return undefined;
    const share = sharesText(this.#tally.settle(destination));
    const after = durationText(this.#now() - this.#startedAt);
    return { ...line, message: `${line.message}; blobs: ${share}; after ${after}` };
  }

  #tell(line: LogLine | undefined): void {
    if (line !== undefined && rank[line.severity] >= this.#least) this.#sink.write(this.#format(line));
  }
}

/** How much of what is there a selection takes: `every tag below it like v*, the newest 3`. */
function extentText({ of, filter: { include, exclude, newest, untagged } }: Selection): string {
  return [
    `every tag${of === 'repository' ? ' below it' : ''}${include.length === 0 ? '' : ` like ${include.join(' or ')}`}`,
    ...(exclude.length === 0 ? [] : [`not ${exclude.join(' or ')}`]),
    ...(newest === undefined ? [] : [`the newest ${newest}${of === 'repository' ? ' of each image' : ''}`]),
    ...(untagged ? ['and what has no tag'] : []),
  ].join(', ');
}

function said(severity: Severity, subject: string, message: string): LogLine {
  return { severity, subject, message, labels: { event: subject } };
}
