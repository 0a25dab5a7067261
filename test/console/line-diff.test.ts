import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffLine, diffLines, foldLines } from '../../src/console/triggers/line-diff.ts';

const lines = fc.array(fc.constantFrom('a: 1', 'b: 2', '  c: 3', '', '- d'), { maxLength: 12 });
const SEED = 20_261_123;

function side(diff: readonly DiffLine[], gone: 'gone' | 'new'): readonly string[] {
  return diff.filter(({ kind }) => kind === 'same' || kind === gone).map(({ text }) => text);
}

/** How many lines two texts have in common in their order, by the definition itself. */
function longestCommon(left: readonly string[], right: readonly string[]): number {
  const [first, ...rest] = left;
  if (first === undefined) return 0;
  const at = right.indexOf(first);
  const without = longestCommon(rest, right);
  return at < 0 ? without : Math.max(without, 1 + longestCommon(rest, right.slice(at + 1)));
}

describe('the difference of two texts', () => {
  it('holds both of them whole, with as much in common as there is', () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const diff = diffLines(`${left.join('\n')}\n`, `${right.join('\n')}\n`);
        const asText = (list: readonly string[]): readonly string[] => (list.length === 0 ? [''] : list);
        expect(side(diff, 'gone')).toEqual(asText(left));
        expect(side(diff, 'new')).toEqual(asText(right));
        const same = diff.filter(({ kind }) => kind === 'same').length;
        expect(same).toBe(longestCommon(asText(left), asText(right)));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('is shown with a little of what is around it, and all of the rest is counted', () => {
    const diff = diffLines(
      Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n'),
      Array.from({ length: 40 }, (_, i) => (i === 20 ? 'other' : `line ${i}`)).join('\n'),
    );
    const shown = foldLines(diff);
    expect(shown.filter(({ kind }) => kind === 'gone' || kind === 'new')).toEqual([
      { kind: 'gone', text: 'line 20' },
      { kind: 'new', text: 'other' },
    ]);
    expect(shown[0]).toEqual({ kind: 'skipped', lines: 17 });
    expect(shown.at(-1)).toEqual({ kind: 'skipped', lines: 16 });
    expect(shown.filter(({ kind }) => kind === 'same')).toHaveLength(6);
    expect(foldLines(diffLines('a\nb', 'a\nb'))).toEqual([{ kind: 'skipped', lines: 2 }]);
  });

  it('shows what is too large to be compared as one change', () => {
    const many = (word: string): string => Array.from({ length: 3_000 }, (_, i) => `${word} ${i}`).join('\n');
    const diff = diffLines(many('old'), many('new'));
    expect(diff.slice(0, 3_000).every(({ kind }) => kind === 'gone')).toBe(true);
    expect(diff.slice(3_000).every(({ kind }) => kind === 'new')).toBe(true);
    expect(diff).toHaveLength(6_000);
  });
});
