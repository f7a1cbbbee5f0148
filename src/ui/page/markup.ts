import { printable } from '../../text.ts';

/** HTML that is safe as it stands. */
export class Markup {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** @param text that this program wrote itself */
  static trusted(text: string): Markup {
    return new Markup(text);
  }

  get bytes(): number {
    return Buffer.byteLength(this.text);
  }
}

type Value = string | number | Markup | readonly Markup[];

const longestText = 2000;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose every value is escaped, except for what is markup already. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return Markup.trusted(parts.map((part, index) => part + textOf(values[index])).join(''));
}

/** Nothing. */
export const empty = Markup.trusted('');

function textOf(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string')
    return printable(value, longestText).replace(/[&<>"']/g, (sign) => entities[sign] ?? '');
  return value.map(({ text }) => text).join('');
}
