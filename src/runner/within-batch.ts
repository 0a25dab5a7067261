import { limits } from '../limits.ts';
import type { LogMessage } from '../ports/log.ts';
import { isTurn } from './codec.ts';

/**
 * Whole messages up to the bound of a batch, and at least one. A message that changes what is in force begins a batch:
 * what was folded before it is stored as it was in force then, however a replay would have cut its batches.
 */
export function withinBatch(messages: readonly LogMessage[]): readonly LogMessage[] {
  let records = 0;
  const end = messages.findIndex((message, index) => {
    records += message.records.length;
    return records > limits.batchRecordsMax || (index > 0 && message.records.some(isTurn));
  });
  return end < 0 ? messages : messages.slice(0, Math.max(1, end));
}
