import { limits } from '../../limits.ts';
import type { DurationMs, EpochMs } from '../../model/time.ts';
import { addExact, type Exact, exactMinor, FIXED_POINT_SCALE, formatExact } from '../exact.ts';
import { readMoney } from '../money-reading.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

/**
 * A sum in which each value halves with every half-life of its age (forward decay: Cormode et al., ICDE 2009).
 *
 * Time is cut into half-lives since the epoch. Within one, a value is weighted up by 2^(how far into the half-life
 * it lies, 0 to 1), and that product is rounded to an integer of ten-thousandths (of the number, or of a minor
 * unit) before it is added. So a sum of exact times is a sum of integers, which no order changes; reading scales
 * each half-life's integer down by a power of two. The error is the rounding: at most half a ten-thousandth for
 * each value. What is older than 32 half-lives weighs less than one in four thousand million, and is dropped.
 */
export type DecayRow = [tile: number, halfLife: number, currency: string, sum: Exact];

/** Where a row belongs: rows ascend by tile, half-life and currency. */
interface DecayPlace {
  readonly tile: number;
  readonly halfLife: number;
  readonly currency: string;
}

/** Positive where the row comes after the place, 0 where it is the place's own. */
function compareRow(row: DecayRow, { tile, halfLife, currency }: DecayPlace): number {
  if (row[0] !== tile) return row[0] - tile;
  if (row[1] !== halfLife) return row[1] - halfLife;
  return row[2] === currency ? 0 : row[2] > currency ? 1 : -1;
}

/** Rows change in place, which is why a merge copies them: a new row per event was half of what an update took. */
function put(rows: DecayRow[], place: DecayPlace, amount: Exact): void {
  let index = rows.length - 1;
  let order = -1;
  while (index >= 0) {
    order = compareRow(rows[index]!, place);
    if (order <= 0) break;
    index -= 1;
  }
  const found = rows[index];
  if (found !== undefined && order === 0) found[3] = addExact(found[3], amount);
  else rows.splice(index + 1, 0, [place.tile, place.halfLife, place.currency, amount]);
}

/** The oldest half-life that still counts. */
function oldestOf(halfLifeMs: DurationMs, now: EpochMs): number {
  return Math.floor(now / halfLifeMs) - limits.decayHalfLivesMax;
}

/** What is left, in ten-thousandths, of each currency. */
function decayed(rows: readonly DecayRow[], halfLifeMs: DurationMs, now: EpochMs): Map<string, number> {
  const byHalfLife = new Map<string, Map<number, Exact>>();
  for (const [, halfLife, currency, sum] of rows) {
    const sums = byHalfLife.get(currency) ?? new Map<number, Exact>();
    byHalfLife.set(currency, sums);
    sums.set(halfLife, addExact(sums.get(halfLife) ?? 0, sum));
  }
  const current = Math.floor(now / halfLifeMs);
  const intoCurrent = 2 ** -((now - current * halfLifeMs) / halfLifeMs);
  const left = new Map<string, number>();
  for (const [currency, sums] of byHalfLife) {
    let total = 0;
    // Whole half-lives in ascending order: the one float sum there is, always over the same integers.
    for (const halfLife of [...sums.keys()].sort((a, b) => a - b)) {
      total += Number(sums.get(halfLife) ?? 0) * 2 ** (halfLife - current);
    }
    left.set(currency, total * intoCurrent);
  }
  return left;
}

/** The sum of decayed numbers, or of decayed events where nothing is named. */
export function createDecayedSum(options: OperationOptions, halfLifeMs: DurationMs): Operation<DecayRow[]> {
  const { span, money, reportingCurrency } = options;
  return {
    // All that lives decays by one factor, towards zero from whichever side.
    moves: 'either',
    empty: () => [],
    add(state, { time, currency, values }, now) {
      const tile = tileOf(span, time);
      const halfLife = Math.floor(time / halfLifeMs);
      if (!isLive(span, tile, now) || halfLife < oldestOf(halfLifeMs, now)) return;
      const weight = FIXED_POINT_SCALE * 2 ** ((time - halfLife * halfLifeMs) / halfLifeMs);
      for (const value of values) {
        if (typeof value === 'number') put(state, { tile, halfLife, currency }, exactMinor(value * weight));
      }
      prune(state, options, { halfLifeMs, now });
    },
    merge(a, b) {
      const merged = a.map(([tile, halfLife, currency, sum]): DecayRow => [tile, halfLife, currency, sum]);
      for (const [tile, halfLife, currency, sum] of b) put(merged, { tile, halfLife, currency }, sum);
      return merged;
    },
    changesAt(state, now) {
      const oldest = oldestOf(halfLifeMs, now);
      let at = Number.POSITIVE_INFINITY;
      for (const [tile, halfLife] of state) {
        if (halfLife < oldest || !isLive(span, tile, now)) continue;
        at = Math.min(at, expiryOf(span, tile), (halfLife + limits.decayHalfLivesMax + 1) * halfLifeMs);
      }
      return at;
    },
    read(state, now) {
      const oldest = oldestOf(halfLifeMs, now);
      const live = state.filter((row) => row[1] >= oldest && isLive(span, row[0], now));
      const left = decayed(live, halfLifeMs, now);
      if (!money) return { value: (left.get('') ?? 0) / FIXED_POINT_SCALE };
      const amounts = new Map<string, Exact>();
      for (const [currency, amount] of left) amounts.set(currency, exactMinor(amount / FIXED_POINT_SCALE));
      return readMoney(amounts, reportingCurrency, formatExact(0, reportingCurrency));
    },
  };
}

function prune(
  state: DecayRow[],
  { span }: OperationOptions,
  { halfLifeMs, now }: { readonly halfLifeMs: DurationMs; readonly now: EpochMs },
): void {
  let dead = 0;
  const oldest = oldestOf(halfLifeMs, now);
  // Rows ascend by tile and half-life, and both follow time, so what is dead comes first.
  while (dead < state.length && (state[dead]![1] < oldest || !isLive(span, state[dead]![0], now))) dead += 1;
  if (dead > 0) state.splice(0, dead);
}
