/**
 * Asks once for all that have one key. A failure is that of everyone who waits for it, and ends no process where nobody does.
 */
export function oncePer<Item, Result>(
  keyOf: (item: Item) => unknown,
  ask: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  const asked = new Map<unknown, Promise<Result>>();
  return (item) => {
    const key = keyOf(item);
    const known = asked.get(key) ?? ask(item);
    known.catch(() => undefined);
    asked.set(key, known);
    return known;
  };
}
