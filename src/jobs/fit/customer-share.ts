import { readHistoryRows } from '../../desks/past-events.ts';
import { limits } from '../../limits.ts';
import type { FitParts } from './fit-parts.ts';

/** Which share of the customers of history a fit reads, so that one question stays within what history may take for it. */
export async function customerShare({ history }: Pick<FitParts, 'history'>): Promise<number> {
  const [row] = await readHistoryRows(
    history,
    `SELECT uniq(profile_id) AS customers FROM events_by_profile ` +
      `WHERE order_ledger AND order_transition = 'completed' AND profile_id != 'unattributed'`,
  );
  return Math.min(1, limits.fitCustomersMax / Math.max(1, Number(row?.customers ?? 0)));
}
