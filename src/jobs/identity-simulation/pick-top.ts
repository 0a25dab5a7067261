import type { Pace } from '../../background/pace.ts';

export interface TopOptions<T> {
  readonly fits: (each: T) => boolean;
  readonly order: (a: T, b: T) => number;
  readonly most: number;
}

/** The first few in an order of those that fit, without sorting the rest: there may be millions. */
export async function pickTop<T>(
  all: Iterable<T>,
  { fits, order, most }: TopOptions<T>,
  pace: Pace,
): Promise<readonly T[]> {
  const top: T[] = [];
  for (const each of all) {
    const last = top[most - 1];
    if (fits(each) && (last === undefined || order(each, last) < 0)) {
      top.splice(placeOf(each, top, order), 0, each);
      if (top.length > most) top.pop();
    }
    if (pace.isDue()) await pace.rest();
  }
  return top;
}

function placeOf<T>(one: T, top: readonly T[], order: (a: T, b: T) => number): number {
  const place = top.findIndex((other) => order(one, other) < 0);
  return place < 0 ? top.length : place;
}
