import type { PromotionEvent } from '../promotion/events.ts';
import { mediaTypeText } from './media-type.ts';
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
      return line('INFO', event.type, resolved(event), { source: event.source, digest: event.digest });
    case 'planned':
      return planned(event);
    case 'attached':
      return line('DEBUG', event.type, attached(event), { destination: event.destination });
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
    case 'bytes':
      return undefined;
  }
}

function selected({ source, images, repositories }: Extract<PromotionEvent, { type: 'selected' }>): string {
  const where = repositories === 1 ? source : `${counted(repositories, 'repository')} below ${source}`;
  return `${counted(images, 'image')} of ${where}`;
}

function resolved({ source, digest, mediaType }: Extract<PromotionEvent, { type: 'resolved' }>): string {
  const kind = mediaTypeText(mediaType);
  return source.endsWith(`@${digest}`) ? `${source} (${kind})` : `${source} is ${digest} (${kind})`;
}

/** What is to be created needs no line of its own: it gets one when it is there. */
function planned({ destination, digest, current, action }: Extract<PromotionEvent, { type: 'planned' }>): LogLine {
  const labels = { destination, digest };
  switch (action) {
    case 'create':
      return line('DEBUG', 'planned', `create ${destination}`, labels);
    case 'move':
      return line('NOTICE', 'planned', `move ${destination} from ${current ?? 'nothing'}`, labels);
    case 'unchanged':
      return line('INFO', 'unchanged', `${destination} is ${digest} already`, labels);
  }
}

function attached({ destination, graph, tag }: Extract<PromotionEvent, { type: 'attached' }>): string {
  const { digest, artifactType } = graph.root;
  return `${tag ?? artifactType ?? 'artifact'} ${digest} follows to ${destination}`;
}

function retried({ what, because, waitMs }: Extract<PromotionEvent, { type: 'retry' }>): string {
  return `${what}: ${because}; again in ${durationText(waitMs)}`;
}

function line(severity: Severity, subject: string, message: string, labels: LogLine['labels']): LogLine {
  return { severity, subject, message, labels: { event: subject, ...labels } };
}
