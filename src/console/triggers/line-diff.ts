/** A line of two texts laid side by side: in both, in the old one only, or in the new one only. */
export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** What is shown of a difference: a line, or so many lines that are the same and are left out. */
export type ShownLine = DiffLine | { readonly kind: 'skipped'; readonly lines: number };

/** Beyond this the table of lengths would take too much memory; what differs is then shown as a whole. */
const CELLS_MAX = 4_000_000;

/** The fewest lines that lead from one text to the other: all that is not in their longest common subsequence. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const left = linesOf(before);
  const right = linesOf(after);
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  return [
    ...asLines('same', left.slice(0, start)),
    ...diffMiddle(left.slice(start, left.length - end), right.slice(start, right.length - end)),
    ...asLines('same', left.slice(left.length - end)),
  ];
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function asLines(kind: DiffLine['kind'], lines: readonly string[]): readonly DiffLine[] {
  return lines.map((text) => ({ kind, text }));
}

function diffMiddle(left: readonly string[], right: readonly string[]): readonly DiffLine[] {
  if (left.length * right.length > CELLS_MAX) return [...asLines('gone', left), ...asLines('new', right)];
  const width = right.length + 1;
  const common = commonLengths(left, right);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      lines.push({ kind: 'same', text: left[i] ?? '' });
      i++;
      j++;
    } else if ((common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)) {
      lines.push({ kind: 'gone', text: left[i++] ?? '' });
    } else lines.push({ kind: 'new', text: right[j++] ?? '' });
  }
  return [...lines, ...asLines('gone', left.slice(i)), ...asLines('new', right.slice(j))];
}

/** At `i * width + j` how many lines the rest of `left` from i and of `right` from j have in common, in their order. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint32Array {
  const width = right.length + 1;
  const common = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      common[i * width + j] =
        left[i] === right[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  return common;
}

/** Leaves out what is far from every change. */
export function foldLines(lines: readonly DiffLine[], around = 3): readonly ShownLine[] {
  const near = lines.map((_line, i) =>
    lines.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== 'same'),
  );
  const shown: ShownLine[] = [];
  let skipped = 0;
  for (const [i, line] of lines.entries()) {
    if (near[i] === true) {
      if (skipped > 0) shown.push({ kind: 'skipped', lines: skipped });
      skipped = 0;
      shown.push(line);
    } else skipped++;
  }
  if (skipped > 0) shown.push({ kind: 'skipped', lines: skipped });
  return shown;
}
