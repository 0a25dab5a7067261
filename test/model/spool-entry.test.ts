import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryRow } from '../../src/model/effect.ts';
import { packSpool, positionOf, unpackSpool } from '../../src/model/spool-entry.ts';

const row: fc.Arbitrary<HistoryRow> = fc.record({
  table: fc.constantFrom('events', 'facets', 'merges', 'identity_changes', 'decisions', 'quarantine'),
  values: fc
    .tuple(
      fc.nat(65_535),
      fc.maxSafeNat(),
      fc.nat(4_000),
      fc.nat(100),
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()),
    )
    .map((values) => values.flat()),
});

describe('a spool entry', () => {
  it('gives back the rows that were packed, with their positions', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const unpacked = unpackSpool(packSpool(rows));
        expect(unpacked.map(({ table, line }) => ({ table, values: JSON.parse(line) as unknown }))).toEqual(
          rows,
        );
        for (const [i, { line }] of unpacked.entries()) {
          const { partition, seq, index, ordinal } = positionOf(line);
          expect([partition, seq, index, ordinal]).toEqual(rows[i]?.values.slice(0, 4));
        }
      }),
    );
  });

  it('is the same bytes for the same rows', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(packSpool(rows)).toEqual(packSpool([...rows]));
      }),
    );
  });

  it('may be empty', () => {
    expect(unpackSpool(packSpool([]))).toEqual([]);
  });
});
