import { readHistoryRows } from '../../desks/past-events.ts';
import { quoted } from '../../desks/profile-history/history-bound.ts';
import type { History } from '../../ports/history.ts';

/** What is still open between a person and the house. */
export type OpenBusiness = 'open_tickets' | 'open_orders';

/*
 * Cases and orders by their events in history: opened and never closed. Whoever never hears of deliveries keeps everybody with a
 * parcel under way, which errs on the safe side, and a run says how many.
 */
const OPENING = {
  open_tickets: ['ticket_opened'],
  open_orders: ['order_shipped', 'order_ready_for_pickup'],
} as const;
const CLOSING = {
  open_tickets: ['ticket_closed'],
  open_orders: ['order_delivered', 'order_picked_up', 'order_cancelled', 'order_refunded'],
} as const;
const NUMBER = { open_tickets: 'ticket_id', open_orders: 'order_id' } as const;

/** By profile; who has nothing open is not there. */
export async function openBusinessOf(
  profiles: readonly string[],
  history: Pick<History, 'query'>,
): Promise<ReadonlyMap<string, OpenBusiness>> {
  const found = new Map<string, OpenBusiness>();
  if (profiles.length === 0) return found;
  for (const business of ['open_orders', 'open_tickets'] as const)
    for (const { profile } of await readHistoryRows(history, questionOf(business, profiles)))
      found.set(String(profile), business);
  return found;
}

function questionOf(business: OpenBusiness, profiles: readonly string[]): string {
  const opening = quoted(OPENING[business]);
  const types = quoted([...OPENING[business], ...CLOSING[business]]);
  return (
    `SELECT profile FROM (SELECT events_by_profile.profile_id AS profile, type, ` +
    `JSONExtractString(raw, 'properties', '${NUMBER[business]}') AS number ` +
    `FROM events_by_profile WHERE type IN (${types}) AND profile IN (${quoted(profiles)})) ` +
    `WHERE number != '' GROUP BY profile, number ` +
    `HAVING countIf(type IN (${opening})) > 0 AND countIf(type NOT IN (${opening})) = 0 ` +
    `LIMIT 1 BY profile`
  );
}
