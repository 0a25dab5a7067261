import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseHistory } from '../../src/adapters/clickhouse/history.ts';
import { findFlags } from '../../src/analytics/quality/flags.ts';
import { quality } from '../../src/analytics/quality/quality.ts';
import type { QualityQuestion } from '../../src/analytics/quality/question.ts';
import { volume } from '../../src/analytics/quality/volume.ts';
import { completeQuality } from '../../src/definitions/complete-quality.ts';
import { readHistoryRows } from '../../src/desks/past-events.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { History } from '../../src/ports/history.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import {
  naiveFields,
  naiveLateness,
  naivePrices,
  naiveSkew,
  naiveUnknown,
  naiveVolume,
} from '../oracle/naive-quality.ts';
import {
  DAY,
  EXPECTED,
  fillHistory,
  HOUR,
  KNOWN,
  makeWorld,
  OLD,
  settle,
  TODAY,
  type World,
  YOUNG,
} from './quality-world.ts';

const SEED = Number(process.env.QUALITY_SEED ?? 7);
const RULES = completeQuality({
  expected: EXPECTED,
  checks: {
    people: [{ name: 'senior_powder', category: 'food/milk-powder/senior', trait: 'birthday', under: 40 }],
  },
});
const BIRTHDAYS: Readonly<Record<string, string>> = { [YOUNG]: '2006-05-17', [OLD]: '1951-12-31' };
const OFFSETS = { UTC: 0, 'Asia/Shanghai': 8 * HOUR } as const;

let directory: TemporaryDirectory;
const open: History[] = [];

async function historyOf(name: string, world: World): Promise<History> {
  const address = { kind: 'chdb', path: directory.path } as const;
  const history = await openClickHouseHistory({ address, database: name });
  open.push(history);
  await history.migrate();
  await fillHistory(history, world);
  return history;
}

function question(changes: Partial<QualityQuestion> = {}): QualityQuestion {
  return {
    ...{ from: TODAY, to: TODAY + DAY, settled: TODAY + 2 * DAY, rules: RULES, zone: 'UTC', known: KNOWN },
    preferenceDays: 30,
    ...{
      identifiers: ['phone', 'wechat_openid'],
      eventsReadMax: 1_000_000,
      eventsAtOnce: 250_000,
      rowsMax: 500,
      namesMax: 50,
    },
    ...changes,
  };
}

const sourceOf = (history: History) => ({
  ask: (sql: string) => readHistoryRows(history, sql),
  readTrait: async (profile: string, trait: string) =>
    trait === 'birthday' ? BIRTHDAYS[profile] : undefined,
});

/** Parts of the report hold objects. */
function rowsIn(value: unknown): readonly JsonObject[] {
  return value as readonly JsonObject[];
}

const partOf = (report: JsonObject, name: string): JsonObject => report[name] as JsonObject;

beforeAll(() => {
  console.log(`seed ${SEED}`);
  directory = createTemporaryDirectory();
});
afterAll(async () => {
  for (const history of open) await history.close();
  directory.remove();
});

describe.each(['UTC', 'Asia/Shanghai'] as const)('a day with a fault of each kind, in %s', (zone) => {
  const world = makeWorld(SEED, true, OFFSETS[zone]);
  const asked = question({ zone, from: TODAY - OFFSETS[zone], to: TODAY + DAY - OFFSETS[zone] });
  const today = world.sent.filter(({ receivedAt }) => receivedAt >= asked.from);
  let history: History;
  let report: JsonObject;
  beforeAll(async () => {
    history = await historyOf(`faulty_${zone.replace('/', '_')}`, world);
    ({ answer: report } = await quality(asked, sourceOf(history)));
  }, 120_000);

  it('counts fields by type, source and channel', () => {
    const wanted = naiveFields(
      today.filter(({ type }) => KNOWN.has(type)),
      EXPECTED,
    );
    const rows = rowsIn(partOf(report, 'completeness').fields).filter(({ expected }) => expected === true);
    const found = Object.fromEntries(
      rows.map(({ type, field, source, channel, events, present }) => [
        [type, field, source, channel].join('|'),
        { events, present },
      ]),
    );
    expect(Object.keys(wanted).length).toBeGreaterThan(20);
    expect(found).toEqual(wanted);
    const due = Object.values(wanted).reduce((sum, { events }) => sum + events, 0);
    const present = Object.values(wanted).reduce((sum, each) => sum + each.present, 0);
    expect(partOf(report, 'completeness')).toMatchObject({ expected: due, present, sampled: 1 });
    expect(partOf(report, 'completeness').rate).toBeCloseTo(present / due, 5);
  });

  it('counts the same in several questions', async () => {
    const { answer } = await quality({ ...asked, eventsAtOnce: 700 }, sourceOf(history));
    expect(answer.completeness).toEqual(report.completeness);
    expect(partOf(partOf(answer, 'unknown'), 'properties').sampled).toBeGreaterThan(3);
  });

  it('counts names that no schema knows', () => {
    const wanted = naiveUnknown(today, KNOWN);
    const { types, properties } = partOf(report, 'unknown') as Record<string, JsonObject>;
    expect(Object.fromEntries(rowsIn(types?.names).map(({ type, events }) => [type, events]))).toEqual(
      wanted.types,
    );
    expect(
      Object.fromEntries(
        rowsIn(properties?.names).map(({ type, property, events }) => [
          `${String(type)}.${String(property)}`,
          events,
        ]),
      ),
    ).toEqual(wanted.properties);
    expect(properties?.events).toBe(wanted.events);
    expect(Object.keys(wanted.properties).length).toBeGreaterThan(2);
  });

  it('counts what is late and what clocks are off', () => {
    const delays = ['events', 'late', 'within_minute', 'within_hour', 'within_day', 'within_week', 'older'];
    const late = rowsIn(partOf(report, 'lateness').channels);
    expect(
      Object.fromEntries(late.map((row) => [String(row.channel), delays.map((name) => row[name])])),
    ).toEqual(naiveLateness(today));
    const skewed = rowsIn(partOf(report, 'skew').sources);
    expect(
      Object.fromEntries(
        skewed.map(({ source, channel, events, skewed: off, largest_ms }) => [
          `${String(source)}|${String(channel)}`,
          [events, off, largest_ms],
        ]),
      ),
    ).toEqual(naiveSkew(today));
  });

  it('has duplicates from the books, and conflicts from what identity refused', () => {
    const found = rowsIn(partOf(report, 'duplicates').sources);
    expect(
      Object.fromEntries(found.map(({ source, events, duplicates }) => [source, [events, duplicates]])),
    ).toEqual(world.books);
    expect(partOf(report, 'conflicts')).toMatchObject({
      ...{ refused: world.refused, merges: 1, reviews: 0 },
      reasons: [{ source: 'tills', reason: 'limit', refused: world.refused }],
    });
  });

  it('finds unusual hours beside the same hours of weeks before', () => {
    const moved = world.sent.map((each) => ({ ...each, receivedAt: each.receivedAt + OFFSETS[zone] }));
    const { weeks, score, events: least } = RULES.volume;
    const wanted = naiveVolume(moved, { day: TODAY, weeks, score, least, promotions: {} });
    const found = rowsIn(partOf(report, 'volume').anomalies);
    expect(found.map(({ by, name, hour }) => [by, name, hour].join('|')).sort()).toEqual(
      Object.keys(wanted).sort(),
    );
    for (const { by, name, hour, score: own } of found)
      expect(own).toBeCloseTo(wanted[[by, name, hour].join('|')] ?? Number.NaN, 1);
  });

  it('compares days of a promotion with each other, and no other day with them', async () => {
    const { weeks, score, events: least } = RULES.volume;
    const moved = world.sent.map((each) => ({ ...each, receivedAt: each.receivedAt + OFFSETS[zone] }));
    const dayBefore = (n: number): number => TODAY - n * 7 * DAY;
    for (const days of [
      [0, 1, 3, 6],
      [1, 2, 5],
    ].map((each) => each.map(dayBefore))) {
      const promotions = { sale: days.map((at) => new Date(at).toISOString().slice(0, 10)) };
      const { found } = await volume({ ...asked, rules: { ...RULES, promotions } }, sourceOf(history).ask);
      const wanted = naiveVolume(moved, { day: TODAY, weeks, score, least, promotions: { sale: days } });
      expect(found.anomalies.map(({ by, name, hour }) => [by, name, hour].join('|')).sort()).toEqual(
        Object.keys(wanted).sort(),
      );
      const [compared] = new Set(found.anomalies.map((each) => each.compared));
      expect(compared).toBe(days.includes(TODAY) ? 3 : 5);
    }
  });

  it('flags prices, quantities and buyers, and lets somebody settle them', async () => {
    const list = async () => (await findFlags(asked, sourceOf(history))).flags;
    const flags = await list();
    const { factor, observations, days } = RULES.checks.price;
    const past = world.sent.filter(({ receivedAt }) => receivedAt >= asked.from - days * DAY);
    const prices = flags
      .filter(({ check }) => check === 'price')
      .map(({ event_id, item_id }) => `${event_id}|${item_id}`);
    expect(prices.sort()).toEqual(naivePrices(past, today, { factor, observations }));
    expect(prices.sort()).toEqual(['cheap|i-3', 'dear|i-3']);
    expect(flags.find(({ event_id }) => event_id === 'dear')).toMatchObject({ value: 4_300, status: 'open' });
    const others = flags.filter(({ check }) => check !== 'price');
    expect(others).toMatchObject([
      { check: 'quantity', event_id: 'many', value: 10_000, usual: RULES.checks.quantity.max },
      {
        check: 'people',
        rule: 'senior_powder',
        event_id: YOUNG,
        item_id: 'senior-1',
        value: null,
        profile_id: YOUNG,
      },
    ]);
    expect(JSON.stringify(flags)).not.toContain('2006');
    const id = String(others[0]?.id);
    await settle(history, { flag: id, decision: 'confirmed', seq: 1 });
    await settle(history, { flag: id, decision: 'dismissed', seq: 2 });
    const after = await list();
    expect(after.find((flag) => flag.id === id)).toMatchObject({ status: 'dismissed', decided_by: 'ann' });
    expect(after.filter(({ status }) => status === 'open')).toHaveLength(flags.length - 1);
  });

  it('alarms what was planted, and nothing else', () => {
    const alerts = rowsIn(report.alerts).map(({ code, subject }) =>
      `${String(code)} ${String(subject)}`.trim(),
    );
    const at = (hour: number): string => `2026-11-21 ${hour}:00`;
    expect(alerts.sort()).toEqual(
      [
        'clock_skew app/app',
        'completeness_low product_viewed.category app/app',
        'conflicts_high',
        'duplicates_high tills',
        'impossible_quantity quantity',
        'late_high pos',
        'price_outlier price',
        ...[14, 15, 16].map((hour) => `source_silent source tills ${at(hour)}`),
        'unknown_properties',
        'unknown_types',
        'unlikely_buyer senior_powder',
        ...[19, 20].flatMap((hour) => [
          `volume_high source shop ${at(hour)}`,
          `volume_high type product_viewed ${at(hour)}`,
        ]),
      ].sort(),
    );
  });
});

describe('a clean day', () => {
  let clean: History;

  it.each([1, 2, 3, Date.now() % 100_000])(
    'alarms nothing, from seed %i',
    async (seed) => {
      const history = await historyOf(`clean_${seed}`, makeWorld(seed, false));
      if (seed === 1) clean = history;
      const { answer } = await quality(question(), sourceOf(history));
      expect(answer.alerts).toEqual([]);
      expect(answer.events).toBeGreaterThan(2_000);
      expect(Number(partOf(answer, 'volume').judged)).toBeGreaterThan(70);
    },
    60_000,
  );

  it('is read in part where there are too many events, with shares that are near', async () => {
    const whole = await quality(question(), sourceOf(clean));
    const part = await quality(question({ eventsReadMax: 1_000, namesMax: 2 }), sourceOf(clean));
    const [all, some] = [whole, part].map(({ answer }) => partOf(answer, 'completeness'));
    expect(some?.sampled).toBeGreaterThan(1);
    expect(Number(some?.rate)).toBeCloseTo(Number(all?.rate), 1);
    expect(Number(some?.expected)).toBeLessThan(Number(all?.expected) / 2);
    // Rare names are called other where there are too many.
    const channels = rowsIn(partOf(part.answer, 'lateness').channels).map(({ channel }) => channel);
    expect(channels.sort()).toEqual(['app', 'other', 'web']);
  }, 60_000);
});
