import type { Operation, OperationOptions, Scalar } from '../../../src/features/operation.ts';
import { compileSpan } from '../../../src/features/tiles.ts';
import { DAY_MS } from '../../../src/model/time.ts';

/** Samples for one operation alone. */
export const NOW = 100 * DAY_MS;

export interface Said {
  readonly value: Scalar;
  readonly time: number;
}

export function optionsFor(window: string, limit = 10): OperationOptions {
  return {
    span: compileSpan(window),
    money: false,
    limit,
    distinct: false,
    unit: 'days',
    reportingCurrency: 'CNY',
  };
}

/** The state after all samples, each with a tie of its own, all appended at one moment. */
export function fold<State extends unknown[]>(
  operation: Operation<State>,
  said: readonly Said[],
  now = NOW,
): State {
  const state = operation.empty();
  for (const { value, time } of said) {
    operation.add(state, { time, tie: `s\0${time}`, currency: '', values: [value] }, now);
  }
  return state;
}

/** Numbers from 0 to 1 that a seed decides. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
