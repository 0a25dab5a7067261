import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextChange } from '../../src/loyalty/changes.ts';
import type { CompiledProgram } from '../../src/loyalty/program.ts';
import { type LedgerState, replayLedger } from '../../src/loyalty/replay.ts';
import { unitedFacts } from '../../src/model/ledger-facts.ts';
import type { LedgerFact } from '../../src/model/loyalty.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { naiveLedger } from '../oracle/naive-ledger.ts';
import { compiled, eventOfHappening, factsOf, happenings, programs, T0 } from './loyalty-world.ts';

const times = fc.noBias(fc.nat({ max: 400 })).map((n) => T0 + (n * DAY_MS) / 4);

function union(facts: readonly LedgerFact[]): ReadonlyMap<string, LedgerFact> {
  return unitedFacts([{ facts: new Map(facts.map((fact) => [fact.key, fact])), settled: NOTHING }]);
}
const NOTHING = { earned: 0, burned: 0, expired: 0, returned: 0 };

/** What must hold whatever happened. */
function checkBooks(state: LedgerState): void {
  const { available, pending, debt, entries, lots } = state;
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
  expect(sum(entries.map(({ change }) => change))).toBe(available + pending - debt);
  expect(sum(lots.map((lot) => lot.available))).toBe(available);
  expect(available).toBeGreaterThanOrEqual(0);
  expect(pending).toBeGreaterThanOrEqual(0);
  expect(debt).toBeGreaterThanOrEqual(0);
  expect(debt === 0 || available === 0).toBe(true);
  for (const lot of lots) expect(Math.min(lot.available, lot.pending, lot.expired)).toBeGreaterThanOrEqual(0);
  for (const entry of entries) expect(entry.event).not.toBe('');
  const keys = new Set(lots.map(({ fact }) => fact.key));
  for (const { lot } of entries) expect(lot === '' || keys.has(lot)).toBe(true);
}

const plain = (state: LedgerState): unknown => {
  const { available, pending, debt, entries, nextAt } = state;
  return { available, pending, debt, entries, nextAt };
};

/** Lots as the oracle calls them. */
function openLots({ lots }: LedgerState): Record<string, number> {
  const open = lots.filter(({ available }) => available > 0);
  return Object.fromEntries(
    open.map(({ fact, available }) => {
      const parts = fact.key.split('\0');
      return [`${parts[0]}${parts.at(-1)}`, available];
    }),
  );
}

describe('the ledger', () => {
  it('equals an oracle that moves every point by hand, and its books balance, at every time', () => {
    fc.assert(
      fc.property(
        happenings,
        programs,
        fc.array(times, { minLength: 1, maxLength: 6 }),
        (all, program, moments) => {
          const facts = union(factsOf(all.map(eventOfHappening), program));
          const { holdMs, deliveryMs, definition, expiresAt } = program;
          const rules = {
            per: 1_000,
            holdMs,
            deliveryMs: definition.hold.from === 'delivery' ? deliveryMs : undefined,
            expiresAt,
          };
          const interesting = [...moments, ...all.map((each) => each.at)];
          for (const now of interesting) {
            const state = replayLedger(facts.values(), program, now);
            checkBooks(state);
            const { available, pending, debt } = state;
            expect({ available, pending, debt, open: openLots(state) }).toEqual(naiveLedger(all, rules, now));
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('does not depend on the order in which facts come, nor on how they lie in facets', () => {
    fc.assert(
      fc.property(
        happenings,
        programs,
        fc.array(fc.nat(), { minLength: 16, maxLength: 16 }),
        times,
        (all, program, order, now) => {
          const facts = factsOf(all.map(eventOfHappening), program);
          const shuffled = facts
            .map((fact, i) => ({ fact, by: order[i] ?? 0 }))
            .sort((a, b) => a.by - b.by)
            .map(({ fact }) => fact);
          const parts = [0, 1, 2].map((n) => ({
            facts: new Map(
              shuffled.filter((_, i) => (order[i] ?? 0) % 3 === n).map((fact) => [fact.key, fact]),
            ),
            settled: NOTHING,
          }));
          const one = replayLedger(union(facts).values(), program, now);
          expect(plain(replayLedger(unitedFacts(parts).values(), program, now))).toEqual(plain(one));
          expect(plain(replayLedger(unitedFacts(parts.reverse()).values(), program, now))).toEqual(
            plain(one),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says when time changes it next: nothing happens before, and something then', () => {
    fc.assert(
      fc.property(happenings, programs, times, (all, program, now) => {
        const facts = [...union(factsOf(all.map(eventOfHappening), program)).values()].filter(
          ({ time }) => time <= now,
        );
        const next = nextChange(facts, program, now);
        const sums = (at: number): unknown => {
          const { available, pending, debt } = replayLedger(facts, program, at);
          return { available, pending, debt };
        };
        const until = next ?? now + 5_000 * DAY_MS;
        expect(until).toBeGreaterThan(now);
        expect(sums(until - 1)).toEqual(sums(now));
      }),
      { numRuns: 500 },
    );
  });

  it('conserves every point when two people are merged and taken apart again', () => {
    fc.assert(
      fc.property(happenings, happenings, neverExpiring, times, (mine, theirs, program, now) => {
        const own = union(factsOf(mine.map(eventOfHappening), program));
        const other = union(
          factsOf(
            theirs.map((each) => eventOfHappening(renamed(each))),
            program,
          ),
        );
        const [a, b] = [own, other].map((facts) => replayLedger(facts.values(), program, now)) as [
          LedgerState,
          LedgerState,
        ];
        const ledgers = [own, other].map((facts) => ({ facts: new Map(facts), settled: NOTHING }));
        const merged = replayLedger(unitedFacts(ledgers).values(), program, now);
        const worth = ({ available, pending, debt }: LedgerState): number => available + pending - debt;
        expect(worth(merged)).toBe(worth(a) + worth(b));
        checkBooks(merged);
        // Merging copies nothing: taken apart, each has what it had.
        expect(plain(replayLedger((ledgers[0]?.facts ?? new Map()).values(), program, now))).toEqual(
          plain(a),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('the rules of the ledger, one by one', () => {
  const day = (n: number): number => T0 + n * DAY_MS;
  const gift = (id: string, at: number, points: number) => ({ type: 'gift', id, at, points }) as const;
  const burn = (id: string, at: number, points: number) => ({ type: 'burn', id, at, points }) as const;
  const monthly = compiled({ expiry: { months: 1 } });

  function at(now: number, program: CompiledProgram, ...all: Parameters<typeof eventOfHappening>[0][]) {
    return replayLedger(union(factsOf(all.map(eventOfHappening), program)).values(), program, now);
  }
  const moved = (state: LedgerState) =>
    state.entries.map(({ kind, change, amount, lot }) => [kind, change || amount, lot.split('\0').at(-1)]);

  it('spends the oldest lots first, and says so lot by lot', () => {
    const state = at(day(9), compiled(), gift('2', day(2), 5), gift('1', day(1), 5), burn('b', day(3), 7));
    expect(moved(state)).toEqual([
      ['earn', 5, '1'],
      ['earn', 5, '2'],
      ['burn', -5, '1'],
      ['burn', -2, '2'],
    ]);
  });

  it('takes what expires at a moment before it is spent, and what is earned or released at it can be', () => {
    const last = monthly.expiresAt(day(0)) ?? 0;
    const late = at(last, monthly, gift('1', day(0), 5), burn('b', last, 5));
    expect(late).toMatchObject({ available: 0, debt: 5 });
    expect(at(last, monthly, gift('1', day(0), 5), burn('b', last - 1, 5))).toMatchObject({ debt: 0 });
    expect(at(day(1), monthly, gift('1', day(1), 5), burn('b', day(1), 5))).toMatchObject({ debt: 0 });
    const held = compiled({ hold: { for: '3d', from: 'order', delivery_within: '1d' } });
    const sold = { type: 'order', id: '1', at: day(0), spend: 5_000 } as const;
    expect(at(day(3), held, sold, burn('b', day(3), 5))).toMatchObject({ available: 0, debt: 0 });
    expect(at(day(3), held, sold, burn('b', day(3) - 1, 5))).toMatchObject({
      available: 0,
      debt: 0,
      pending: 0,
    });
  });

  it('takes a return from what is pending of the order, its own lot, the oldest lots, and then makes debt', () => {
    const sold = { type: 'order', id: '1', at: day(2), spend: 30_000 } as const;
    const back = { type: 'refund', id: '1', refund: 'r', at: day(5), spend: 30_000 } as const;
    const state = at(day(9), compiled(), gift('0', day(1), 10), sold, burn('b', day(3), 20), back);
    expect(moved(state)).toEqual([
      ['earn', 10, '0'],
      ['earn', 30, '1'],
      ['burn', -10, '0'],
      ['burn', -10, '1'],
      ['clawback', -20, '1'],
      ['clawback', -10, ''],
    ]);
    const later = at(day(9), compiled(), sold, burn('b', day(3), 30), back, gift('2', day(6), 8));
    expect(later).toMatchObject({ available: 0, debt: 22 });
    expect(moved(later).at(-1)).toEqual(['repay', 8, '2']);
  });

  it('does not take back what has run out unspent', () => {
    const sold = { type: 'order', id: '1', at: day(0), spend: 30_000 } as const;
    const back = { type: 'refund', id: '1', refund: 'r', at: day(40), spend: 30_000 } as const;
    const state = at(day(41), monthly, sold, burn('b', day(1), 10), gift('2', day(39), 50), back);
    // Twenty of the thirty ran out; the ten that were spent come from the oldest lot.
    expect(state).toMatchObject({ available: 40, debt: 0 });
  });
});

const neverExpiring = programs.filter(({ definition }) => definition.expiry === undefined);

function renamed(each: Parameters<typeof eventOfHappening>[0]): Parameters<typeof eventOfHappening>[0] {
  if (each.type === 'restore') return { ...each, burn: `o${each.burn}` };
  if (each.type === 'burn' && each.order !== undefined)
    return { ...each, id: `o${each.id}`, order: `o${each.order}` };
  return { ...each, id: `o${each.id}` };
}
