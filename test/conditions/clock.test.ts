import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockTimesIn } from '../../src/conditions/clock.ts';
import { compileCondition, NO_EVENT, type ProfileLookup } from '../../src/conditions/condition.ts';
import { TesseraError } from '../../src/errors.ts';
import { localMomentOf, WEEKDAYS } from '../../src/model/local-time.ts';
import { Zones } from '../../src/model/zone.ts';
import { createWallClock, FROM, TO, ZONES } from '../triggers/limits/wall-clock.ts';

const zones = new Zones();
const lookupAt = (zone: string, at: number): ProfileLookup => {
  const found = zones.find(zone);
  return {
    feature: () => undefined,
    trait: () => undefined,
    consent: () => undefined,
    tag: () => false,
    segment: () => false,
    loyalty: () => undefined,
    local: found && localMomentOf(found, at),
  };
};
const holds = (condition: unknown, zone: string, at: string) =>
  compileCondition(condition, { path: '/when', profile: true })(NO_EVENT, lookupAt(zone, Date.parse(at)));

describe('the clock in a condition', () => {
  it('is that of the customer', () => {
    const noon = { time_of_day: { from: '12:00', to: '13:00' } };
    expect(holds(noon, 'UTC', '2026-11-21T12:00:00Z')).toBe(true);
    expect(holds(noon, 'UTC', '2026-11-21T13:00:00Z')).toBe(false);
    expect(holds(noon, 'Asia/Shanghai', '2026-11-21T04:59:59Z')).toBe(true);
    expect(holds(noon, 'nowhere', '2026-11-21T12:00:00Z')).toBe(false);
  });

  it('may span midnight and the new year, and leave one side open', () => {
    const night = { time_of_day: { from: '22:00', to: '06:00' } };
    for (const [time, expected] of [
      ['21:59', false],
      ['22:00', true],
      ['05:59', true],
      ['06:00', false],
    ] as const)
      expect(holds(night, 'UTC', `2026-11-21T${time}:00Z`)).toBe(expected);
    expect(holds({ time_of_day: { from: '18:00' } }, 'UTC', '2026-11-21T23:59:00Z')).toBe(true);
    const winter = { local_date: { from: '12-20', to: '01-06' } };
    expect(holds(winter, 'UTC', '2026-12-31T12:00:00Z')).toBe(true);
    expect(holds(winter, 'UTC', '2027-01-06T23:00:00Z')).toBe(true);
    expect(holds(winter, 'UTC', '2027-01-07T00:00:00Z')).toBe(false);
    expect(
      holds({ local_date: { from: '2026-11-11', to: '2026-11-11' } }, 'UTC', '2026-11-11T23:00:00Z'),
    ).toBe(true);
    expect(holds({ local_date: { to: '2026-11-10' } }, 'UTC', '2026-11-11T00:00:00Z')).toBe(false);
  });

  it('knows weekdays, and goes together with other terms', () => {
    const weekend = { all: [{ weekday: { in: ['sat', 'sun'] } }, { not: { weekday: { equals: 'sun' } } }] };
    expect(holds(weekend, 'UTC', '2026-11-21T12:00:00Z')).toBe(true);
    expect(holds(weekend, 'UTC', '2026-11-22T12:00:00Z')).toBe(false);
    expect(holds({ weekday: { equals: 'sun' } }, 'Asia/Shanghai', '2026-11-21T16:00:00Z')).toBe(true);
  });

  it('shows what Intl shows, in any zone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: FROM, max: TO }), (name, at) => {
        const zone = zones.find(name);
        const local = zone && localMomentOf(zone, at);
        const { date, minutes } = createWallClock(name)(at);
        expect(local).toMatchObject({ date, minutes });
        const day = new Date(`${date}T00:00:00Z`).getUTCDay();
        expect(local?.weekday).toBe(WEEKDAYS[(day + 6) % 7]);
      }),
    );
  });

  it('is refused where it makes no sense, with its place', () => {
    const place = (condition: unknown, profile = true) => {
      try {
        compileCondition(condition, { path: '/when', profile });
      } catch (error) {
        if (error instanceof TesseraError) return error.path;
        throw error;
      }
      return 'accepted';
    };
    expect(place({ time_of_day: { from: '9:00' } })).toBe('/when/time_of_day/from');
    expect(place({ time_of_day: { from: '09:00', to: '09:00' } })).toBe('/when/time_of_day');
    expect(place({ time_of_day: { gt: 3 } })).toBe('/when/time_of_day/gt');
    expect(place({ time_of_day: {} })).toBe('/when/time_of_day');
    expect(place({ weekday: { in: ['caturday'] } })).toBe('/when/weekday');
    expect(place({ weekday: { contains: 'mon' } })).toBe('/when/weekday/contains');
    expect(place({ local_date: { from: '2026-13-01' } })).toBe('/when/local_date/from');
    expect(place({ local_date: { from: '11-01', to: '2026-11-02' } })).toBe('/when/local_date');
    expect(place({ local_date: { from: '2026-11-03', to: '2026-11-02' } })).toBe('/when/local_date');
    expect(place({ weekday: { equals: 'mon' } }, false)).toBe('/when/weekday');
  });

  it('tells when its answer may change', () => {
    expect(
      clockTimesIn({
        any: [{ time_of_day: { from: '09:30', to: '18:00' } }, { weekday: { equals: 'mon' } }],
      }),
    ).toEqual([570, 1080, 0]);
    expect(clockTimesIn({ feature: 'views', gte: 3 })).toEqual([]);
  });
});

describe('the store in a condition', () => {
  it('is what the context says, or else the properties', () => {
    const at = (more: object) =>
      compileCondition({ store: { equals: 'SH-001' } }, { path: '/where', profile: false })(
        { ...NO_EVENT, properties: {}, ...more } as typeof NO_EVENT,
        lookupAt('UTC', 0),
      );
    expect(at({ context: { store: 'SH-001' } })).toBe(true);
    expect(at({ properties: { store: 'SH-001' } })).toBe(true);
    expect(at({ context: { store: 'BJ-001' }, properties: { store: 'SH-001' } })).toBe(false);
    expect(at({})).toBe(false);
  });
});
