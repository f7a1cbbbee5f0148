import type { PromotionEvent } from '../promotion/events.ts';
import { bytesText, counted, durationText } from './quantities.ts';

/** Google Cloud Logging's LogSeverity, as far as it is used. */
export type Severity = 'DEBUG' | 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR';

/** One line of the log, before it is text or JSON. */
export interface LogLine {
  readonly severity: Severity;
  /** one word that says what kind of line it is */
  readonly subject: string;
  readonly message: string;
  /** what a machine filters by */
  readonly labels: Readonly<Record<string, string>>;
}

/** What an event says; undefined for one that is only counted. */
export function lineOf(event: PromotionEvent): LogLine | undefined {
  switch (event.type) {
    case 'selected':
      return line('INFO', event.type, selected(event), { source: event.source });
    case 'resolved':
      return line('INFO', event.type, `${event.source} is ${event.digest} (${event.mediaType})`, {
        source: event.source,
        digest: event.digest,
      });
    case 'planned':
      return line('INFO', event.type, planned(event), { destination: event.destination, digest: event.digest });
    case 'blob':
      return line('DEBUG', event.type, `${event.blob.digest} ${event.how} (${bytesText(event.blob.size)})`, {
        repository: event.repository,
        digest: event.blob.digest,
      });
    case 'manifest':
      return line('DEBUG', event.type, `${event.digest} put`, { repository: event.repository, digest: event.digest });
    case 'tagged':
      return line('DEBUG', event.type, event.destination, { destination: event.destination, digest: event.digest });
    case 'verified':
      return line('INFO', event.type, `${event.destination} is ${event.digest}`, {
        destination: event.destination,
        digest: event.digest,
      });
    case 'retry':
      return line('NOTICE', event.type, retried(event), {});
    case 'warning':
      return line('WARNING', event.type, event.message, {});
    case 'attached':
    case 'bytes':
      return undefined;
  }
}

function selected({ source, images, repositories }: Extract<PromotionEvent, { type: 'selected' }>): string {
  const below = repositories === 1 ? source : `${repositories} repositories below ${source}`;
  return `${counted(images, 'image')} of ${below}`;
}

function planned(event: Extract<PromotionEvent, { type: 'planned' }>): string {
  switch (event.action) {
    case 'create':
      return `create ${event.destination}`;
    case 'move':
      return `move ${event.destination} from ${event.current ?? 'nothing'}`;
    case 'unchanged':
      return `${event.destination} is there already`;
  }
}

function retried({ what, because, waitMs }: Extract<PromotionEvent, { type: 'retry' }>): string {
  return `${what}: ${because}; again in ${durationText(waitMs)}`;
}

function line(severity: Severity, subject: string, message: string, labels: LogLine['labels']): LogLine {
  return { severity, subject, message, labels: { event: subject, ...labels } };
}
