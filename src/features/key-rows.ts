/** Rows of a state, ascending by the key that each begins with. */
type KeyRow = readonly [key: string, ...columns: unknown[]];

/** Index of the key, or of where it belongs. */
export function searchKey(rows: readonly KeyRow[], key: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]![0] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
