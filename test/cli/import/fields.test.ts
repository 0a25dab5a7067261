import { describe, expect, it } from 'vitest';
import { splitBlanks, splitQuoted } from '../../../src/cli/import/fields.ts';

describe('splitting a record into fields', () => {
  it('refuses text after a closing quote and a quote that stays open', () => {
    expect(splitQuoted('"a"b,c', ',')).toBeUndefined();
    expect(splitQuoted('a,"b', ',')).toBeUndefined();
    expect(splitQuoted('a,"b""', ',')).toBeUndefined();
  });

  it('keeps empty fields at both ends', () => {
    expect(splitQuoted(',"",', ',')).toEqual(['', '', '']);
    expect(splitQuoted('"a",', ',')).toEqual(['a', '']);
  });

  it('takes any run of blanks as one separator', () => {
    expect(splitBlanks('  00001 19970101  1\t 11.77')).toEqual(['00001', '19970101', '1', '11.77']);
    expect(splitBlanks('   ')).toEqual([]);
  });
});
