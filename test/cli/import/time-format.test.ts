import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTimeFormat, parseRfc3339 } from '../../../src/cli/import/time-format.ts';

const UTC = (local: number): number => local;
const invalidTime = expect.objectContaining({ code: 'invalid_time' });

describe('times in files', () => {
  it('reads patterns of fixed width', () => {
    expect(compileTimeFormat('yyyyMMdd', UTC)('19970101')).toBe(Date.UTC(1997, 0, 1));
    expect(compileTimeFormat('yyyy-MM-dd HH:mm:ss', UTC)('2011-10-06 16:20:01')).toBe(
      Date.UTC(2011, 9, 6, 16, 20, 1),
    );
    expect(compileTimeFormat('dd/MM/yyyy HH:mm', UTC)('06/10/2011 16:20')).toBe(Date.UTC(2011, 9, 6, 16, 20));
    expect(compileTimeFormat('yyyy-MM-ddTHH:mm:ss.SSS', UTC)('2011-10-06T16:20:01.045')).toBe(
      Date.UTC(2011, 9, 6, 16, 20, 1, 45),
    );
  });

  it('reads every moment back that the pattern can write', () => {
    const parse = compileTimeFormat('yyyy-MM-ddTHH:mm:ss.SSS', UTC);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2099, 0, 1) }), (at) => {
        expect(parse(new Date(at).toISOString().slice(0, -1))).toBe(at);
      }),
    );
  });

  it('refuses dates that do not exist and text of another shape', () => {
    const day = compileTimeFormat('yyyy-MM-dd', UTC);
    for (const text of [
      '2011-02-29',
      '2011-13-01',
      '2011-00-10',
      '2011-1-1',
      '2011-01-010',
      '',
      '2011/01/01',
      'yyyy-MM-dd',
    ]) {
      expect(() => day(text)).toThrow(invalidTime);
    }
    expect(day('2012-02-29')).toBe(Date.UTC(2012, 1, 29));
    expect(() => compileTimeFormat('yyyy-MM-dd HH', UTC)('2011-01-01 24')).toThrow(invalidTime);
  });

  it('cuts seconds with a fraction to the millisecond without going through a float', () => {
    const parse = compileTimeFormat('epoch_seconds', UTC);
    expect(['1396437466.94', '1396860669.277', '1396860669', '1396860669.2779', '0.001'].map(parse)).toEqual([
      1396437466940, 1396860669277, 1396860669000, 1396860669277, 1,
    ]);
    for (const text of ['', '.5', '-1', '1e9', '12a', '1.2.3'])
      expect(() => parse(text)).toThrow(invalidTime);
  });

  it('reads RFC 3339 only with an offset', () => {
    expect(parseRfc3339('2011-10-06T16:20:00+01:00')).toBe(Date.UTC(2011, 9, 6, 15, 20));
    expect(parseRfc3339('2011-10-06t16:20:00.5z')).toBe(Date.UTC(2011, 9, 6, 16, 20, 0, 500));
    for (const text of ['2011-10-06T16:20:00', '2011-02-30T00:00:00Z', '2011-10-06', 'now']) {
      expect(() => parseRfc3339(text)).toThrow(invalidTime);
    }
  });

  it('refuses a pattern that it does not know', () => {
    for (const format of ['yyyy-MM', 'HH:mm', 'MMM dd yyyy', 'unix', 'yyyy-MM-ddTHH:mm:ssZ']) {
      expect(() => compileTimeFormat(format, UTC)).toThrow(expect.objectContaining({ code: 'invalid_map' }));
    }
  });
});
