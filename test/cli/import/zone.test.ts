import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileZone } from '../../../src/cli/import/zone.ts';

const ZONES = [
  'Europe/London',
  'Asia/Shanghai',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Apia',
  'Africa/Casablanca',
];

/** The wall clock of a zone at an instant, through another road of Intl than the code takes. */
function wallClock(zone: string, utcMs: number): number {
  return Date.parse(`${new Date(utcMs).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')}Z`);
}

describe('local time', () => {
  it('turns back into the wall clock that it was read from', () => {
    const from = Date.UTC(1990, 0, 1) / 1_000;
    const to = Date.UTC(2030, 0, 1) / 1_000;
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: from, max: to }), (zone, seconds) => {
        const utc = seconds * 1_000;
        const local = wallClock(zone, utc);
        const found = compileZone(zone)(local);
        expect(wallClock(zone, found)).toBe(local);
        // A wall clock that shows twice means the first time.
        expect(found).toBeLessThanOrEqual(utc);
        expect(utc - found).toBeLessThanOrEqual(3_600_000);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with itself around a change, hour by hour, whatever was asked before', () => {
    const toUtc = compileZone('Europe/London');
    for (let utc = Date.UTC(2011, 2, 24); utc < Date.UTC(2011, 3, 1); utc += 900_000) {
      expect(toUtc(wallClock('Europe/London', utc))).toBe(utc);
    }
  });

  it('takes the first of two equal times and moves a missing one by the gap', () => {
    const toUtc = compileZone('Europe/London');
    expect(new Date(toUtc(Date.UTC(2011, 9, 30, 1, 30))).toISOString()).toBe('2011-10-30T00:30:00.000Z');
    expect(new Date(toUtc(Date.UTC(2011, 2, 27, 1, 30))).toISOString()).toBe('2011-03-27T01:30:00.000Z');
    expect(new Date(toUtc(Date.UTC(2011, 6, 1, 12))).toISOString()).toBe('2011-07-01T11:00:00.000Z');
    expect(new Date(toUtc(Date.UTC(2010, 11, 1, 8, 34))).toISOString()).toBe('2010-12-01T08:34:00.000Z');
  });

  it('refuses a zone that does not exist', () => {
    expect(() => compileZone('Europe/Londn')).toThrow(expect.objectContaining({ code: 'invalid_map' }));
  });
});
