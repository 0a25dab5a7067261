import type { Operation, OperationOptions } from '../operation.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

/**
 * Counters of hours or weekdays in each tile, flat and ascending: [tile × size + slot, count, …]. A slot without
 * events has no entry: people come at the same few hours.
 */
export type HistogramState = number[];

function put(state: HistogramState, key: number, count: number): void {
  let low = 0;
  let high = state.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (state[2 * middle]! < key) low = middle + 1;
    else high = middle;
  }
  if (state[2 * low] === key) state[2 * low + 1]! += count;
  else state.splice(2 * low, 0, key, count);
}

/**
 * Events by the hour or the weekday at which they happened: an object with a counter for each name, zeros
 * included. The values of a sample are numbers of slots; `extractor.ts` reads them off the clock of the zone.
 */
export function createHistogram(
  { span }: OperationOptions,
  names: readonly string[],
): Operation<HistogramState> {
  const size = names.length;
  return {
    empty: () => [],
    add(state, { time, values }, now) {
      const tile = tileOf(span, time);
      if (!isLive(span, tile, now)) return;
      for (const slot of values) if (typeof slot === 'number') put(state, tile * size + slot, 1);
      let dead = 0;
      while (dead < state.length && !isLive(span, Math.floor(state[dead]! / size), now)) dead += 2;
      if (dead > 0) state.splice(0, dead);
    },
    merge(a, b) {
      const merged = a.slice();
      for (let index = 0; index < b.length; index += 2) put(merged, b[index]!, b[index + 1]!);
      return merged;
    },
    changesAt(state, now) {
      for (let index = 0; index < state.length; index += 2) {
        const tile = Math.floor(state[index]! / size);
        if (isLive(span, tile, now)) return expiryOf(span, tile);
      }
      return Number.POSITIVE_INFINITY;
    },
    read(state, now) {
      const counters: Record<string, number> = {};
      for (const name of names) counters[name] = 0;
      for (let index = 0; index < state.length; index += 2) {
        const tile = Math.floor(state[index]! / size);
        const name = names[state[index]! - tile * size];
        if (name !== undefined && isLive(span, tile, now)) counters[name]! += state[index + 1]!;
      }
      return { value: counters };
    },
  };
}
