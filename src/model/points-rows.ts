import type { HistoryRow } from './effect.ts';
import { position, type RowCause } from './history-rows.ts';
import type { LedgerFact, LedgerKind, ProfileLoyaltyChange } from './loyalty.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';

/** What an event did to points, or tried to. */
export function pointsRow(
  fact: LedgerFact,
  named: {
    readonly kind: LedgerKind | 'refused';
    readonly profileId: string;
    readonly facetId: string;
    readonly at: EpochMs;
    readonly cause: RowCause;
  },
): HistoryRow {
  const [source = '', eventId = ''] = fact.tie.split('\0');
  const taken = fact.kind === 'burn' || fact.kind === 'debit';
  return {
    table: 'points',
    values: [
      ...position(named.cause),
      named.kind,
      named.profileId,
      named.facetId,
      shownKey(fact.key),
      taken ? -fact.points : fact.points,
      fact.order.slice(fact.order.indexOf('\0') + 1),
      fact.by,
      fact.author,
      fact.version,
      source,
      eventId,
      expiryOf(fact.expiresAt),
      sqlTime(named.at),
    ],
  };
}

/** What time, or an event, changed about points as a whole. */
export function timedPointsRow(
  change: ProfileLoyaltyChange,
  { version, cause }: { readonly version: string; readonly cause: RowCause },
): HistoryRow {
  const points = change.change === 'tier' ? 0 : change.points;
  return {
    table: 'points',
    values: [
      ...position(cause),
      change.change,
      change.profile_id,
      '',
      'lot' in change ? shownKey(change.lot) : '',
      change.change === 'expired' ? -points : points,
      '',
      change.change === 'tier' ? change.to : '',
      '',
      version,
      '',
      '',
      change.change === 'expiring' ? expiryOf(change.expires_at) : null,
      sqlTime(change.at),
    ],
  };
}

/** Keys hold a mark that no identifier has; people see a colon. */
function shownKey(key: string): string {
  return key.replaceAll('\0', ':');
}

/** The last moment that the column holds: 2299. Stated expiries may lie beyond it. */
const LAST_MS = Date.UTC(2299, 0, 1);

function expiryOf(at: EpochMs | undefined): string | null {
  return at === undefined ? null : sqlTime(Math.min(Math.max(at, 0), LAST_MS));
}
