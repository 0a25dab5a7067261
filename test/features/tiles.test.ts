import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addToTile,
  compileSpan,
  isLive,
  mergeCounts,
  pruneCounts,
  sumLive,
  tileOf,
} from '../../src/features/tiles.ts';
import { limits } from '../../src/limits.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';

describe('tiles', () => {
  it('are a sixtieth of the window, rounded up to a millisecond', () => {
    expect(compileSpan('1h')).toEqual({ windowMs: HOUR_MS, tileMs: MINUTE_MS });
    expect(compileSpan('61s').tileMs).toBe(1_017);
  });

  it.each(['', '1', '30s', '731d', '1w', '-1h', 'Lifetime'])('refuse the window "%s"', (window) => {
    expect(() => compileSpan(window)).toThrowError(expect.objectContaining({ code: 'invalid_definition' }));
  });

  it('count everything inside the window and nothing older than one tile beyond it', () => {
    const window = fc.integer({ min: 60, max: 86_400 }).map((seconds) => `${seconds}s`);
    const property = fc.property(window, fc.nat(2 ** 41), fc.nat(2 ** 31), (text, now, age) => {
      const span = compileSpan(text);
      const live = isLive(span, tileOf(span, now - age), now);
      if (age <= span.windowMs) expect(live).toBe(true);
      if (age >= span.windowMs + span.tileMs) expect(live).toBe(false);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('hold at most one number per tile that a window reaches', () => {
    const span = compileSpan('1h');
    const counts: number[] = [];
    for (let now = 0; now < 10 * HOUR_MS; now += 17_000) {
      addToTile(counts, tileOf(span, now), 1);
      pruneCounts(counts, span, now);
      expect(counts.length / 2).toBeLessThanOrEqual(limits.tilesPerWindow + 1);
    }
  });

  it('add up to the number of live additions in any order', () => {
    const span = compileSpan('1h');
    const times = fc.array(fc.integer({ min: 0, max: 3 * HOUR_MS }), { maxLength: 60 });
    const property = fc.property(times, fc.nat(60), (all, cut) => {
      const now = 3 * HOUR_MS;
      const parts = [all.slice(0, cut), all.slice(cut)].map((part) => {
        const counts: number[] = [];
        for (const time of part) addToTile(counts, tileOf(span, time), 1);
        return counts;
      });
      const merged = mergeCounts(parts[0] ?? [], parts[1] ?? []);
      const expected = all.filter(
        (time) => Math.floor(time / MINUTE_MS) * MINUTE_MS + MINUTE_MS > now - HOUR_MS,
      ).length;
      expect(sumLive(merged, span, now)).toBe(expected);
      expect(merged).toEqual(mergeCounts(parts[1] ?? [], parts[0] ?? []));
    });
    fc.assert(property, { numRuns: 100 });
  });
});
