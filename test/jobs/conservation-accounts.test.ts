import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, Accounts } from '../../src/jobs/conservation/accounts.ts';
import { explain, type Knowledge, sumUp } from '../../src/jobs/conservation/explain.ts';
import { CONSERVATION_CODES, EXPLAINED } from '../../src/model/conservation.ts';

const MINUTE = 60_000;
const few = fc.nat({ max: 6 });
const ALL_KNOWN: Knowledge = { bookedSince: 0, loggedSince: 0, erasedRecords: 0 };

/** An account in which everything came to one end, and what history and the logs have of it. */
const whole = fc
  .record({ applied: few, duplicate: few, quarantined: few, refused: few })
  .map(({ applied, duplicate, quarantined, refused }): Account => {
    const account = new Accounts(0, MINUTE).at(0, 'web') as Account;
    const received = applied + duplicate + quarantined + refused;
    Object.assign(account.books, { received, applied, duplicate, quarantined, refused });
    Object.assign(account.history, { events: applied, quarantined });
    account.logs = received;
    return account;
  });

describe('an account of a minute and source', () => {
  it('has no difference where all accounts agree', () => {
    fc.assert(
      fc.property(whole, (account) => {
        expect(explain(account, ALL_KNOWN)).toMatchObject({ difference: 0, unexplained: 0, codes: {} });
      }),
    );
  });

  it('finds a difference wherever one number is another one, and names what it is made of', () => {
    const change = fc.oneof(
      ...(['received', 'applied', 'duplicate', 'quarantined', 'refused'] as const).map((name) =>
        fc.constant((account: Account, by: number) => {
          account.books[name] += by;
        }),
      ),
      fc.constant((account: Account, by: number) => {
        account.history.events += by;
      }),
      fc.constant((account: Account, by: number) => {
        account.history.quarantined += by;
      }),
      fc.constant((account: Account, by: number) => {
        account.logs += by;
      }),
    );
    const by = fc.integer({ min: -3, max: 3 }).filter((n) => n !== 0);
    fc.assert(
      fc.property(whole, change, by, (account, apply, n) => {
        apply(account, n);
        const { difference, unexplained, codes } = explain(account, ALL_KNOWN);
        expect(unexplained).toBeGreaterThan(0);
        expect(difference).toBe(unexplained);
        expect(Object.values(codes).reduce((sum, count) => sum + count, 0)).toBe(difference);
      }),
    );
  });

  it('takes exactly as much for explained as there is a reason for', () => {
    fc.assert(
      fc.property(whole, few, few, few, few, (account, flying, spooled, erased, extra) => {
        account.books.received += flying + extra;
        account.logs += flying + extra;
        account.flying = flying;
        account.history.events -= spooled + erased;
        account.spooled.events = spooled;
        account.removed.events.erased = erased;
        const { codes, unexplained } = explain(account, ALL_KNOWN);
        const named = { in_flight: flying, history_lag: spooled, erased, outcome_missing: extra };
        expect(codes).toEqual(Object.fromEntries(Object.entries(named).filter(([, count]) => count > 0)));
        expect(unexplained).toBe(extra);
      }),
    );
  });

  it('proves nothing for minutes before the books, nor where not everything could be read', () => {
    const account = new Accounts(0, MINUTE).at(0, 'web') as Account;
    account.history.events = 3;
    expect(explain(account, { bookedSince: MINUTE, erasedRecords: 0 })).toMatchObject({
      unexplained: 0,
      codes: { before_ledger: 3 },
    });
    expect(explain(account, { bookedSince: 0, erasedRecords: 0, unseen: 'history_lag' })).toMatchObject({
      unexplained: 0,
      codes: { history_lag: 3 },
    });
  });

  it('leaves the logs out where they do not reach, and allows for records that erasures emptied', () => {
    const account = new Accounts(0, MINUTE).at(0, 'web') as Account;
    Object.assign(account.books, { received: 2, duplicate: 2 });
    expect(explain(account, { bookedSince: 0, loggedSince: MINUTE, erasedRecords: 0 })).not.toHaveProperty(
      'logs',
    );
    expect(explain(account, { ...ALL_KNOWN, erasedRecords: 1 }).codes).toEqual({
      log_erased: 1,
      log_missing: 1,
    });
  });

  it('adds up over minutes', () => {
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 5 }), few, (accounts, gone) => {
        for (const account of accounts) account.history.events -= gone;
        const minutes = accounts.map((account) => explain(account, ALL_KNOWN));
        const { totals, difference, codes } = sumUp(minutes);
        expect(totals.received).toBe(accounts.reduce((sum, { books }) => sum + books.received, 0));
        expect(difference).toBe(accounts.length * gone);
        expect(codes.rows_missing ?? 0).toBe(difference);
      }),
    );
  });

  it('has reasons and faults, each of them listed once', () => {
    expect(new Set(CONSERVATION_CODES).size).toBe(CONSERVATION_CODES.length);
    for (const code of EXPLAINED) expect(CONSERVATION_CODES).toContain(code);
  });
});
