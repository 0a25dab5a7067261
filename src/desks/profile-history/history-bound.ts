import { TesseraError } from '../../errors.ts';
import type { EpochMs } from '../../model/time.ts';

/**
 * How much of the past counts: what was applied up to a moment, or up to a message of one partition. Both inclusive. What
 * other partitions hold of a profile is of the time before its facets came to this one, and counts.
 */
export type HistoryBound =
  | { readonly kind: 'time'; readonly at: EpochMs }
  | { readonly kind: 'position'; readonly partition: number; readonly seq: number };

/** The bound as a condition; `column` is where a table keeps the append time. */
export function withinBound(bound: HistoryBound, column: 'at' | 'applied_at'): string {
  if (bound.kind === 'position') return `(\`partition\` != ${bound.partition} OR seq <= ${bound.seq})`;
  return `${column} <= fromUnixTimestamp64Milli(toInt64(${bound.at}))`;
}

/** Ids of profiles and facets as text of a query: what has passed here holds no quote. */
export function quoted(ids: Iterable<string>): string {
  const parts: string[] = [];
  for (const id of ids) {
    if (!/^[\w~-]{1,64}$/.test(id))
      throw new TesseraError('invalid_parameter', 'The id cannot be asked for.');
    parts.push(`'${id}'`);
  }
  return parts.join(', ');
}
