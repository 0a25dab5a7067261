import type { EntryKind, LedgerEntry, LedgerFact } from '../model/loyalty.ts';
import type { EpochMs } from '../model/time.ts';

/** Points that were earned at once; what of them is where. */
export interface Lot {
  readonly fact: LedgerFact;
  readonly availableAt: EpochMs;
  pending: number;
  available: number;
  expired: number;
  /** What is left of the points of its order after returns. */
  retained: number;
  isExpired: boolean;
  /** What was taken from it, at once or to repay what was owed, by the key of the fact that took it. */
  readonly taken: Map<string, number>;
}

/** Points that were owed, because no lot held them. */
interface Debt {
  readonly fact: LedgerFact;
  owed: number;
}

/** What the replay changes, one moment after the other. */
export class Balance {
  readonly lots: Lot[] = [];
  readonly entries: LedgerEntry[] = [];
  readonly #byKey = new Map<string, Lot>();
  readonly #debts: Debt[] = [];
  #debt = 0;
  readonly #missing = new Map<string, number>();

  get missing(): ReadonlyMap<string, number> {
    return this.#missing;
  }

  sums(): { available: number; pending: number; debt: number } {
    let [available, pending] = [0, 0];
    for (const lot of this.lots) {
      available += lot.available;
      pending += lot.pending;
    }
    return { available, pending, debt: this.#debt };
  }

  earn(fact: LedgerFact, availableAt: EpochMs): void {
    const { points } = fact;
    const lot: Lot = {
      fact,
      availableAt,
      pending: points,
      available: 0,
      expired: 0,
      retained: points,
      isExpired: false,
      taken: new Map(),
    };
    this.lots.push(lot);
    this.#byKey.set(fact.key, lot);
    this.#enter(fact, { at: fact.time, kind: 'earn', change: points, lot });
  }

  release(key: string): void {
    const lot = this.#byKey.get(key);
    if (lot === undefined || lot.pending === 0) return;
    const amount = lot.pending;
    lot.pending = 0;
    lot.available += amount;
    // Points that are never pending need no entry that says so.
    if (lot.availableAt > lot.fact.time)
      this.#enter(lot.fact, { at: lot.availableAt, kind: 'release', change: 0, amount, lot });
    this.#repay(lot, lot.availableAt);
  }

  expire(key: string, at: EpochMs): void {
    const lot = this.#byKey.get(key);
    if (lot === undefined) return;
    lot.isExpired = true;
    const amount = lot.available + lot.pending;
    lot.available = 0;
    lot.pending = 0;
    lot.expired += amount;
    this.#enter(lot.fact, { at, kind: 'expire', change: -amount, lot });
  }

  /** A burn or a debit: the oldest lots first, and what they do not hold is owed. */
  take(fact: LedgerFact, kind: 'burn' | 'debit'): void {
    this.#takeOldest(fact, { at: fact.time, kind, points: fact.points });
  }

  /** A burn is called off: its points go back to the lots that they came from, with the expiry of these. */
  restore(burn: LedgerFact, { time: at, fact }: { readonly time: EpochMs; readonly fact: LedgerFact }): void {
    for (const debt of this.#debts.filter((each) => each.fact === burn)) {
      this.#enter(fact, { at, kind: 'restore', change: debt.owed });
      this.#debt -= debt.owed;
      debt.owed = 0;
    }
    this.#missing.delete(burn.key);
    for (const lot of this.lots) {
      const amount = lot.taken.get(burn.key) ?? 0;
      if (amount > 0) this.#giveBack({ lot, amount, at, fact, key: burn.key });
    }
  }

  /** A return: pending points of the order, its own lot, what of that has expired, then the oldest lots, then debt. */
  takeBack(
    earned: LedgerFact,
    {
      report,
      retained,
      at,
    }: { readonly report: LedgerFact; readonly retained: number; readonly at: EpochMs },
  ): void {
    const lot = this.#byKey.get(earned.key);
    if (lot === undefined) return;
    let points = Math.max(0, lot.retained - retained);
    lot.retained -= points;
    const own = Math.min(points, lot.pending + lot.available);
    const pending = Math.min(own, lot.pending);
    lot.pending -= pending;
    lot.available -= own - pending;
    lot.taken.set(report.key, (lot.taken.get(report.key) ?? 0) + own);
    this.#enter(report, { at, kind: 'clawback', change: -own, lot });
    points -= own;
    // Nobody gives back twice what has run out unspent.
    const gone = Math.min(points, lot.expired);
    lot.expired -= gone;
    this.#takeOldest(report, { at, kind: 'clawback', points: points - gone });
  }

  #takeOldest(
    fact: LedgerFact,
    { at, kind, points }: { readonly at: EpochMs; readonly kind: EntryKind; readonly points: number },
  ): void {
    let left = points;
    for (const lot of this.lots) {
      if (left === 0) break;
      const amount = Math.min(left, lot.available);
      if (amount === 0) continue;
      lot.available -= amount;
      lot.taken.set(fact.key, (lot.taken.get(fact.key) ?? 0) + amount);
      left -= amount;
      this.#enter(fact, { at, kind, change: -amount, lot });
    }
    if (left === 0) return;
    this.#debts.push({ fact, owed: left });
    this.#debt += left;
    this.#missing.set(fact.key, (this.#missing.get(fact.key) ?? 0) + left);
    this.#enter(fact, { at, kind, change: -left });
  }

  #giveBack(back: { lot: Lot; amount: number; at: EpochMs; fact: LedgerFact; key: string }): void {
    const { lot, amount, at, fact, key } = back;
    lot.taken.set(key, (lot.taken.get(key) ?? 0) - amount);
    lot.available += amount;
    this.#enter(fact, { at, kind: 'restore', change: amount, lot });
    if (lot.isExpired) this.expire(lot.fact.key, at);
    else this.#repay(lot, at);
  }

  /** Nobody has points and owes some: the oldest debt first. */
  #repay(lot: Lot, at: EpochMs): void {
    for (const debt of this.#debts) {
      if (this.#debt === 0 || lot.available === 0) return;
      const amount = Math.min(debt.owed, lot.available);
      if (amount === 0) continue;
      debt.owed -= amount;
      this.#debt -= amount;
      lot.available -= amount;
      lot.taken.set(debt.fact.key, (lot.taken.get(debt.fact.key) ?? 0) + amount);
      this.#missing.set(debt.fact.key, (this.#missing.get(debt.fact.key) ?? 0) - amount);
      this.#enter(debt.fact, { at, kind: 'repay', change: 0, amount, lot });
    }
  }

  #enter(
    fact: LedgerFact,
    entry: { at: EpochMs; kind: EntryKind; change: number; amount?: number; lot?: Lot },
  ): void {
    const { at, kind, change, amount = Math.abs(change), lot } = entry;
    if (amount === 0) return;
    const { order, by, author, tie } = fact;
    const event = tie.slice(tie.indexOf('\0') + 1);
    this.entries.push({ at, kind, change, amount, lot: lot?.fact.key ?? '', event, order, by, author });
  }
}
