import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { decodeBase64, readForm } from '../../src/ingest/wire-request.ts';
import { limits } from '../../src/limits.ts';

const seed = 20_261_122;

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TesseraError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('readForm', () => {
  it('reads what a form writes, the first of repeated fields', () => {
    const texts = { unit: 'grapheme' } as const;
    const names = fc.string({ ...texts, minLength: 1 }).filter((name) => name !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(names, fc.string(texts), { maxKeys: 20 }), (fields) => {
        const form = new URLSearchParams(fields);
        for (const name of Object.keys(fields)) form.append(name, 'again');
        expect({ ...readForm(Buffer.from(form.toString())) }).toEqual(fields);
      }),
      { seed },
    );
  });

  it('has a bound on the number of fields, and none of them changes an object', () => {
    const many = Array.from({ length: limits.formFieldsMax + 1 }, (_, i) => `f${i}=1`);
    expect(codeOf(() => readForm(Buffer.from(many.join('&'))))).toBe('unreadable_body');
    expect(Object.keys(readForm(Buffer.from(many.slice(1).join('&'))))).toHaveLength(limits.formFieldsMax);
    expect(codeOf(() => readForm(Buffer.alloc(2 * limits.formFieldsMax, 'a&')))).toBe('unreadable_body');
    expect(Object.getPrototypeOf(readForm(Buffer.from('__proto__=1')))).toBeNull();
  });
});

describe('decodeBase64', () => {
  it('reads both alphabets, with padding or without, and plus signs that became spaces', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const buffer = Buffer.from(bytes);
        const text = buffer.toString('base64');
        for (const sent of [text, text.replaceAll('+', ' '), buffer.toString('base64url'), `${text}\n`]) {
          // A space at the end is one that was a plus sign, unless it is the line's end.
          if (sent.endsWith(' ') || sent.startsWith(' ')) continue;
          expect(decodeBase64(sent).equals(buffer)).toBe(true);
        }
      }),
      { seed },
    );
  });

  it('refuses what is none', () => {
    for (const text of ['{"a":1}', 'a=b', '%7B', 'é']) {
      expect(codeOf(() => decodeBase64(text))).toBe('unreadable_body');
    }
  });
});
