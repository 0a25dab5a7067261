import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeLedger, encodeLedger } from '../../src/features/encode-ledger.ts';
import type { Ledger } from '../../src/model/loyalty.ts';
import { compiled, eventOfHappening, factsOf, happenings, programs } from '../loyalty/loyalty-world.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });

describe('a stored ledger', () => {
  it('comes back as it was, and is the same bytes in whatever order it came to be', () => {
    fc.assert(
      fc.property(happenings, programs, fc.nat(1_000), (all, program, spent) => {
        const facts = factsOf(all.map(eventOfHappening), program);
        const settled = { earned: spent, burned: spent, expired: 0, returned: 0 };
        const ledger: Ledger = { facts: new Map(facts.map((fact) => [fact.key, fact])), settled };
        const turned: Ledger = {
          facts: new Map(facts.toReversed().map((fact) => [fact.key, fact])),
          settled,
        };
        const bytes = packr.pack(encodeLedger(ledger));
        expect(packr.pack(encodeLedger(turned)).equals(bytes)).toBe(true);
        expect(decodeLedger(packr.unpack(bytes) as unknown[])).toEqual(ledger);
      }),
    );
  });

  it('keeps the lines of an order that earned at rates of their own, and the author of a correction', () => {
    const program = compiled();
    const [fact] = factsOf([eventOfHappening({ type: 'order', id: '1', at: 0, spend: 1 })], program);
    const odd = {
      ...fact!,
      lines: [[1, 2, 3] as const],
      author: 'ann',
      rounding: 'up' as const,
      expiresAt: 5,
    };
    const ledger: Ledger = {
      facts: new Map([[odd.key, odd]]),
      settled: { earned: 0, burned: 0, expired: 0, returned: 0 },
    };
    expect(decodeLedger(packr.unpack(packr.pack(encodeLedger(ledger))) as unknown[])).toEqual(ledger);
  });

  it.each([
    [[]],
    [[[1, 2, 3]]],
    [[[0, 0, 0, 0], 'x']],
    [
      [
        [0, 0, 0, 0],
        ['k', 99, 0, 't', 0, 'v'],
      ],
    ],
  ])('is refused where it is malformed: %j', (data) => {
    expect(() => decodeLedger(data)).toThrowError(expect.objectContaining({ code: 'data_format' }));
  });
});
