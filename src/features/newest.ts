/**
 * The newest n of a set, kept sorted: a monoid, because what n newer entries pushed out stays out whatever
 * comes later. Order is by time, then tie, then ordinal within the event, then content.
 */
export type TimedEntry = readonly [time: number, tie: string, ordinal: number, ...unknown[]];

/** Negative when `a` is newer. Equal entries are indistinguishable, so either may come first. */
export function compareNewest(a: TimedEntry, b: TimedEntry): number {
  if (a[0] !== b[0]) return b[0] - a[0];
  if (a[1] !== b[1]) return a[1] > b[1] ? -1 : 1;
  if (a[2] !== b[2]) return b[2] - a[2];
  const left = JSON.stringify(a);
  const right = JSON.stringify(b);
  return left === right ? 0 : left > right ? -1 : 1;
}

/** As many as are moved one by one. */
const FEW = 24;

/** Inserts at its place unless `max` newer ones are there; answers whether it was taken. */
export function insertNewest<Entry extends TimedEntry>(entries: Entry[], entry: Entry, max: number): boolean {
  let index = 0;
  while (index < entries.length && compareNewest(entries[index]!, entry) < 0) index += 1;
  if (index >= max) return false;
  if (entries.length - index > FEW) {
    entries.splice(index, 0, entry);
  } else {
    // Moving a few one by one costs a third of a `splice`, which also makes a list of what it took out.
    if (entries.length < max) entries.push(entry);
    for (let at = entries.length - 1; at > index; at -= 1) entries[at] = entries[at - 1]!;
    entries[index] = entry;
  }
  if (entries.length > max) entries.length = max;
  return true;
}
