import type { Emit } from '../promotion/events.ts';
import type { Report, ReportedFault } from '../promotion/report.ts';
import type { PromotionRequest } from '../promotion/request.ts';
import type { LogFormat } from './log-format.ts';
import { type LogLine, lineOf, type Severity } from './log-line.ts';
import { Progress } from './progress.ts';
import { bytesText, counted, durationText } from './quantities.ts';

/** Where lines go: a process's standard error is one. */
export interface LineSink {
  write(text: string): unknown;
}

/** A request and what came of it. */
export interface ShownExchange {
  readonly method: string;
  readonly url: string;
  /** undefined where no response came */
  readonly status: number | undefined;
  readonly durationMs: number;
}

export type Verbosity = 'quiet' | 'normal' | 'verbose';

const rank: Readonly<Record<Severity, number>> = { DEBUG: 0, INFO: 1, NOTICE: 1, WARNING: 2, ERROR: 3 };
const leastShown: Readonly<Record<Verbosity, number>> = { verbose: 0, normal: 1, quiet: 2 };
const mostImagesListed = 10;

/** Tells people on standard error what happens. */
export class Log {
  readonly #sink: LineSink;
  readonly #format: LogFormat;
  readonly #least: number;
  readonly #progress: Progress;
  readonly #warnings: string[] = [];

  /** @param now a clock's milliseconds, for how often to tell of long uploads */
  constructor(sink: LineSink, format: LogFormat, verbosity: Verbosity, now: () => number) {
    this.#sink = sink;
    this.#format = format;
    this.#least = leastShown[verbosity];
    this.#progress = new Progress(now);
  }

  /** all so far, shown or not */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  readonly emit: Emit = (event) => {
    if (event.type === 'warning') this.#warnings.push(event.message);
    if (event.type !== 'bytes') return this.#tell(lineOf(event));
    const message = this.#progress.take(event);
    return this.#tell(message === undefined ? undefined : said('INFO', 'sending', message));
  };

  /** What is promoted, from where to where. */
  started(request: PromotionRequest): void {
    for (const { source, destinations } of request.images.slice(0, mostImagesListed)) {
      this.#tell(said('INFO', 'promote', `${source}`));
      for (const destination of destinations) this.#tell(said('INFO', 'to', `${destination}`));
    }
    const rest = request.images.length - mostImagesListed;
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
  finished({ blobs, bytesUploaded, requests, durationMs }: Report): void {
    const shares = `${blobs.existing} there, ${blobs.mounted} mounted, ${blobs.uploaded} sent`;
    const effort = `${counted(requests, 'request')} in ${durationText(durationMs)}`;
    this.#tell(said('INFO', 'done', `blobs: ${shares} (${bytesText(bytesUploaded)}); ${effort}`));
  }

  /** One request to a registry, redacted. */
  readonly exchange = ({ method, url, status, durationMs }: ShownExchange): void => {
    this.#tell(said('DEBUG', 'request', `${method} ${url} ${status ?? 'failed'} ${durationText(durationMs)}`));
  };

  /** What ended the run, and what mends it. */
  fault({
    code,
    message,
    hint,
  }: Pick<ReportedFault, 'code' | 'message'> & { readonly hint?: string | undefined }): void {
    const labels = { event: 'fault', code };
    this.#tell({ severity: 'ERROR', subject: 'error', message: `${code}: ${message}`, labels });
    for (const line of hint?.split('\n') ?? []) {
      this.#tell({ severity: 'ERROR', subject: 'hint', message: line, labels });
    }
  }

  #tell(line: LogLine | undefined): void {
    if (line !== undefined && rank[line.severity] >= this.#least) this.#sink.write(this.#format(line));
  }
}

function said(severity: Severity, subject: string, message: string): LogLine {
  return { severity, subject, message, labels: { event: subject } };
}
