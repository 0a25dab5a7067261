import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { addSettled, NOTHING_SETTLED, unitedFacts } from '../model/ledger-facts.ts';
import type { Ledger, LedgerEntry, SettledPoints } from '../model/loyalty.ts';
import { formatMinor } from '../model/money.ts';
import type { EpochMs } from '../model/time.ts';
import type { Lot } from './balance.ts';
import type { CompiledProgram } from './program.ts';
import { type LedgerState, replayLedger } from './replay.ts';

/** A profile's points at a moment, over the ledgers of all of its facets. */
export function readLedger(
  ledgers: readonly (Ledger | undefined)[],
  program: CompiledProgram,
  now: EpochMs,
): LedgerState {
  const facts = unitedFacts(ledgers);
  return facts.size === 0 ? nothingEarned(program) : replayLedger(facts.values(), program, now);
}

const blank = new WeakMap<CompiledProgram, LedgerState>();

/** Most profiles have no points, and without facts no moment differs from another: replayed once for each program (5 % of an event). */
function nothingEarned(program: CompiledProgram): LedgerState {
  const known = blank.get(program);
  if (known !== undefined) return known;
  const state = replayLedger([], program, 0);
  blank.set(program, state);
  return state;
}

/** The `loyalty` of a profile. Times are epoch milliseconds. */
export function loyaltyStanding(state: LedgerState, program: CompiledProgram, now: EpochMs): JsonObject {
  const { available, pending, debt } = state;
  return {
    points: available,
    pending,
    debt,
    ...tierOf(state, program),
    expiring: expiringOf(state, program, now),
  };
}

/** What conditions read of a standing: `points`, `pending`, `debt`, `tier`, `expiring`. */
export function loyaltyValue(standing: JsonObject, name: string): JsonValue | undefined {
  return name === 'expiring' ? (standing.expiring as JsonObject | null)?.points : standing[name];
}

function tierOf({ tier }: LedgerState, { tiers, definition }: CompiledProgram): JsonObject {
  if (tier === undefined || tiers === undefined) return { tier: null };
  const at = tiers.levels.findIndex(({ name }) => name === tier.name);
  const written = tiers.rules.levels.find(({ name }) => name === tier.name);
  const next = tiers.levels[at + 1];
  const shown = (worth: number): JsonValue =>
    tiers.rules.by === 'spend' ? formatMinor(worth, definition.currency) : worth;
  return {
    tier: tier.name,
    tier_since: tier.since ?? null,
    tier_until: tier.until ?? null,
    benefits: (written === undefined ? tiers.rules.base_benefits : written.benefits) ?? {},
    qualifying: shown(tier.worth),
    next_tier:
      next === undefined ? null : { tier: next.name, missing: shown(Math.max(0, next.from - tier.worth)) },
  };
}

/** What runs out soonest of all that is about to. */
function expiringOf({ lots }: LedgerState, { warnMs }: CompiledProgram, now: EpochMs): JsonObject | null {
  const soon = lots.filter(
    ({ fact: { expiresAt }, pending, available }) =>
      expiresAt !== undefined && pending + available > 0 && expiresAt - warnMs <= now,
  );
  if (soon.length === 0) return null;
  const at = Math.min(...soon.map(({ fact }) => fact.expiresAt ?? Number.POSITIVE_INFINITY));
  const points = soon
    .filter(({ fact }) => fact.expiresAt === at)
    .reduce((sum, { pending, available }) => sum + pending + available, 0);
  return { points, at };
}

/** The ledger as people read it: the standing, the open lots oldest first, the newest entries first. */
export function statementOf(
  ledgers: readonly (Ledger | undefined)[],
  program: CompiledProgram,
  { now, limit = limits.pointsEntriesMax }: { readonly now: EpochMs; readonly limit?: number },
): JsonObject {
  const state = readLedger(ledgers, program, now);
  const settled = ledgers.reduce<SettledPoints>(
    (sum, ledger) => (ledger === undefined ? sum : addSettled(sum, ledger.settled)),
    NOTHING_SETTLED,
  );
  const entries = state.entries.toReversed().slice(0, limit).map(shownEntry);
  const open = state.lots.filter(({ pending, available }) => pending + available > 0).map(shownLot);
  return {
    ...loyaltyStanding(state, program, now),
    lots: open,
    entries,
    more: state.entries.length > entries.length,
    settled: { ...settled },
  };
}

/** Keys hold a mark that no identifier has; answers show a colon. */
function shownKey(key: string): string {
  return key.replaceAll('\0', ':');
}

function shownLot({ fact, pending, available, availableAt }: Lot): JsonObject {
  const { key, time, by, order, points, expiresAt, version } = fact;
  return {
    lot: shownKey(key),
    earned_at: time,
    by,
    ...(order === '' ? {} : { order_id: order.slice(order.indexOf('\0') + 1) }),
    points,
    pending,
    available,
    available_at: availableAt,
    expires_at: expiresAt ?? null,
    program_version: version,
  };
}

function shownEntry({ at, kind, change, amount, lot, event, order, by, author }: LedgerEntry): JsonObject {
  return {
    at,
    kind,
    change,
    amount,
    lot: lot === '' ? null : shownKey(lot),
    event_id: event,
    ...(order === '' ? {} : { order_id: order.slice(order.indexOf('\0') + 1) }),
    by,
    ...(author === '' ? {} : { author }),
  };
}
