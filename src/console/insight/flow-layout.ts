/** How many went from one place to another. */
export interface Way {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** One side of the picture: a block as high as what it holds. */
export interface Block {
  readonly name: string;
  readonly count: number;
  readonly top: number;
  readonly height: number;
}

/** From a piece of a block on the left to one on the right. */
export interface Ribbon {
  readonly way: Way;
  readonly fromTop: number;
  readonly toTop: number;
  readonly height: number;
}

export interface FlowLayout {
  readonly from: readonly Block[];
  readonly to: readonly Block[];
  readonly ribbons: readonly Ribbon[];
}

interface Room {
  readonly height: number;
  /** Between two blocks. */
  readonly gap: number;
}

/**
 * Blocks on both sides, the largest on top, and ribbons between them that fill both sides exactly. Both sides have the same scale,
 * so a ribbon is as high on the left as it is on the right.
 */
export function layFlow(ways: readonly Way[], room: Room): FlowLayout {
  const shown = ways.filter(({ count }) => count > 0);
  const [lefts, rights] = [sumBy(shown, ({ from }) => from), sumBy(shown, ({ to }) => to)];
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  const gaps = room.gap * (Math.max(lefts.length, rights.length) - 1);
  const scale = total === 0 ? 0 : (room.height - gaps) / total;
  const from = stack(lefts, scale, room.gap);
  const to = stack(rights, scale, room.gap);
  const fromNext = new Map(from.map(({ name, top }) => [name, top]));
  const toNext = new Map(to.map(({ name, top }) => [name, top]));
  // In the order of both sides, so that ribbons of one block cross as little as they can.
  const place = (blocks: readonly Block[], name: string): number =>
    blocks.findIndex((block) => block.name === name);
  const ordered = shown.toSorted(
    (a, b) => place(from, a.from) - place(from, b.from) || place(to, a.to) - place(to, b.to),
  );
  const ribbons = ordered.map((way): Ribbon => {
    const height = way.count * scale;
    return {
      way,
      fromTop: advance(fromNext, way.from, height),
      toTop: advance(toNext, way.to, height),
      height,
    };
  });
  return { from, to, ribbons };
}

function advance(next: Map<string, number>, name: string, height: number): number {
  const top = next.get(name) ?? 0;
  next.set(name, top + height);
  return top;
}

function sumBy(ways: readonly Way[], nameOf: (way: Way) => string): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const way of ways) sums.set(nameOf(way), (sums.get(nameOf(way)) ?? 0) + way.count);
  return [...sums].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function stack(sums: readonly (readonly [string, number])[], scale: number, gap: number): readonly Block[] {
  let top = 0;
  return sums.map(([name, count]) => {
    const block = { name, count, top, height: count * scale };
    top += block.height + gap;
    return block;
  });
}
