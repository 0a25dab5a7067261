import { expect } from 'vitest';
import type { EngineApi } from './engine-api.ts';
import { rowsOfEvents } from './one-row-each.ts';
import { type Books, keepBooks, personOf, type ShopLine } from './shop.ts';
import { featureValue } from './totals.ts';

export interface Sent {
  /** Every line by its id. */
  readonly lines: ReadonlyMap<string, ShopLine>;
  /** Ids that the engine has acknowledged: each must be there. Others may be there, once. */
  readonly acknowledged: ReadonlySet<string>;
}

/**
 * Holds an engine against the books: no acknowledged event lost, none counted twice. What is in history decides
 * which of the unacknowledged events arrived; state must then agree for every person, to the cent.
 */
export async function auditShop(api: EngineApi, { lines, acknowledged }: Sent, story: string): Promise<void> {
  await api.settled();
  const stored = await idsInHistory(api);
  const lost = [...acknowledged].filter((id) => !stored.has(id));
  expect(lost.slice(0, 5), `${story}: acknowledged but lost (${lost.length})`).toEqual([]);
  const invented = [...stored].filter((id) => !lines.has(id));
  expect(invented.slice(0, 5), `${story}: in history, never sent`).toEqual([]);
  const rows = await rowsOfEvents(api);
  expect(rows, `${story}: one row per event`).toEqual({
    rows: stored.size,
    positions: stored.size,
    events: stored.size,
  });
  const books = keepBooks([...lines.values()].filter(({ id }) => stored.has(id)));
  const wrong = await differences(api, books);
  expect(wrong.slice(0, 5), `${story}: profiles that differ from history (${wrong.length})`).toEqual([]);
}

async function idsInHistory(api: EngineApi): Promise<Set<string>> {
  const ids = new Set<string>();
  // In pages: an answer has a bound.
  for (let page = 0; ; page += 1) {
    const rows = await api.sql(
      `SELECT event_id FROM events ORDER BY partition, seq, idx, ord LIMIT 50000 OFFSET ${page * 50_000}`,
    );
    for (const { event_id } of rows) ids.add(String(event_id));
    if (rows.length < 50_000) return ids;
  }
}

const FEATURES = ['views_lifetime', 'orders_lifetime', 'refunds_lifetime', 'revenue_lifetime'];

async function differences(api: EngineApi, books: Map<string, Books>): Promise<readonly unknown[]> {
  const wrong: unknown[] = [];
  const missing = new Set(books.keys());
  for await (const profile of api.profiles(['identifiers', ...FEATURES].join(','))) {
    const { member_id, anonymous_id } = profile.identifiers;
    const who = personOf(member_id?.join(), anonymous_id?.join());
    const [views, orders, refunds, cents] = FEATURES.map((name) => featureValue(profile.features[name]));
    const expected = books.get(who) ?? { views: 0, orders: 0, refunds: 0, cents: 0 };
    const read = { views, orders, refunds, cents };
    if (Object.entries(expected).some(([name, value]) => read[name as keyof Books] !== value)) {
      wrong.push({ who, read, expected });
    }
    missing.delete(who);
  }
  for (const who of missing) wrong.push({ who, read: 'no profile', expected: books.get(who) });
  return wrong;
}
