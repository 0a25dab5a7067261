import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedData } from '../cli/import/import-run.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { expectNothingNew, expectOneRowPerEvent } from './support/import-again.ts';
import { importFile } from './support/importer.ts';
import { type Books, readBooks } from './support/totals.ts';

const file = sharedData('cdnow-master.txt');
const PURCHASES = 69_659;

/** Seconds where nothing else runs; two shared cores may take minutes. */
const PATIENCE_MS = 300_000;

describe.skipIf(file.missing)('CDNOW through the engine (skipped where ../shared/data is absent)', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  let books: Books;
  const options = () => ({ api, file: file.path, map: 'cdnow', directory: place.path });
  beforeAll(async () => {
    ({ api } = await place.start({ currency: 'USD' }));
    await importFile({ ...options(), name: 'first' });
    await api.settled();
    books = await readBooks(api, ['orders_lifetime', 'gross_lifetime', 'spend_lifetime']);
  }, PATIENCE_MS);
  afterAll(() => place.remove());

  it('has every purchase and every cent in the profiles', () => {
    expect({ people: books.people.length, ...books.sums }).toEqual({
      people: 23_570,
      orders_lifetime: PURCHASES,
      gross_lifetime: 250_031_563,
      spend_lifetime: 250_031_563,
    });
  });

  it('gives every customer what their rows in the file add up to', () => {
    const expected = customersOf(readFileSync(file.path, 'utf8'));
    const wrong: unknown[] = [];
    for (const { identifiers, values } of books.people) {
      const member = identifiers.member_id?.[0] ?? '';
      const read = [values.orders_lifetime, values.gross_lifetime];
      if (read.join(' ') !== expected.get(member)?.join(' '))
        wrong.push({ member, read, summed: expected.get(member) });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(books.people.length).toBe(expected.size);
  });

  it('has every fact of the file in ClickHouse, computed from typed columns', async () => {
    expect(
      await api.numbers(`SELECT count() AS purchases, uniqExact(profile_id) AS customers, sum(total) AS cents,
        toInt64(sum(arraySum(quantities))) AS discs, sum(arraySum(amounts)) AS line_cents,
        toUnixTimestamp(min(time)) AS first, toUnixTimestamp(max(time)) AS last FROM events
        WHERE type = 'order_completed' AND currency = 'USD'`),
    ).toEqual({
      purchases: PURCHASES,
      customers: 23_570,
      cents: 250_031_563,
      discs: 167_881,
      line_cents: 250_031_563,
      first: Date.UTC(1997, 0, 1) / 1_000,
      last: Date.UTC(1998, 5, 30) / 1_000,
    });
    await expectOneRowPerEvent(api, PURCHASES);
  });

  it(
    'changes no byte of state and no row of history when imported again',
    async () => {
      await expectNothingNew({ ...options(), name: 'second' });
      await expectOneRowPerEvent(api, PURCHASES);
    },
    PATIENCE_MS,
  );
});

/** The oracle: purchases and cents by customer, as they stand in the map's identifiers. */
function customersOf(text: string): Map<string, [number, number]> {
  const customers = new Map<string, [number, number]>();
  for (const line of text.split('\n')) {
    const [id = '', , , dollars = ''] = line.trim().split(/\s+/);
    if (!/^\d+$/.test(id)) continue;
    const customer = customers.get(`cdnow-${id}`) ?? [0, 0];
    customer[0] += 1;
    customer[1] += Math.round(Number(dollars) * 100);
    customers.set(`cdnow-${id}`, customer);
  }
  return customers;
}
