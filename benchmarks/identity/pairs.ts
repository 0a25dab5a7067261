/**
 * Pairs of events, counted from a contingency table instead of one by one: a profile of n events has n(n−1)/2 pairs.
 */
export interface PairCount {
  /** Pairs of events that are in one group. */
  readonly pairs: number;
  /** Those of them that are in one class, too. */
  readonly agreeing: number;
}

/** An event that is in no group, or no class: it makes no pair. */
export const NONE = -1;

/** How many cells of (group, class) hold events, and how many each. */
export class Contingency {
  readonly groups = new Map<number, Map<number, number>>();

  constructor(groupOf: ArrayLike<number>, classOf: ArrayLike<number>) {
    for (let event = 0; event < groupOf.length; event++) {
      const group = groupOf[event] ?? NONE;
      if (group === NONE) continue;
      let cells = this.groups.get(group);
      if (cells === undefined) {
        cells = new Map();
        this.groups.set(group, cells);
      }
      const name = classOf[event] ?? NONE;
      cells.set(name, (cells.get(name) ?? 0) + 1);
    }
  }

  /** Events without a class agree with nobody. */
  count(): PairCount {
    let pairs = 0;
    let agreeing = 0;
    for (const cells of this.groups.values()) {
      let size = 0;
      for (const [name, events] of cells) {
        size += events;
        if (name !== NONE) agreeing += pairsOf(events);
      }
      pairs += pairsOf(size);
    }
    return { pairs, agreeing };
  }
}

export function pairsOf(events: number): number {
  return (events * (events - 1)) / 2;
}

export function shareOf({ pairs, agreeing }: PairCount): number {
  return pairs === 0 ? 1 : agreeing / pairs;
}
