/** Makes one thing for all that have one key: for the first who asks. */
export function oncePer<Item, Result>(
  keyOf: (item: Item) => unknown,
  make: (item: Item) => Result,
): (item: Item) => Result {
  const made = new Map<unknown, Result>();
  return (item) => {
    const key = keyOf(item);
    const known = made.get(key) ?? make(item);
    made.set(key, known);
    return known;
  };
}
