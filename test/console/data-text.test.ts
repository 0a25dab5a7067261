import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isolated, visible } from '../../src/console/parts/data-text.ts';

const OVERRIDE = '\u202e';
const ISOLATE = '\u2068';
const POP = '\u2069';
const TURNING = /[\u202a-\u202e\u200e\u200f\u061c]/;

const nasty = fc.string({
  unit: fc.constantFrom(
    'a',
    '1',
    ' ',
    '\u0639',
    '\u05d0',
    OVERRIDE,
    '\u202b',
    '\u2066',
    ISOLATE,
    POP,
    '\u0007',
  ),
});

describe('text that came from outside', () => {
  it.each([
    ['plain text, 3 · 4', 'plain text, 3 · 4'],
    ['中文', '中文'],
    ['two\nlines\tof it', 'two\nlines\tof it'],
    ['family \u{1f468}\u200d\u{1f469}', 'family \u{1f468}\u200d\u{1f469}'],
    [`exe.${OVERRIDE}gpj`, 'exe.[U+202E]gpj'],
    [`${ISOLATE}closed${POP}`, `${ISOLATE}closed${POP}`],
    [`${ISOLATE}open`, '[U+2068]open'],
    [`${POP}out${ISOLATE}`, '[U+2069]out[U+2068]'],
    ['bell\u0007', 'bell[U+0007]'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('is set apart only where it is written from right to left', () => {
    expect(isolated('ann')).toBe('ann');
    expect(isolated('علي')).toBe(`${ISOLATE}علي${POP}`);
    expect(isolated(`علي${POP}`)).toBe(`${ISOLATE}علي[U+2069]${POP}`);
  });

  it('never turns what follows, whatever it holds, and is shown the same a second time', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const shown = isolated(text);
        expect(shown).not.toMatch(TURNING);
        let depth = 0;
        for (const character of shown) {
          if (character === ISOLATE || character === '\u2066') depth++;
          if (character === POP) depth--;
          expect(depth).toBeGreaterThanOrEqual(0);
        }
        expect(depth).toBe(0);
        expect(visible(shown)).toBe(shown);
      }),
      { seed: 20_261_123, verbose: 1 },
    );
  });
});
