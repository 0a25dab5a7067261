import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { customersSql, type PurchasesQuestion, purchasesSql } from '../../src/analytics/purchases-sql.ts';
import { readHistoryRows } from '../../src/desks/past-events.ts';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { CrowdedShop } from '../support/crowded-shop.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../support/engine-with-history.ts';

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

const engines: EngineWithHistory[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});

async function open(database: string): Promise<EngineWithHistory> {
  const engine = await place.open(database);
  engines.push(engine);
  return engine;
}

/** The shipped feature as a question, at the engine's clock. */
function question({ clock }: EngineWithHistory, changes: Partial<PurchasesQuestion> = {}): PurchasesQuestion {
  return {
    zone: 'Asia/Shanghai',
    amount: 'spend',
    refunds: true,
    currency: 'CNY',
    today: Math.floor((clock.now() + 8 * 3_600_000) / DAY_MS),
    without: [],
    share: 1,
    ...changes,
  };
}

type Rows = Readonly<Record<string, JsonObject>>;

/** By profile, amounts to a millionth: the two add up in different orders. */
function rounded(row: JsonObject): JsonObject {
  return Object.fromEntries(
    ['days', 'orders', 'since_first', 'since_last', 'net', 'repeat_value'].map((key) => [
      key,
      row[key] === null ? null : Number(Number(row[key]).toFixed(6)),
    ]),
  );
}

async function asked(engine: EngineWithHistory, changes: Partial<PurchasesQuestion> = {}): Promise<Rows> {
  const rows = await readHistoryRows(
    engine.history,
    `SELECT * FROM ${purchasesSql(question(engine, changes))}`,
  );
  return Object.fromEntries(rows.map((row) => [String(row.profile_id), rounded(row)]));
}

/** The same of everybody by hashes, as scores ask for it. */
async function scored(engine: EngineWithHistory): Promise<readonly string[]> {
  const rows = await readHistoryRows(engine.history, `SELECT * FROM ${customersSql(question(engine))}`);
  return sorted(rows.map((row) => ({ ...row, net: Number(row.net) / 100 })));
}

function sorted(rows: readonly JsonObject[]): readonly string[] {
  return rows
    .map(({ since_last, orders, net }) => `${Number(since_last)} ${Number(orders)} ${Number(net).toFixed(2)}`)
    .sort();
}

/** Events that the hashes give to somebody else than the ids do. */
async function wronglyOwned({ history }: EngineWithHistory): Promise<number> {
  const place = '`partition`, seq, idx, ord';
  const [row] = await readHistoryRows(
    history,
    `SELECT countIf(sipHash64(named.profile_id) != hashed.person) AS wrong FROM events_by_profile AS named ` +
      `INNER JOIN events_by_person AS hashed USING (${place})`,
  );
  return Number(row?.wrong);
}

async function live(engine: EngineWithHistory): Promise<Rows> {
  const found: Record<string, JsonObject> = {};
  const { profiles } = await engine.profiles.list('', 1_000, {
    reveal: false,
    features: new Set(['purchases']),
  });
  for (const { profile_id, features } of profiles) {
    const value = features.purchases?.value;
    if (value !== undefined && isJsonObject(value) && Number(value.days) > 0)
      found[profile_id] = rounded(value);
  }
  return found;
}

describe('purchases, asked of history', () => {
  it.each([7, 19, 23, 101])(
    'equal what profiles say, with refunds, repeats, merges and unmerges (seed %d)',
    async (seed) => {
      const engine = await open(`crowd_${seed}`);
      const shop = new CrowdedShop(engine, seed);
      for (let round = 0; round < 120; round += 1) await shop.round();
      await engine.settle();
      const expected = await live(engine);
      expect(await asked(engine)).toEqual(expected);
      expect(Object.keys(expected).length).toBeGreaterThan(1);
      expect(await scored(engine)).toEqual(sorted(Object.values(expected)));
      expect(await wronglyOwned(engine)).toBe(0);
    },
    60_000,
  );

  const order = (id: string, time: string, total: string, more: JsonObject = {}) => ({
    id,
    type: 'order_completed',
    time,
    identifiers: { user_id: 'u-1' },
    properties: { order_id: id, total, ...more },
  });
  const refund = (id: string, order_id: string, time: string, total: string) => ({
    id,
    type: 'order_refunded',
    time,
    identifiers: { user_id: 'u-1' },
    properties: { order_id, refund_id: id, total },
  });

  it('net a refund at the time of its order, leave out what was given back, and count free orders', async () => {
    const engine = await open('netted');
    await engine.send([
      order('o-1', '2026-10-01T12:00:00+08:00', '100'),
      order('o-2', '2026-10-08T12:00:00+08:00', '80'),
      // Midnight in Shanghai lies between them.
      order('o-3', '2026-10-14T23:30:00+08:00', '0'),
      order('o-4', '2026-10-15T00:30:00+08:00', '50'),
      order('o-5', '2026-10-20T12:00:00+08:00', '60', { currency: 'USD' }),
      refund('r-1', 'o-2', '2026-10-16T12:00:00+08:00', '30'),
      refund('r-2', 'o-4', '2026-10-17T12:00:00+08:00', '50'),
      refund('r-3', 'o-1-of-last-year', '2026-10-18T12:00:00+08:00', '5'),
    ]);
    await engine.settle();
    const [row] = Object.values(await live(engine));
    // 1, 8, 14 and 20 October; the clock stands at 21 November.
    expect(row).toEqual({
      days: 4,
      orders: 4,
      since_first: 51,
      since_last: 32,
      net: 145,
      repeat_value: 22.5,
    });
    expect(Object.values(await asked(engine))).toEqual([row]);
  });

  it('can be asked as they were on a day, of a window, of a share and without some', async () => {
    const engine = await open('asked');
    await engine.send([
      order('o-1', '2026-10-01T12:00:00+08:00', '100'),
      order('o-2', '2026-11-08T12:00:00+08:00', '80'),
      refund('r-1', 'o-1', '2026-11-10T12:00:00+08:00', '100'),
    ]);
    await engine.settle();
    const on = (day: string) => ({ today: Date.parse(`${day}T00:00:00Z`) / DAY_MS });
    const one = async (changes: Partial<PurchasesQuestion>) => Object.values(await asked(engine, changes));
    expect(await one(on('2026-11-07'))).toMatchObject([{ days: 1, net: 100, since_last: 37 }]);
    expect(await one(on('2026-11-09'))).toMatchObject([{ days: 2, net: 180, repeat_value: 80 }]);
    expect(await one(on('2026-11-10'))).toMatchObject([
      { days: 1, net: 80, since_first: 2, repeat_value: null },
    ]);
    expect(await one({ ...on('2026-11-09'), windowDays: 30 })).toMatchObject([
      { days: 1, net: 80, since_first: 1 },
    ]);
    const [id = ''] = Object.keys(await live(engine));
    expect(await one({ without: [id] })).toEqual([]);
    expect(await one({ share: 0 })).toEqual([]);
    expect(await one({ amount: 'total' })).toHaveLength(1);
  });
});
