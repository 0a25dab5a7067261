/**
 * The k-th largest of the first n values (1 ≤ k ≤ n), which are reordered: Hoare's selection with the median of three as
 * pivot, linear on average.
 */
export function kthLargest(values: Float64Array, n: number, k: number): number {
  // Indexes lie between 0 and n - 1 throughout.
  const at = (place: number): number => values[place] as number;
  const wanted = k - 1;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = medianOf(at(low), at((low + high) >>> 1), at(high));
    let left = low;
    let right = high;
    while (left <= right) {
      while (at(left) > pivot) left++;
      while (at(right) < pivot) right--;
      if (left > right) break;
      const moved = at(left);
      values[left++] = at(right);
      values[right--] = moved;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return at(wanted);
}

function medianOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
