import picocolors from 'picocolors';
import { printable } from '../text.ts';
import { jsonLine } from './json.ts';
import type { LogLine, Severity } from './log-line.ts';

/** Turns a line of the log into what is written, newline and all. */
export type LogFormat = (line: LogLine) => string;

const subjectWidth = 9;
/** Above the 500 characters of a server's text: two references and words of our own stand around it. */
const longestMessage = 4000;

/** Aligned lines for people. */
export function textFormat(colour: boolean): LogFormat {
  const colours = picocolors.createColors(colour);
  const tint: Readonly<Record<Severity, (text: string) => string>> = {
    DEBUG: colours.dim,
    INFO: colours.cyan,
    NOTICE: colours.yellow,
    WARNING: colours.yellow,
    ERROR: colours.red,
  };
  return ({ severity, subject, message }) => {
    const text = printable(message, longestMessage);
    // A fault stands out of the column, and reads the same wherever it is searched for.
    if (subject === 'error') return `${tint.ERROR('error')} ${text}\n`;
    if (subject === 'hint') return `  ${tint.ERROR('hint:')} ${text}\n`;
    return `${tint[severity](printable(subject).padStart(subjectWidth))}  ${text}\n`;
  };
}

/** One JSON object a line, as Cloud Logging's structured logging reads it. */
export const jsonFormat: LogFormat = ({ severity, subject, message, labels }) => {
  const guarded = Object.entries(labels).map(([name, value]) => [name, printable(value, longestMessage)]);
  return `${jsonLine({
    severity,
    message: printable(`${subject} ${message}`, longestMessage),
    'logging.googleapis.com/labels': Object.fromEntries(guarded),
  })}\n`;
};
