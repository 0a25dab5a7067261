import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLedger, putFact, unitedFacts, uniteLedgers } from '../../src/model/ledger-facts.ts';
import type { Ledger, LedgerFact } from '../../src/model/loyalty.ts';

const fact = (over: Partial<LedgerFact>): LedgerFact => ({
  key: 'k',
  kind: 'earn',
  time: 0,
  tie: 's\0e',
  since: 0,
  version: 'v',
  order: '',
  by: '',
  points: 0,
  micro: 0,
  spend: 0,
  lines: [],
  holdMs: 0,
  deliveryMs: undefined,
  expiresAt: undefined,
  rounding: 'down',
  author: '',
  ...over,
});

function ledgerOf(facts: readonly LedgerFact[]): Ledger {
  const ledger = emptyLedger();
  for (const each of facts) putFact(ledger.facts, each);
  return ledger;
}

const small = fc
  .record({
    key: fc.constantFrom('a', 'b'),
    time: fc.nat(2),
    tie: fc.constantFrom('s\x001', 's\x002'),
    points: fc.nat(2),
    since: fc.nat(2),
  })
  .map(fact);

describe('facts that were reported twice', () => {
  it('count once: the earlier report, then the smaller source and id, then what more has settled of', () => {
    const first = fact({ time: 1, points: 5 });
    for (const other of [
      fact({ time: 2, points: 5 }),
      fact({ time: 1, tie: 's\0f', points: 5 }),
      fact({ time: 1, points: 6 }),
    ]) {
      expect([...unitedFacts([ledgerOf([first]), undefined, ledgerOf([other])]).values()]).toEqual([first]);
      expect([...unitedFacts([ledgerOf([other]), ledgerOf([first])]).values()]).toEqual([first]);
    }
  });

  it('come out the same in whatever order ledgers meet, for a moment or for good', () => {
    fc.assert(
      fc.property(fc.array(fc.array(small), { minLength: 1, maxLength: 4 }), (parts) => {
        const sorted = (facts: ReadonlyMap<string, LedgerFact>) => [...facts.entries()].sort();
        const united = unitedFacts(parts.map(ledgerOf));
        expect(sorted(unitedFacts(parts.toReversed().map(ledgerOf)))).toEqual(sorted(united));
        const into = emptyLedger();
        for (const part of parts) uniteLedgers(into, ledgerOf(part));
        expect(sorted(into.facts)).toEqual(sorted(united));
      }),
    );
  });

  it('add up what has settled', () => {
    const [one, other] = [emptyLedger(), emptyLedger()];
    one.settled = { earned: 5, burned: 3, expired: 2, returned: 0 };
    other.settled = { earned: 1, burned: 0, expired: 0, returned: 1 };
    uniteLedgers(one, other);
    expect(one.settled).toEqual({ earned: 6, burned: 3, expired: 2, returned: 1 });
  });
});
