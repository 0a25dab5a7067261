import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportSummary } from '../../src/cli/import/run.ts';
import { sharedData } from '../cli/import/import-run.ts';
import { naiveCsv } from '../cli/import/naive-csv.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { expectNothingNew, expectOneRowPerEvent } from './support/import-again.ts';
import { importFile } from './support/importer.ts';
import { type Books, readBooks } from './support/totals.ts';

const file = sharedData('online-retail-30k.csv');
const FEATURES = [
  'revenue_lifetime',
  'spend_lifetime',
  'gross_lifetime',
  'refunded_lifetime',
  'orders_lifetime',
  'refunds_lifetime',
];
/** Lines as they were sold or came back: the events hold quantities of refunds without their sign. */
const SIGN = "if(type = 'order_refunded', -1, 1)";

/** Seconds where nothing else runs; two shared cores may take minutes. */
const PATIENCE_MS = 300_000;

describe.skipIf(file.missing)(
  'online-retail through the engine (skipped where ../shared/data is absent)',
  () => {
    const place = new EnginePlace();
    let api: EngineApi;
    let first: ImportSummary;
    let books: Books;
    const options = () => ({ api, file: file.path, map: 'online-retail', directory: place.path });
    beforeAll(async () => {
      ({ api } = await place.start({ currency: 'GBP' }));
      first = await importFile({ ...options(), name: 'first' });
      await api.settled();
      books = await readBooks(api, FEATURES);
    }, PATIENCE_MS);
    afterAll(() => place.remove());

    it('takes every invoice as one event', () => {
      expect(first).toMatchObject({ events: 12_392, accepted: 12_392, rejected_rows: 0, rejected_events: 0 });
    });

    it('has every amount to the penny in the profiles', () => {
      expect({ people: books.people.length, ...books.sums }).toMatchObject({
        people: 3_569,
        revenue_lifetime: 57_557_467,
        spend_lifetime: 57_541_361,
        orders_lifetime: 11_856,
        refunds_lifetime: 523,
      });
      const { gross_lifetime = 0, refunded_lifetime = 0 } = books.sums;
      expect(gross_lifetime - refunded_lifetime).toBe(57_557_467);
    });

    it('gives every customer, and nobody, what their lines in the file add up to', () => {
      const expected = customersOf(readFileSync(file.path, 'utf8'));
      const wrong: unknown[] = [];
      for (const { identifiers, values } of [...books.people, books.unattributed]) {
        const member = identifiers.member_id?.[0] ?? '';
        const own = expected.get(member);
        const read = [values.revenue_lifetime, values.orders_lifetime, values.refunds_lifetime];
        const summed = [own?.pence, own?.orders.size, own?.returns.size];
        if (read.some((value, at) => value !== summed[at])) wrong.push({ member, read, summed });
      }
      expect(wrong.slice(0, 5)).toEqual([]);
      expect(books.people.length + 1).toBe(expected.size);
    });

    it('has every fact of the file in ClickHouse, computed from typed columns', async () => {
      expect(
        await api.numbers(`SELECT
        count() AS lines, uniqExact(item_id) AS stock_codes, uniqExact(country) AS countries,
        countIf(type = 'order_refunded') + countIf(type = 'stock_adjusted' AND quantity < 0) AS negative,
        countIf(quantity <= 0 AND type != 'stock_adjusted') AS wrong_sign,
        countIf(price = 0) AS free, countIf(kind != 'goods') AS fee_lines,
        sumIf(${SIGN} * amount, kind != 'goods') AS fees, sumIf(${SIGN} * amount, kind = 'goods') AS goods,
        toInt64(100 * sum(${SIGN} * toDecimal128(quantity, 4) * toDecimal128(price, 6))) AS by_price,
        countIf(profile_id = 'unattributed') AS nobodys, uniqExactIf(profile_id, profile_id != 'unattributed') AS customers
        FROM product_lines`),
      ).toEqual({
        lines: 30_000,
        stock_codes: 3_007,
        countries: 38,
        negative: 633,
        wrong_sign: 0,
        free: 37,
        fee_lines: 136,
        fees: 16_106,
        goods: 57_541_361,
        by_price: 57_557_467,
        nobodys: 2_000,
        customers: 3_569,
      });
      expect(
        await api.numbers(`SELECT
        uniqExact(if(order_id = '', JSONExtractString(raw, 'properties', 'adjustment_id'), order_id)) AS invoices,
        sum(total) AS total, sum(spend) AS spend, countIf(currency != 'GBP') AS other_currencies,
        toUnixTimestamp(min(time)) AS first, toUnixTimestamp(max(time)) AS last FROM events`),
      ).toEqual({
        invoices: 12_392,
        total: 57_557_467,
        spend: 57_541_361,
        other_currencies: 0,
        // London had winter time on both days.
        first: Date.UTC(2010, 11, 1, 8, 34) / 1_000,
        last: Date.UTC(2011, 11, 9, 12, 50) / 1_000,
      });
      await expectOneRowPerEvent(api, 12_392);
    });

    it('keeps the exact repeats of the file, and the earlier of two times of an invoice', async () => {
      const rows = rowsOf(readFileSync(file.path, 'utf8'));
      const times = new Map<string, string>();
      for (const row of rows) {
        const [invoice = '', at = ''] = [row.InvoiceNo, row.InvoiceDate];
        const known = times.get(invoice);
        if (known === undefined || at < known) times.set(invoice, at);
      }
      const stored = await api.sql(`SELECT
      if(order_id = '', JSONExtractString(raw, 'properties', 'adjustment_id'), order_id) AS invoice,
      formatDateTime(time, '%Y-%m-%d %H:%i:%S', 'Europe/London') AS at FROM events`);
      expect(stored.filter(({ invoice, at }) => times.get(String(invoice)) !== at).slice(0, 5)).toEqual([]);
      expect(new Set(rows.map((row) => JSON.stringify(Object.values(row)))).size).toBe(30_000 - 25);
    });

    it(
      'changes no byte of state and no row of history when imported again',
      async () => {
        const again = await expectNothingNew({ ...options(), name: 'second' });
        expect(again).toMatchObject({
          events: 12_392,
          accepted: 12_392,
          rejected_rows: 0,
          rejected_events: 0,
        });
        await expectOneRowPerEvent(api, 12_392);
      },
      PATIENCE_MS,
    );
  },
);

interface Customer {
  pence: number;
  readonly orders: Set<string>;
  readonly returns: Set<string>;
}

/** The oracle: every line of the file, added up for its customer (`''` for nobody) in whole pence. */
function customersOf(text: string): Map<string, Customer> {
  const customers = new Map<string, Customer>();
  for (const row of rowsOf(text)) {
    const member = (row.CustomerID ?? '').replace(/\.0$/, '');
    const customer = customers.get(member) ?? { pence: 0, orders: new Set(), returns: new Set() };
    customers.set(member, customer);
    const invoice = row.InvoiceNo ?? '';
    const quantity = Number(row.Quantity);
    customer.pence += quantity * Math.round(Number(row.UnitPrice) * 100);
    if (quantity > 0) customer.orders.add(invoice);
    else if (invoice.startsWith('C')) customer.returns.add(invoice);
  }
  return customers;
}

function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...records] = naiveCsv(text, ',');
  return records.map(({ fields }) =>
    Object.fromEntries((header?.fields ?? []).map((name, at) => [name, fields[at] ?? ''])),
  );
}
