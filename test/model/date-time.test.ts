import { describe, expect, it } from 'vitest';
import { readDateTime, readMoment } from '../../src/model/date-time.ts';

describe('a moment as people write it', () => {
  it.each([
    ['2026-02-03', '2026-02-03T00:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['2026-02-03T10:30Z', '2026-02-03T10:30:00Z'],
    ['2026-02-03T10:30+08:00', '2026-02-03T02:30:00Z'],
    ['2026-02-03T10:30:15.25-01:00', '2026-02-03T11:30:15.250Z'],
  ])('is read from %s', (text, expected) => expect(readMoment(text)).toBe(Date.parse(expected)));

  it.each([
    '2026-02-30',
    '2026-02-29T10:00Z',
    '2026-04-31T10:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01',
    '2026-01-00',
    '2026-01-01T24:00Z',
    '2026-01-01T10:00:00',
    '2026-01-01T10',
    '2026-01',
    '20260101',
    'today',
    '',
  ])('is not %j', (text) => expect(readMoment(text)).toBeUndefined());
});

it('is of the zone that is given where the text names none', () => {
  expect(readDateTime('2026-02-03T10:00:00', 480)).toBe(Date.UTC(2026, 1, 3, 2));
  expect(readDateTime('2026-02-03T10:00:00Z', 480)).toBe(Date.UTC(2026, 1, 3, 10));
});

// Every day that the platform's own calendar has, and every one that it does not.
it('has the days of the calendar, and no others', () => {
  for (const year of [1970, 2000, 2023, 2024, 2100]) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= 31; day++) {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const at = Date.UTC(year, month - 1, day);
        expect(readMoment(text), text).toBe(new Date(at).getUTCDate() === day ? at : undefined);
      }
    }
  }
});
