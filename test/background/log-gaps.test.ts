import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Gap, LogGaps } from '../../src/background/log-gaps.ts';
import { limits } from '../../src/limits.ts';

const P = 3;
const covered = ({ after, upTo }: Gap): number[] =>
  Array.from({ length: upTo - after }, (_, n) => after + 1 + n);

/** Stretches that follow each other, as batches do; some are lost, some come again. */
const telling = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 5 }),
      fate: fc.constantFrom('told', 'told', 'lost', 'again'),
    }),
    {
      maxLength: 30,
    },
  )
  .map((batches) => {
    let at = 0;
    return batches.map(({ length, fate }) => {
      const stretch = { partition: P, after: at, upTo: at + length };
      at += length;
      return { stretch, fate };
    });
  });

describe('following a log', () => {
  it('meets every message once: in a stretch that was told, or in a gap that is left to be read', () => {
    fc.assert(
      fc.property(telling, fc.nat(30), (batches, restartAt) => {
        let gaps = new LogGaps();
        const met: number[] = [];
        for (const [n, { stretch, fate }] of batches.entries()) {
          // What is stored goes on the same.
          if (n === restartAt) gaps = new LogGaps(JSON.parse(JSON.stringify(gaps.content())));
          const times = fate === 'lost' ? 0 : fate === 'again' ? 2 : 1;
          for (let time = 0; time < times; time++) {
            const known = gaps.reached(P);
            if (gaps.advance(stretch)) met.push(...covered(stretch).filter((seq) => seq > known));
          }
        }
        met.push(...gaps.gaps.flatMap(covered));
        const reached = gaps.reached(P);
        expect(met.sort((a, b) => a - b)).toEqual(Array.from({ length: reached }, (_, n) => n + 1));
      }),
      { seed: 7 },
    );
  });

  it('takes of a stretch that overlaps only what is new', () => {
    const gaps = new LogGaps();
    expect(gaps.advance({ partition: P, after: 0, upTo: 10 })).toBe(true);
    // A store that stepped back has its batches cut anew.
    expect(gaps.advance({ partition: P, after: 7, upTo: 12 })).toBe(true);
    expect(gaps.advance({ partition: P, after: 7, upTo: 12 })).toBe(false);
    expect([gaps.reached(P), gaps.gaps]).toEqual([12, []]);
  });

  it('forgets gaps that were read, and gives up the oldest of too many', () => {
    const gaps = new LogGaps();
    for (let n = 0; n <= limits.interactionGapsMax; n++) gaps.miss({ partition: n, after: 0, upTo: 1 });
    expect([gaps.gaps.length, gaps.lost, gaps.gaps[0]?.partition]).toEqual([limits.interactionGapsMax, 1, 1]);
    gaps.fill(gaps.gaps.slice(1));
    expect(gaps.gaps).toEqual([{ partition: 1, after: 0, upTo: 1 }]);
    gaps.miss({ partition: 1, after: 5, upTo: 5 });
    expect(gaps.gaps).toHaveLength(1);
  });
});
