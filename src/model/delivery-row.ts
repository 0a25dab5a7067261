import type { HistoryRow } from './effect.ts';
import { position, type RowCause } from './history-rows.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';
import type { Delivery, SendResult } from './webhook.ts';

/** What became of a message to a webhook: taken, to be tried again, given up, or asked for once more. */
export type DeliveryChange = 'delivered' | 'failed' | 'buried' | 'replayed';

export function deliveryRow(input: {
  readonly delivery: Delivery;
  readonly change: DeliveryChange;
  readonly result?: SendResult;
  readonly at: EpochMs;
  readonly cause: RowCause;
}): HistoryRow {
  const { delivery, change, result, at, cause } = input;
  const { id, firing, webhook, attempts } = delivery;
  return {
    table: 'deliveries',
    values: [
      ...position(cause),
      id,
      firing.id,
      firing.trigger,
      firing.profile_id,
      webhook,
      change,
      result?.outcome === 'failed' ? result.failure : '',
      result?.status ?? 0,
      attempts,
      sqlTime(at),
    ],
  };
}
