import { limits } from '../limits.ts';
import { addSettled, NOTHING_SETTLED } from '../model/ledger-facts.ts';
import type { LedgerFact, SettledPoints } from '../model/loyalty.ts';
import type { EpochMs } from '../model/time.ts';
import type { Lot } from './balance.ts';
import { type OrderReports, reportsByOrder } from './order-reports.ts';
import type { CompiledProgram } from './program.ts';
import { type LedgerState, replayLedger } from './replay.ts';

/**
 * Bounds the ledger. A lot has settled once it is spent or expired and nothing may still be said of it or of what spent
 * it: orders are remembered for 400 days. It leaves together with as much of its burns as it paid for. Oldest lots are
 * spent first, so the burns take from the others what they took before, and the balance stays as it is at every later
 * moment. What an unmerge would have made of settled points is settled too.
 */
export interface Settlement {
  readonly removed: ReadonlySet<string>;
  /** Points that are left of a fact. */
  readonly reduced: ReadonlyMap<string, number>;
  readonly settled: SettledPoints;
  /** What the facts had made of the tier, for as long as it lasts; undefined for the base. */
  readonly mark: Pick<LedgerFact, 'by' | 'since' | 'expiresAt'> | undefined;
}

export function settleLedger(
  facts: ReadonlyMap<string, LedgerFact>,
  program: CompiledProgram,
  now: EpochMs,
): Settlement | undefined {
  const state = replayLedger(facts.values(), program, now);
  const reports = reportsByOrder([...facts.values()].sort((a, b) => a.time - b.time));
  const settling: Settling = { facts, state, reports, cutoff: now - limits.orderFactMs };
  const lots = state.lots.filter((lot) => canSettle(lot, settling));
  const lost = [...facts.values()].filter((fact) => isOld(fact, settling) && aboutNothing(fact, settling));
  if (lots.length + lost.length === 0) return undefined;
  const removed = new Set(lost.map(({ key }) => key));
  const reduced = new Map<string, number>();
  let settled = NOTHING_SETTLED;
  for (const lot of lots) settled = addSettled(settled, takeOut(lot, settling, { removed, reduced }));
  for (const [key, points] of reduced) {
    if (points > 0 || facts.get(key)?.kind === 'earn') continue;
    reduced.delete(key);
    removed.add(key);
  }
  const { tier } = state;
  const mark =
    tier?.since === undefined ? undefined : { by: tier.name, since: tier.since, expiresAt: tier.until };
  return { removed, reduced, settled, mark };
}

interface Settling {
  readonly facts: ReadonlyMap<string, LedgerFact>;
  readonly state: LedgerState;
  readonly reports: OrderReports;
  /** What was reported or happened after it may still change. */
  readonly cutoff: EpochMs;
}

function isOld({ time, since }: LedgerFact, { cutoff }: Settling): boolean {
  return time < cutoff && since < cutoff;
}

/** Gifts that come once leave word that they came. */
function comesOnce({ by }: LedgerFact): boolean {
  return by === 'welcome' || by === 'referral';
}

function canSettle(lot: Lot, settling: Settling): boolean {
  const { fact, pending, available, taken } = lot;
  if (pending + available > 0 || !isOld(fact, settling)) return false;
  if (comesOnce(fact) && fact.points === 0) return false;
  const own = new Set(settling.reports.returnsOf(fact).map(({ key }) => key));
  for (const key of own) {
    const report = settling.facts.get(key);
    if (report === undefined || !isOld(report, settling) || tookElsewhere(key, lot, settling)) return false;
  }
  for (const [key, amount] of taken) {
    if (own.has(key)) continue;
    const taker = settling.facts.get(key);
    // What was given back, or went to another order's return, is not undone by leaving both out.
    if (taker === undefined || amount === 0 || !isOld(taker, settling)) return false;
    if (taker.kind !== 'burn' && taker.kind !== 'debit') return false;
  }
  return true;
}

function tookElsewhere(key: string, own: Lot, { state }: Settling): boolean {
  if (state.missing.has(key)) return true;
  return state.lots.some((lot) => lot !== own && lot.taken.has(key));
}

/** Reports about an order, or a burn, that is not there (any more). */
function aboutNothing(fact: LedgerFact, { facts, reports }: Settling): boolean {
  const all = [...facts.values()];
  if (fact.kind === 'restore') return !all.some((each) => ownId(each) === fact.order);
  if (fact.kind !== 'refund' && fact.kind !== 'cancel' && fact.kind !== 'delivered') return false;
  return !all.some((each) => (each.kind === 'earn' || each.kind === 'burn') && reports.isAbout(fact, each));
}

function ownId({ kind, tie }: LedgerFact): string | undefined {
  return kind === 'burn' ? tie.slice(tie.indexOf('\0') + 1) : undefined;
}

interface Leaving {
  readonly removed: Set<string>;
  readonly reduced: Map<string, number>;
}

function takeOut(lot: Lot, { facts, reports }: Settling, { removed, reduced }: Leaving): SettledPoints {
  const { fact, taken } = lot;
  const own = reports.returnsOf(fact);
  for (const report of own) {
    // The same cancellation may have given a burn back.
    const needed = [...facts.values()].some((each) => each.kind === 'burn' && reports.isAbout(report, each));
    if (!needed) removed.add(report.key);
  }
  if (comesOnce(fact)) reduced.set(fact.key, 0);
  else removed.add(fact.key);
  let burned = 0;
  for (const [key, amount] of taken) {
    const taker = facts.get(key);
    if (taker === undefined || (taker.kind !== 'burn' && taker.kind !== 'debit')) continue;
    reduced.set(key, (reduced.get(key) ?? taker.points) - amount);
    burned += amount;
  }
  const returned = own.reduce((sum, { key }) => sum + (taken.get(key) ?? 0), 0);
  return { earned: fact.points, burned, returned, expired: fact.points - burned - returned };
}
