import type { Operation, OperationOptions } from '../operation.ts';
import type { ExtremumRow } from './extremum.ts';
import { createExtremum } from './extremum.ts';

/** The smallest number; amounts per currency. */
export function createMinimum(options: OperationOptions): Operation<ExtremumRow[]> {
  return createExtremum(options, Math.min);
}
