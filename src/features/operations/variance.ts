import type { Operation, OperationOptions } from '../operation.ts';
import { rowsChangeAt } from '../tiles.ts';
import {
  addMoments,
  liveMoments,
  type MomentsRow,
  mergeMoments,
  SQUARED_SCALE,
  varianceOf,
} from './moments.ts';

/** The population variance of numbers; null while there is none. */
export function createVariance(options: OperationOptions): Operation<MomentsRow[]> {
  return {
    empty: () => [],
    add: (state, sample, now) => addMoments(options, state, { sample, now }),
    merge: mergeMoments,
    changesAt: (state, now) => rowsChangeAt(state, options.span, now),
    read(state, now) {
      const total = liveMoments(options, state, now).get('');
      return { value: total === undefined ? null : varianceOf(total) / SQUARED_SCALE };
    },
  };
}
