import { describe, expect, it } from 'vitest';
import { en } from '../../src/console/words/en.ts';
import { zh } from '../../src/console/words/zh.ts';

function leaves(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`));
}

describe('the texts of the console', () => {
  it('are all there in both languages, and said differently', () => {
    const chinese = new Map(leaves(zh));
    for (const [path, text] of leaves(en)) {
      const other = chinese.get(path);
      expect(typeof other, path).toBe(typeof text);
      if (typeof text === 'string') expect(other, path).not.toBe(text);
    }
    expect(chinese.size).toBe(leaves(en).length);
  });

  it('have Chinese in Chinese and none in English', () => {
    for (const [path, text] of leaves(en)) expect(String(text), path).not.toMatch(/\p{Script=Han}/u);
    for (const [path, text] of leaves(zh)) expect(String(text), path).toMatch(/\p{Script=Han}/u);
  });
});
