import type { Definitions } from '../definitions/definitions.ts';
import { comparable, FeatureReader } from '../features/read.ts';
import { limits } from '../limits.ts';
import { readLedger } from '../loyalty/standing.ts';
import type { FoldContext } from '../model/fold.ts';
import type { JsonValue } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import { type FlatValue, flatValue, type ProfileSnapshot, snapshotRow } from '../model/snapshot-row.ts';
import type { EpochMs } from '../model/time.ts';
import { holdsSealed } from '../model/without-sealed.ts';
import { setAlarm } from '../profile/alarm.ts';
import { readKind } from '../profile/kind.ts';
import { readConsents } from '../profile/registers.ts';
import { isRestricted } from '../profile/restriction.ts';
import { usableConsent, usableTrait } from '../profile/usable-traits.ts';
import { membershipsOf } from './profile-memberships.ts';

/*
 * History keeps what a profile was at the end of each day on which something about it has changed. The first change of a day opens one
 * snapshot; it is taken as of the end of the day, by whatever reaches the profile next: its alarm, or the next event, before that
 * is applied. So what it says depends on nothing but the log, and there is one per profile and day, because what is open
 * is part of the header. A profile that was merged away has none of the day of its merge, and none after it.
 */

/** Something about the profile has changed: at the end of the day it is written down. */
export function openSnapshot(
  header: Header,
  context: FoldContext,
  { messaging: { snapshots } }: Definitions,
): void {
  if (snapshots === undefined || header.snapshotAt !== undefined || header.kind === 'pseudo') return;
  header.snapshotAt = snapshots.endOf(context.now);
  const wakes = header.snapshotAt + spreadOf(header.id);
  if (header.alarmAt === undefined || wakes < header.alarmAt) setAlarm(header, wakes, context);
  else context.view.put(keys.header(header.id), header);
}

/** When the profile wakes for its open snapshot; Infinity where there is none. */
export function snapshotWakesAt({ id, snapshotAt }: Header): EpochMs {
  return snapshotAt === undefined ? Number.POSITIVE_INFINITY : snapshotAt + spreadOf(id);
}

/** Writes the open snapshot down where its day has ended by then; answers whether there was one. */
export function takeSnapshot(
  {
    header,
    facets,
    due,
  }: { readonly header: Header; readonly facets: readonly Facet[]; readonly due: EpochMs },
  context: FoldContext,
  definitions: Definitions,
): boolean {
  const { snapshotAt: at } = header;
  if (at === undefined || at > due) return false;
  delete header.snapshotAt;
  const { snapshots } = definitions.messaging;
  // Whoever had processing restricted is stored, and nothing else is done with them.
  if (snapshots === undefined || isRestricted(facets)) return true;
  const day = snapshots.dayBefore(at);
  context.history(snapshotRow(snapshotOf({ header, facets, at, day }, definitions), context.cause()));
  return true;
}

/** Not all at once: what wakes at the end of the day is spread over some hours, by the last digits of the profile's id. */
function spreadOf(id: string): number {
  const digits = Number.parseInt(id.slice(-SPREAD_DIGITS), 16);
  return Number.isNaN(digits) ? 0 : Math.floor((digits / 16 ** SPREAD_DIGITS) * limits.snapshotSpreadMs);
}

const SPREAD_DIGITS = 6;

interface Ended {
  readonly header: Header;
  readonly facets: readonly Facet[];
  readonly at: EpochMs;
  readonly day: string;
}

function snapshotOf({ header, facets, at, day }: Ended, definitions: Definitions): ProfileSnapshot {
  const seen = facets.filter(({ events }) => events > 0);
  return {
    profileId: header.id,
    day,
    at,
    kind: readKind(facets, definitions.identity.isListed),
    ...membershipsOf({ facets, members: header.segments?.keys() ?? [] }, definitions.segments, at),
    ...pointsOf(facets, at, definitions),
    features: featuresOf(facets, at, definitions),
    consents: consentsOf(facets, definitions),
    events: seen.reduce((sum, { events }) => sum + events, 0),
    firstSeen: seen.length === 0 ? null : Math.min(...seen.map(({ first }) => first)),
    lastSeen: seen.length === 0 ? null : Math.max(...seen.map(({ last }) => last)),
  };
}

function pointsOf(
  facets: readonly Facet[],
  at: EpochMs,
  { loyalty: program }: Definitions,
): Pick<ProfileSnapshot, 'tier' | 'points' | 'pending'> {
  const ledgers = facets.map(({ ledger }) => ledger);
  if (program === undefined || !ledgers.some((ledger) => ledger !== undefined))
    return { tier: '', points: 0, pending: 0 };
  const { tier, available, pending } = readLedger(ledgers, program, at);
  return { tier: tier?.name ?? '', points: available, pending };
}

/** Features see no personal trait; should a value hold something sealed all the same, it is left out. */
function featuresOf(
  facets: readonly Facet[],
  now: EpochMs,
  { features, privacy }: Definitions,
): Readonly<Record<string, FlatValue>> {
  const trait = (name: string): JsonValue | undefined => usableTrait(facets, name, privacy);
  const values: Record<string, FlatValue> = {};
  for (const [name, read] of Object.entries(new FeatureReader(features, { facets, now, trait }).all())) {
    const value = comparable(read);
    const flat = holdsSealed(value) ? undefined : flatValue(value);
    if (flat !== undefined) values[name] = flat;
  }
  return values;
}

/** Whether each consent that was ever spoken of is given, as whoever acts on it would find it. */
function consentsOf(facets: readonly Facet[], { privacy }: Definitions): Readonly<Record<string, boolean>> {
  const given: Record<string, boolean> = {};
  for (const { name } of readConsents(facets)) given[name] = usableConsent(facets, name, privacy) === true;
  return given;
}
