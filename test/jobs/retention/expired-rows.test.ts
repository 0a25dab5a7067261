import { describe, expect, it } from 'vitest';
import { expiredRows } from '../../../src/jobs/retention/expired-rows.ts';
import { DAY_MS } from '../../../src/model/time.ts';

const NOW = 1_000 * DAY_MS;
const ago = (days: number): number => NOW - days * DAY_MS;

describe('what rules of retention let go', () => {
  it('is kept for the longest term of all that name it', () => {
    const rows = expiredRows(
      [
        { name: 'ads', days: 90, events: ['product_viewed', 'page_viewed'] },
        { name: 'service', days: 400, events: ['product_viewed'] },
        { name: 'short', days: 30, records: ['quarantine'] },
        { name: 'long', days: 60, records: ['quarantine', 'decisions'] },
      ],
      NOW,
    );
    expect(rows).toEqual([
      { rule: 'ads', table: 'events', before: ago(90), types: ['page_viewed'] },
      { rule: 'service', table: 'events', before: ago(400), types: ['product_viewed'] },
      { rule: 'long', table: 'decisions', before: ago(60) },
      { rule: 'long', table: 'quarantine', before: ago(60) },
      { rule: 'long', table: 'quarantine_attempts', before: ago(60) },
    ]);
  });

  it('is, under *, all that no other rule names, however short that one is', () => {
    const rows = expiredRows(
      [
        { name: 'all', days: 700, events: ['*'] },
        { name: 'views', days: 10, events: ['page_viewed'] },
      ],
      NOW,
    );
    expect(rows).toEqual([
      { rule: 'all', table: 'events', before: ago(700), except: ['page_viewed'] },
      { rule: 'views', table: 'events', before: ago(10), types: ['page_viewed'] },
    ]);
  });

  it('is nothing without rules, and nothing by a rule of people', () => {
    expect(expiredRows([], NOW)).toEqual([]);
    expect(expiredRows([{ name: 'quiet', days: 1, dormant: { action: 'erase' } }], NOW)).toEqual([]);
  });
});
