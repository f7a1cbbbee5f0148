import { stripVTControlCharacters } from 'node:util';

/**
 * Stands in the bundle for the package string-width, whose expressions for emoji and wide characters cost 16 ms at
 * every start. What we print in columns is of single width.
 */
// biome-ignore lint/style/noDefaultExport: the package has this one
export default function stringWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
