import type { Operation, OperationOptions } from '../operation.ts';
import { createExtremum } from './extremum.ts';
import type { ExtremumRow } from './extremum.ts';

/** The smallest number; amounts per currency. */
export function createMinimum(options: OperationOptions): Operation<ExtremumRow[]> {
  return createExtremum(options, Math.min);
}
