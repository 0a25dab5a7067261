import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { completeQuality } from '../../src/definitions/complete-quality.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { QualityDesk, type QualityDeskOptions } from '../../src/desks/quality-desk.ts';
import type { DefinitionsEntry } from '../../src/model/definitions.ts';
import type { QualityDefinition } from '../../src/model/quality.ts';

const NOW = Date.parse('2026-11-22T12:34:56Z');
const HOUR = 3_600_000;

function deskIn(
  zone: string,
  changes: Partial<QualityDeskOptions> = {},
  rules: QualityDefinition = completeQuality({}),
) {
  const asked: string[] = [];
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  // Of a definition in force the desk reads no more than this.
  const entry = {
    ...definitions.entry,
    messaging: { definition: { zone } },
    quality: { definition: rules },
  } as unknown as DefinitionsEntry;
  const errors: unknown[] = [];
  const desk = new QualityDesk({
    history: {
      query: async (sql) => {
        asked.push(sql);
        return '';
      },
    },
    clock: createManualClock(NOW),
    definitions: { entry, reportingCurrency: 'CNY' } as unknown as Definitions,
    known: () => new Map([['product_viewed', ['item_id']]]),
    profiles: { byId: async () => undefined },
    leads: () => true,
    onError: (error) => errors.push(error),
    ...changes,
  });
  return { desk, asked, errors };
}

describe('days', () => {
  it.each([
    ['UTC', '2026-11-21', '2026-11-21T00:00:00Z', 24],
    ['Asia/Shanghai', '2026-11-21', '2026-11-20T16:00:00Z', 24],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', 23],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', 25],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', 25],
    ['Nowhere/At_All', '2026-11-21', '2026-11-21T00:00:00Z', 24],
  ])('of %s: %s begins at %s and has %i hours', (zone, day, begins, hours) => {
    const { desk } = deskIn(zone);
    const stretch = desk.dayAt(day);
    expect(new Date(stretch?.from ?? 0).toISOString()).toBe(begins.replace('Z', '.000Z'));
    expect(((stretch?.to ?? 0) - (stretch?.from ?? 0)) / HOUR).toBe(hours);
  });

  it('know yesterday by the clock of the zone, and no day that there is not', () => {
    expect(deskIn('UTC').desk.dayAt('yesterday')).toEqual(deskIn('UTC').desk.dayAt('2026-11-21'));
    // It is the 23rd there already.
    const { desk } = deskIn('Pacific/Kiritimati');
    expect(desk.dayAt('yesterday')).toEqual(desk.dayAt('2026-11-22'));
    expect(['2026-02-30', '2026-13-01', 'today', ''].map((day) => desk.dayAt(day))).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe('the look in the background', () => {
  it('is of the whole hours that have settled, on the node that leads alone', async () => {
    const { desk, asked } = deskIn('UTC');
    expect([desk.latest, desk.latestAt]).toEqual([null, 0]);
    await desk.look();
    const to = Date.parse('2026-11-22T12:00:00Z');
    expect(desk.latest).toMatchObject({ from: to - 24 * HOUR, to, events: 0, alerts: [] });
    expect(desk.latestAt).toBe(NOW);
    expect(asked.length).toBeGreaterThan(5);
    const other = deskIn('UTC', { leads: () => false });
    await other.desk.look();
    expect([other.desk.latest, other.asked]).toEqual([null, []]);
  });

  it('keeps what it found while history is away', async () => {
    let away = false;
    const { desk } = deskIn('UTC', {
      history: {
        query: async () => {
          if (away) throw new Error('away');
          return '';
        },
      },
    });
    await desk.look();
    const before = desk.latest;
    away = true;
    await expect(desk.look()).rejects.toThrow('away');
    expect(desk.latest).toBe(before);
  });

  it('begins and ends', async () => {
    const { desk } = deskIn('UTC');
    desk.start();
    desk.start();
    await desk.stop();
    await desk.stop();
  });
});

describe('buyers', () => {
  it('are read in clear, once each, for the comparison alone', async () => {
    const read: string[] = [];
    const asked: string[] = [];
    const rules = completeQuality({
      checks: { people: [{ name: 'powder', category: "food/o'clock", trait: 'birthday', under: 40 }] },
    });
    const order = (n: number, person: string) =>
      JSON.stringify({
        ...{
          partition: 0,
          seq: String(n),
          idx: 1,
          event_id: `o-${n}`,
          time: '2026-11-22 01:00:00.000',
          source: 's',
        },
        ...{ channel: 'pos', line: 2, item: 'milk', person },
      });
    const { desk } = deskIn(
      'UTC',
      {
        history: {
          query: async (sql) => {
            asked.push(sql);
            return sql.includes('startsWith')
              ? [order(1, 'p1'), order(2, 'p1'), order(3, 'p2')].join('\n')
              : '';
          },
        },
        profiles: {
          byId: async (id, { reveal }) => {
            read.push(`${id} ${reveal}`);
            // The desk reads no more of a profile than its traits.
            return { traits: { birthday: id === 'p1' ? '2006-11-23' : '1950-01-01' } } as never;
          },
        },
      },
      rules,
    );
    const { flags, more } = await desk.flags(desk.lately());
    expect(flags).toMatchObject([
      { id: 'powder-0-1-1-2', rule: 'powder', profile_id: 'p1', value: null, usual: 40, status: 'open' },
      { id: 'powder-0-2-1-2' },
    ]);
    expect(more).toBe(false);
    expect(read).toEqual(['p1 true', 'p2 true']);
    expect(asked.some((sql) => sql.includes("'food/o\\'clock'"))).toBe(true);
    expect(JSON.stringify(flags)).not.toContain('2006');
  });
});
