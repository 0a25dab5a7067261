import type { LedgerEntry, LedgerFact } from '../model/loyalty.ts';
import type { EpochMs } from '../model/time.ts';
import { Balance, type Lot } from './balance.ts';
import { type OrderReports, reportsByOrder } from './order-reports.ts';
import type { CompiledProgram } from './program.ts';
import { retainedPoints } from './purchase.ts';
import { type Qualification, replayTiers, type TierState } from './tiers.ts';

/**
 * The ledger: a pure function of the facts of all facets of a profile, the program in force and a moment. Facts are put
 * into one order (time, kind, key) whatever the order in which they came, and replayed with what time does to points
 * (releases, expiries) between them. So a merge and an unmerge are nothing but another set of facts.
 *
 * Invariants: available ≥ 0; debt > 0 only while available = 0; the changes of all entries come to available + pending −
 * debt; available is what the open lots hold.
 */
export interface LedgerState {
  readonly available: number;
  readonly pending: number;
  readonly debt: number;
  /** Oldest first, closed ones included. */
  readonly lots: readonly Lot[];
  readonly entries: readonly LedgerEntry[];
  readonly tier: TierState | undefined;
  /** When the next thing happens by the passing of time alone; undefined: never. */
  readonly nextAt: EpochMs | undefined;
  /** What of each burn, debit or return could not be taken from any lot, by the key of its fact. */
  readonly missing: ReadonlyMap<string, number>;
}

/** What happens at one moment comes in this order: what expires at a moment is gone then, what is earned can be spent. */
const RANKS = {
  expire: 0,
  earn: 1,
  release: 2,
  restore: 3,
  returned: 4,
  debit: 5,
  burn: 6,
  /** Of a burn for an order that had been called off before. */
  restoreAtOnce: 7,
  /** Of a lot that had expired when it came. */
  expireAtOnce: 8,
} as const;

interface Moment {
  readonly at: EpochMs;
  readonly rank: number;
  readonly key: string;
  readonly act: () => void;
}

/** A gift once in so long. */
const BIRTHDAY_MS = 365 * 86_400_000;

/** Facts with one winner per key (`unitedFacts`); those after `now` are not there yet. */
export function replayLedger(
  facts: Iterable<LedgerFact>,
  program: CompiledProgram,
  now: EpochMs,
): LedgerState {
  const known = [...facts].filter(({ time }) => time <= now).sort(inOrder);
  const balance = new Balance();
  const qualifications: Qualification[] = [];
  const moments = momentsOf(known, { balance, qualifications, program });
  moments.sort((a, b) => a.at - b.at || a.rank - b.rank || (a.key < b.key ? -1 : 1));
  const due = moments.findIndex(({ at }) => at > now);
  for (const { act } of due < 0 ? moments : moments.slice(0, due)) act();
  const marks = known.filter(({ kind }) => kind === 'tier');
  const tier = program.tiers && replayTiers({ program, tiers: program.tiers, qualifications, marks, now });
  const nextAt = nextOf(balance, { tier, now, program });
  return {
    ...balance.sums(),
    lots: balance.lots,
    entries: balance.entries,
    tier,
    nextAt,
    missing: balance.missing,
  };
}

/** As lots are spent, too: oldest first. */
function inOrder(a: LedgerFact, b: LedgerFact): number {
  return a.time - b.time || (a.key < b.key ? -1 : 1);
}

interface Replaying {
  readonly balance: Balance;
  readonly qualifications: Qualification[];
  readonly program: CompiledProgram;
}

function momentsOf(facts: readonly LedgerFact[], replaying: Replaying): Moment[] {
  const reports = reportsByOrder(facts);
  const moments: Moment[] = [];
  let birthdayAt = Number.NEGATIVE_INFINITY;
  for (const fact of facts) {
    if (fact.by === 'birthday' && fact.kind === 'earn') {
      if (fact.time - birthdayAt < BIRTHDAY_MS) continue;
      birthdayAt = fact.time;
    }
    moments.push(...momentsOfFact(fact, reports, replaying));
  }
  return moments;
}

function momentsOfFact(fact: LedgerFact, reports: OrderReports, replaying: Replaying): readonly Moment[] {
  const { balance } = replaying;
  const { key, time: at } = fact;
  switch (fact.kind) {
    case 'earn':
      return momentsOfLot(fact, reports, replaying);
    case 'burn': {
      const back = reports.restoredAt(fact);
      const burn = { at, rank: RANKS.burn, key, act: () => balance.take(fact, 'burn') };
      if (back === undefined) return [burn];
      const rank = back.time > at ? RANKS.restore : RANKS.restoreAtOnce;
      return [burn, { at: back.time, rank, key, act: () => balance.restore(fact, back) }];
    }
    case 'debit':
      return [{ at, rank: RANKS.debit, key, act: () => balance.take(fact, 'debit') }];
    default:
      return [];
  }
}

/** A lot's life: earned, released, returned in part or whole, expired. */
function momentsOfLot(fact: LedgerFact, reports: OrderReports, replaying: Replaying): readonly Moment[] {
  const { balance } = replaying;
  const { key, time: at, expiresAt } = fact;
  const availableAt = reports.availableAt(fact);
  const moments: Moment[] = [
    {
      at,
      rank: RANKS.earn,
      key,
      act() {
        balance.earn(fact, availableAt);
        qualify(fact, { at, retained: fact.points, spend: fact.spend }, replaying);
      },
    },
    { at: availableAt, rank: RANKS.release, key, act: () => balance.release(key) },
  ];
  const act = (): void => balance.expire(key, Math.max(at, expiresAt ?? at));
  if (expiresAt !== undefined)
    moments.push(
      expiresAt > at
        ? { at: expiresAt, rank: RANKS.expire, key, act }
        : { at, rank: RANKS.expireAtOnce, key, act },
    );
  return isOrder(fact) ? [...moments, ...momentsOfReturns(fact, reports, replaying)] : moments;
}

function isOrder({ by }: LedgerFact): boolean {
  return by === 'order' || by === 'claim';
}

function momentsOfReturns(earned: LedgerFact, reports: OrderReports, replaying: Replaying): Moment[] {
  const returns: LedgerFact[] = [];
  return reports.returnsOf(earned).map((report) => {
    const at = Math.max(earned.time, report.time);
    return {
      at,
      rank: RANKS.returned,
      key: report.key,
      act() {
        returns.push(report);
        const cancelled = returns.some(({ kind }) => kind === 'cancel');
        const retained = cancelled ? 0 : retainedPoints(earned, returns);
        replaying.balance.takeBack(earned, { report, retained, at });
        const back = returns.reduce((sum, { spend }) => sum + spend, 0);
        const spend = cancelled ? 0 : Math.max(0, earned.spend - back);
        qualify(earned, { at, retained, spend }, replaying);
      },
    };
  });
}

/** What an order counts towards a tier from here on, at the order's own time. Gifts and adjustments count nothing. */
function qualify(
  fact: LedgerFact,
  { at, retained, spend }: { readonly at: EpochMs; readonly retained: number; readonly spend: number },
  { program, qualifications }: Replaying,
): void {
  const { key, time, by } = fact;
  const order = isOrder(fact);
  if (program.tiers === undefined || (!order && by !== 'reported')) return;
  const worth = { points: retained, spend: order ? spend : 0, orders: order && spend > 0 ? 1 : 0 };
  qualifications.push({ at, key, time, worth: worth[program.tiers.rules.by] });
}

interface NextInput {
  readonly tier: TierState | undefined;
  readonly now: EpochMs;
  readonly program: CompiledProgram;
}

function nextOf(balance: Balance, { tier, now, program }: NextInput): EpochMs | undefined {
  let next = tier?.nextAt ?? Number.POSITIVE_INFINITY;
  for (const lot of balance.lots) {
    if (lot.pending > 0) next = Math.min(next, lot.availableAt);
    const { expiresAt } = lot.fact;
    if (expiresAt === undefined || lot.pending + lot.available === 0) continue;
    const warnAt = expiresAt - program.warnMs;
    next = Math.min(next, warnAt > now ? warnAt : expiresAt);
  }
  return Number.isFinite(next) ? next : undefined;
}
