/** One figure, and what it is held against. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly wanted: string;
  readonly isMet: boolean;
}

export const mebibyte = 1024 * 1024;

export function atMost(what: string, figure: number, limit: number, unit: string): Row {
  return { what, figure: `${round(figure)} ${unit}`, wanted: `at most ${limit} ${unit}`, isMet: figure <= limit };
}

export function atLeast(what: string, figure: number, limit: number, unit: string): Row {
  return { what, figure: `${round(figure)} ${unit}`, wanted: `at least ${limit} ${unit}`, isMet: figure >= limit };
}

/** A figure that nothing is promised of. */
export function told(what: string, figure: string): Row {
  return { what, figure, wanted: '', isMet: true };
}

function round(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(2);
}
