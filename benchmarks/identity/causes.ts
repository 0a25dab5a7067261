import { Contingency, NONE } from './pairs.ts';

/**
 * Which events cost precision or recall. In a group the largest class is taken for right; every other event is charged
 * with its pairs with the largest class, and with half of its pairs with third ones, so that the charges of a group sum
 * up to exactly its wrong pairs.
 */
export interface Charge {
  readonly event: number;
  readonly group: number;
  readonly pairs: number;
}

/** Charges of all events that are not in the largest class of their group, dearest first. */
export function chargeEvents(groupOf: ArrayLike<number>, classOf: ArrayLike<number>): readonly Charge[] {
  const totals = new Map<number, Totals>();
  for (const [group, cells] of new Contingency(groupOf, classOf).groups) totals.set(group, totalsOf(cells));
  const charges: Charge[] = [];
  for (let event = 0; event < groupOf.length; event++) {
    const group = groupOf[event] ?? NONE;
    const total = totals.get(group);
    if (total === undefined) continue;
    const name = classOf[event] ?? NONE;
    if (name === total.largest) continue;
    const own = name === NONE ? 1 : (total.cells.get(name) ?? 1);
    const third = total.events - total.ofLargest - own;
    const pairs = total.ofLargest + third / 2;
    if (pairs > 0) charges.push({ event, group, pairs });
  }
  return charges.sort((a, b) => b.pairs - a.pairs || a.event - b.event);
}

interface Totals {
  readonly cells: ReadonlyMap<number, number>;
  readonly events: number;
  readonly largest: number;
  readonly ofLargest: number;
}

function totalsOf(cells: ReadonlyMap<number, number>): Totals {
  let events = 0;
  let largest = NONE;
  let ofLargest = 0;
  for (const [name, count] of cells) {
    events += count;
    if (name !== NONE && count > ofLargest) {
      largest = name;
      ofLargest = count;
    }
  }
  // Where no class is right at all, the first unclassed event stands for it: there is nothing to lose to.
  return largest === NONE
    ? { cells, events, largest: NONE - 1, ofLargest: 0 }
    : { cells, events, largest, ofLargest };
}

export interface Cause {
  readonly label: string;
  readonly events: number;
  readonly pairs: number;
  /** Numbers of the dearest events. */
  readonly examples: readonly number[];
}

/** Charges by label, dearest first. */
export function sumCauses(
  charges: readonly Charge[],
  labelOf: (event: number) => string,
  examples: number,
): readonly Cause[] {
  const causes = new Map<string, { label: string; events: number; pairs: number; examples: number[] }>();
  for (const { event, pairs } of charges) {
    const label = labelOf(event);
    const cause = causes.get(label) ?? { label, events: 0, pairs: 0, examples: [] };
    cause.events++;
    cause.pairs += pairs;
    if (cause.examples.length < examples) cause.examples.push(event);
    causes.set(label, cause);
  }
  return [...causes.values()].sort((a, b) => b.pairs - a.pairs || (a.label < b.label ? -1 : 1));
}
