import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../../src/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts';
import { Zones } from '../../../src/model/zone.ts';
import { compileQuietHours, quietUntil } from '../../../src/triggers/limits/quiet-hours.ts';
import { quietHours } from '../decision-scene.ts';
import { createWallClock, FROM, TO, ZONES } from './wall-clock.ts';

const zones = new Zones();
const zoneNamed = (name: string) => {
  const zone = zones.find(name);
  if (zone === undefined) throw new RangeError(name);
  return zone;
};
const night = compileQuietHours(quietHours('22:00', '08:00', 'defer'), '/quiet_hours');
const until = (zone: string, at: string) => {
  const end = quietUntil(night, zoneNamed(zone), Date.parse(at));
  return end === undefined ? undefined : new Date(end).toISOString();
};

describe('quiet hours', () => {
  it('begin with their first minute, end before their last, and span midnight', () => {
    expect(until('UTC', '2026-11-21T21:59:59.999Z')).toBeUndefined();
    expect(until('UTC', '2026-11-21T22:00:00Z')).toBe('2026-11-22T08:00:00.000Z');
    expect(until('UTC', '2026-11-22T07:59:59.999Z')).toBe('2026-11-22T08:00:00.000Z');
    expect(until('UTC', '2026-11-22T08:00:00Z')).toBeUndefined();
  });

  it('are those of the clock of the zone, also in the night in which it changes', () => {
    expect(until('Asia/Shanghai', '2026-11-21T15:00:00Z')).toBe('2026-11-22T00:00:00.000Z');
    expect(until('Europe/Berlin', '2026-03-28T22:00:00Z')).toBe('2026-03-29T06:00:00.000Z');
    expect(until('Europe/Berlin', '2026-10-24T21:00:00Z')).toBe('2026-10-25T07:00:00.000Z');
  });

  it('that end in an hour that the clock leaves out end with the change', () => {
    const hours = compileQuietHours(quietHours('22:00', '02:30', 'defer'), '');
    const at = Date.parse('2026-03-29T00:30:00Z');
    expect(quietUntil(hours, zoneNamed('Europe/Berlin'), at)).toBe(Date.parse('2026-03-29T01:00:00Z'));
  });

  it('end at the first minute that is not quiet, whatever the zone, the hours and the moment', () => {
    const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const text = (n: number) =>
      `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`;
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        minute,
        minute,
        fc.integer({ min: FROM / MINUTE_MS, max: TO / MINUTE_MS }),
        (name, from, to, when) => {
          fc.pre(from !== to);
          const at = when * MINUTE_MS;
          const hours = compileQuietHours(quietHours(text(from), text(to), 'drop'), '');
          const clock = createWallClock(name);
          const isQuiet = (moment: number) => {
            const { minutes } = clock(moment);
            return from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
          };
          const end = quietUntil(hours, zoneNamed(name), at);
          if (!isQuiet(at)) {
            expect(end).toBeUndefined();
            return;
          }
          let expected = at;
          while (isQuiet(expected)) expected += MINUTE_MS;
          // A clock that jumps over the end and the beginning of the hours finds them quiet on; then it is the next end.
          expect(end).toBeLessThanOrEqual(expected);
          expect(end).toBeGreaterThan(at);
          const jumps = zoneNamed(name).offsetAt(at) !== zoneNamed(name).offsetAt(expected);
          if (!jumps) expect(end).toBe(expected);
          expect((end ?? 0) - at).toBeLessThanOrEqual(25 * HOUR_MS);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('need two different times of day', () => {
    for (const hours of [
      { from: '24:00', to: '08:00' },
      { from: '22:00', to: '8:00' },
      { from: '22:00', to: '22:00' },
    ])
      expect(() => compileQuietHours(quietHours(hours.from, hours.to, 'drop'), '/limit/quiet_hours')).toThrow(
        TesseraError,
      );
  });
});
