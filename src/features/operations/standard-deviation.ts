import { type Exact, exactMinor, FIXED_POINT_SCALE } from '../exact.ts';
import { readMoney } from '../money-reading.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { rowsChangeAt } from '../tiles.ts';
import { addMoments, liveMoments, type MomentsRow, mergeMoments, varianceOf } from './moments.ts';

/** The root of the population variance, per currency where the values are amounts; null while there are none. */
export function createStandardDeviation(options: OperationOptions): Operation<MomentsRow[]> {
  return {
    empty: () => [],
    add: (state, sample, now) => addMoments(options, state, { sample, now }),
    merge: mergeMoments,
    changesAt: (state, now) => rowsChangeAt(state, options.span, now),
    read(state, now) {
      const totals = liveMoments(options, state, now);
      if (!options.money) {
        const total = totals.get('');
        return { value: total === undefined ? null : Math.sqrt(varianceOf(total)) / FIXED_POINT_SCALE };
      }
      const deviations = new Map<string, Exact>();
      for (const [currency, total] of totals)
        deviations.set(currency, exactMinor(Math.sqrt(varianceOf(total))));
      return readMoney(deviations, options.reportingCurrency, null);
    },
  };
}
