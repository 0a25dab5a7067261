import { describe, expect, it } from 'vitest';
import { Calendar, type CalendarUnit } from '../../src/features/calendar.ts';
import { inCalendar } from '../../src/features/in-calendar.ts';
import type { Operation, Stretch } from '../../src/features/operation.ts';
import { createCount } from '../../src/features/operations/count.ts';
import { compileSpan } from '../../src/features/tiles.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { Zones } from '../../src/model/zone.ts';

function calendarOf(unit: CalendarUnit, name: string, previous = 0): Calendar {
  const zone = new Zones().find(name);
  if (zone === undefined) expect.fail(`there is no zone ${name}`);
  return new Calendar({ unit, previous, zone });
}

const span = compileSpan('lifetime');
const COUNT: Operation = createCount({
  span,
  money: false,
  limit: 1,
  distinct: false,
  unit: 'days',
  reportingCurrency: 'CNY',
}) as Operation; // The wrapper gives back states as they are.

function add(operation: Operation, state: unknown[], at: { time: number; now: number }): void {
  operation.add(state, { time: at.time, tie: `s\0${at.time}`, currency: '', values: [1] }, at.now);
}

describe('a calendar', () => {
  it.each<[CalendarUnit, string, string, string, string]>([
    ['day', 'Europe/Berlin', '2026-03-29T12:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['day', 'Europe/Berlin', '2026-10-25T12:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ['day', 'Australia/Lord_Howe', '2026-04-04T20:00Z', '2026-04-04T13:00Z', '2026-04-05T13:30Z'],
    ['week', 'UTC', '2026-01-04T23:59Z', '2025-12-29T00:00Z', '2026-01-05T00:00Z'],
    ['week', 'Asia/Shanghai', '2026-01-04T16:00Z', '2026-01-04T16:00Z', '2026-01-11T16:00Z'],
    ['month', 'America/New_York', '2026-03-15T00:00Z', '2026-03-01T05:00Z', '2026-04-01T04:00Z'],
    ['month', 'UTC', '2026-12-31T23:59Z', '2026-12-01T00:00Z', '2027-01-01T00:00Z'],
    // Midnight did not exist: the clock went from 23:59:59 to 01:00.
    ['day', 'America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
  ])('knows when its %s in %s began at %s', (unit, zone, now, from, to) => {
    const calendar = calendarOf(unit, zone);
    const number = calendar.unitRead(Date.parse(now));
    expect(calendar.stretchOf(number)).toEqual({ from: Date.parse(from), to: Date.parse(to) });
    expect(calendar.unitOf(Date.parse(from) - 1)).toBe(number - 1);
    expect(calendar.unitOf(Date.parse(from))).toBe(number);
    expect(calendar.unitOf(Date.parse(to) - 1)).toBe(number);
    expect(calendar.unitOf(Date.parse(to))).toBe(number + 1);
  });
});

describe('an aggregate over a calendar unit', () => {
  it('counts from midnight to midnight, and the unit before afterwards', () => {
    const midnight = Date.parse('2026-03-28T23:00Z');
    const today = inCalendar(COUNT, calendarOf('day', 'Europe/Berlin'));
    const yesterday = inCalendar(COUNT, calendarOf('day', 'Europe/Berlin', 1));
    for (const operation of [today, yesterday]) {
      const state = operation.empty();
      add(operation, state, { time: midnight - 1, now: midnight - 1 });
      add(operation, state, { time: midnight, now: midnight });
      add(operation, state, { time: midnight + 1, now: midnight + 1 });
      const read = (now: number): unknown => operation.read(state, now).value;
      expect([midnight + 2, midnight + 23 * HOUR_MS - 1, midnight + 23 * HOUR_MS].map(read)).toEqual(
        operation === today ? [2, 2, 0] : [1, 1, 2],
      );
    }
  });

  it('keeps the current and the previous units and drops what no reading reaches', () => {
    const operation = inCalendar(COUNT, calendarOf('day', 'UTC', 2));
    const state = operation.empty();
    for (let day = 0; day < 40; day += 1) {
      const now = day * DAY_MS + 12 * HOUR_MS;
      add(operation, state, { time: now, now });
      expect(state.length / 2).toBeLessThanOrEqual(3);
    }
    add(operation, state, { time: 5 * DAY_MS, now: 39 * DAY_MS + 12 * HOUR_MS });
    expect(state.length / 2).toBe(3);
    expect(operation.read(state, 41 * DAY_MS).value).toBe(1);
  });

  it('keeps a day that is entered once more because the clock goes back behind midnight', () => {
    // St. John's, 2010: at 00:01 on the seventh it was 23:01 on the sixth again.
    const operation = inCalendar(COUNT, calendarOf('day', 'America/St_Johns'));
    const state = operation.empty();
    const change = Date.parse('2010-11-07T02:31:00Z');
    add(operation, state, { time: change - HOUR_MS, now: change - HOUR_MS });
    add(operation, state, { time: change - 30_000, now: change - 30_000 });
    expect(operation.read(state, change - 1).value).toBe(1);
    expect(operation.read(state, change + HOUR_MS / 2).value).toBe(1);
    expect(state).toHaveLength(4);
    const { from } = calendarOf('day', 'America/St_Johns').stretchOf(14_920);
    expect(new Date(from).toISOString()).toBe('2010-11-07T02:30:00.000Z');
  });

  it('tells the aggregate which time it is about', () => {
    const stretches: (Stretch | undefined)[] = [];
    const spy: Operation = {
      ...COUNT,
      read(state, now, stretch) {
        stretches.push(stretch);
        return COUNT.read(state, now);
      },
    };
    inCalendar(spy, calendarOf('day', 'UTC')).read([], 3 * DAY_MS + 5);
    inCalendar(spy, calendarOf('day', 'UTC', 1)).read([], 3 * DAY_MS + 5);
    // In St. John's the sixth came back after it had ended: it has lasted since its beginning all the same.
    const again = Date.parse('2010-11-07T02:47:00Z');
    inCalendar(spy, calendarOf('day', 'America/St_Johns')).read([], again);
    expect(stretches.pop()).toEqual({ from: Date.parse('2010-11-06T02:30:00Z'), to: again });
    expect(stretches).toEqual([
      { from: 3 * DAY_MS, to: 3 * DAY_MS + 5 },
      { from: 2 * DAY_MS, to: 3 * DAY_MS },
    ]);
  });
});
