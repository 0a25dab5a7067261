import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTime, readTime, type TimeContext } from '../../src/ingest/event-time.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';

const receivedAt = Date.parse('2026-11-21T12:00:00.000Z');
const plain: TimeContext = { receivedAt, sentAt: undefined, zoneOffsetMinutes: 0, latenessMs: DAY_MS };

describe('readTime', () => {
  it.each([
    ['2026-11-21T10:00:00Z', '2026-11-21T10:00:00.000Z'],
    ['2026-11-21T10:00:00.123Z', '2026-11-21T10:00:00.123Z'],
    ['2026-11-21T10:00:00.1Z', '2026-11-21T10:00:00.100Z'],
    ['2026-11-21T10:00:00.123999999Z', '2026-11-21T10:00:00.123Z'],
    ['2026-11-21t10:00:00z', '2026-11-21T10:00:00.000Z'],
    ['2026-11-21 18:00:00+08:00', '2026-11-21T10:00:00.000Z'],
    ['2026-11-21T18:00:00+0800', '2026-11-21T10:00:00.000Z'],
    ['2026-11-21T05:30:00-04:30', '2026-11-21T10:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['1969-12-31T23:30:00-01:00', '1970-01-01T00:30:00.000Z'],
    ['1763719200123', '2025-11-21T10:00:00.123Z'],
    [1763719200123, '2025-11-21T10:00:00.123Z'],
  ])('reads %j', (value, expected) => expect(readTime(value, 0)).toBe(Date.parse(expected)));

  it.each([
    '',
    'yesterday',
    '2026-11-21',
    '2026-11-21T10:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-02-30T10:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T10:60:00Z',
    '2026-11-21T10:00:61Z',
    '2026-11-21T10:00:00.Z',
    '2026-11-21T10:00:00.1234567890Z',
    '2026-11-21T10:00:00Zjunk',
    '2026-11-21T10:00:00+24:00',
    '2026-11-21T10:00:00+08:0',
    '2026-11-21T10:00:00+8',
    '2026/11/21T10:00:00Z',
    '+02026-11-21T10:00:00Z',
    '1969-12-31T23:59:59Z',
    '0001-01-01T00:00:00Z',
    -1,
    1763719200,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    null,
    [],
    {},
  ])('does not read %j', (value) => expect(readTime(value, 0)).toBeUndefined());

  it('takes a local time as one of the configured zone', () => {
    expect(readTime('2026-11-21T18:00:00', 480)).toBe(Date.parse('2026-11-21T10:00:00Z'));
    expect(readTime('2026-11-21T18:00:00', -90)).toBe(Date.parse('2026-11-21T19:30:00Z'));
    expect(readTime('2026-11-21T18:00:00Z', 480)).toBe(Date.parse('2026-11-21T18:00:00Z'));
  });

  it('reads whatever the platform writes, to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 253_402_300_799_999 }),
        fc.integer({ min: -1439, max: 1439 }),
        (ms, offset) => {
          expect(readTime(new Date(ms).toISOString(), 0)).toBe(ms);
          const local = new Date(ms + offset * MINUTE_MS).toISOString();
          fc.pre(local.length === 24 && local >= '1969');
          const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
          const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
          expect(readTime(`${local.slice(0, -1)}${offset < 0 ? '-' : '+'}${hours}:${minutes}`, 0)).toBe(ms);
          expect(readTime(local.slice(0, -1), offset)).toBe(ms);
        },
      ),
    );
  });
});

describe('eventTime', () => {
  it('is the time of receipt where none is given', () => {
    expect(eventTime(undefined, plain)).toEqual({ ok: true, time: receivedAt, late: false });
  });

  it('corrects the clock of the sender by what it shows at sending', () => {
    const sentAt = receivedAt + 3 * DAY_MS;
    const result = eventTime(sentAt - 5_000, { ...plain, sentAt });
    expect(result).toEqual({ ok: true, time: receivedAt - 5_000, late: false, aheadMs: 3 * DAY_MS });
  });

  it('notes a clock that is off by a minute or more, and nothing less', () => {
    const noted = (offMs: number) =>
      eventTime(receivedAt + offMs - 10, { ...plain, sentAt: receivedAt + offMs });
    expect(noted(59_999)).toEqual({ ok: true, time: receivedAt - 10, late: false });
    expect(noted(60_000)).toMatchObject({ aheadMs: 60_000 });
    expect(noted(-60_000)).toMatchObject({ time: receivedAt - 10, aheadMs: -60_000 });
    // Who does not say when it sent may be late rather than behind.
    expect(eventTime(receivedAt - DAY_MS, plain)).not.toHaveProperty('aheadMs');
    expect(eventTime(receivedAt + 60_000, plain)).toMatchObject({ time: receivedAt, aheadMs: 60_000 });
  });

  it('counts a time within the next 24 hours as now, and refuses a later one', () => {
    expect(eventTime(receivedAt + DAY_MS, plain)).toEqual({
      ...{ ok: true, time: receivedAt, late: false },
      aheadMs: DAY_MS,
    });
    expect(eventTime(receivedAt + DAY_MS + 1, plain)).toMatchObject({
      ok: false,
      code: 'time_in_future',
      path: '/time',
    });
    expect(eventTime('2099-01-01T00:00:00Z', plain)).toMatchObject({ ok: false, code: 'time_in_future' });
  });

  it('is late beyond the budget of its channel, and never where there is none', () => {
    expect(eventTime(receivedAt - DAY_MS, plain)).toMatchObject({ late: false });
    expect(eventTime(receivedAt - DAY_MS - 1, plain)).toMatchObject({ late: true });
    expect(eventTime('1997-01-01T00:00:00Z', { ...plain, latenessMs: null })).toMatchObject({
      ok: true,
      late: false,
    });
  });

  it('refuses what the correction moves before 1970', () => {
    const result = eventTime('1970-01-01T00:00:01Z', { ...plain, sentAt: receivedAt + HOUR_MS });
    expect(result).toMatchObject({ ok: false, code: 'invalid_time' });
  });

  it('says so when the number looks like seconds', () => {
    const result = eventTime(1763719200, plain);
    expect(result).toMatchObject({
      ok: false,
      code: 'invalid_time',
      message: expect.stringContaining('seconds'),
    });
  });
});
