import type { Operation, OperationOptions } from '../operation.ts';
import type { ExtremumRow } from './extremum.ts';
import { createExtremum } from './extremum.ts';

/** The largest number; amounts per currency. */
export function createMaximum(options: OperationOptions): Operation<ExtremumRow[]> {
  return createExtremum(options, Math.max);
}
