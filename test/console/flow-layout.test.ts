import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, layFlow, type Way } from '../../src/console/insight/flow-layout.ts';

const ROOM = { height: 300, gap: 10 };
const NAMES = ['web', 'app', 'pos', 'none', 'call'];

const ways: fc.Arbitrary<readonly Way[]> = fc.uniqueArray(
  fc.record({
    from: fc.constantFrom(...NAMES),
    to: fc.constantFrom(...NAMES),
    count: fc.integer({ min: 0, max: 10_000 }),
  }),
  { selector: ({ from, to }) => `${from} ${to}`, minLength: 1 },
);

describe('the picture of ways', () => {
  it('fills each block exactly with its ribbons, on both sides, without any that overlap', () => {
    fc.assert(
      fc.property(ways, (given) => {
        const { from, to, ribbons } = layFlow(given, ROOM);
        const fits = (
          block: Block,
          pieces: readonly { readonly top: number; readonly height: number }[],
        ): void => {
          let next = block.top;
          for (const { top, height } of pieces.toSorted((a, b) => a.top - b.top)) {
            expect(top).toBeCloseTo(next, 6);
            next += height;
          }
          expect(next).toBeCloseTo(block.top + block.height, 6);
        };
        for (const block of from) {
          const own = ribbons.filter(({ way }) => way.from === block.name);
          fits(
            block,
            own.map(({ fromTop, height }) => ({ top: fromTop, height })),
          );
        }
        for (const block of to) {
          const own = ribbons.filter(({ way }) => way.to === block.name);
          fits(
            block,
            own.map(({ toTop, height }) => ({ top: toTop, height })),
          );
        }
        expect(ribbons.reduce((sum, { way }) => sum + way.count, 0)).toBe(
          given.reduce((sum, { count }) => sum + count, 0),
        );
      }),
    );
  });

  it('keeps within its room, with a gap between blocks, the largest on top', () => {
    fc.assert(
      fc.property(ways, (given) => {
        const { from, to } = layFlow(given, ROOM);
        for (const side of [from, to]) {
          for (const [i, block] of side.entries()) {
            const above = side[i - 1];
            if (above === undefined) continue;
            expect(block.count).toBeLessThanOrEqual(above.count);
            expect(block.top).toBeCloseTo(above.top + above.height + ROOM.gap, 6);
          }
          const last = side.at(-1);
          if (last !== undefined) expect(last.top + last.height).toBeLessThanOrEqual(ROOM.height + 1e-6);
        }
      }),
    );
  });

  it('is empty where nobody went anywhere', () => {
    expect(layFlow([{ from: 'web', to: 'pos', count: 0 }], ROOM)).toEqual({ from: [], to: [], ribbons: [] });
  });
});
