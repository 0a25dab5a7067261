import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { sharedData } from '../cli/import/import-run.ts';
import { naiveCsv } from '../cli/import/naive-csv.ts';
import {
  basketFigures,
  channelFigures,
  cohortFigures,
  deedsOf,
  funnelFigures,
  monthNumber,
  nameOfMonth,
  nameOfWeek,
  rfmFigures,
  type Step,
  share,
  timeFigures,
  weekNumber,
} from '../oracle/real-figures.ts';
import {
  type Click,
  channelOf,
  clickFile,
  clicksOf,
  type Invoice,
  invoiceFile,
  invoicesOf,
  linesOf,
  membersOf,
} from '../oracle/real-shop.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { importFile } from './support/importer.ts';

const retail = sharedData('online-retail-30k.csv');
const shown = sharedData('yoochoose-100k-train.tsv');
const CHANNELS = ['web', 'pos', 'app'] as const;
const DAY = 86_400_000;
/** All of the file, and one second beyond it: both ends lie in winter, when London has UTC. */
const [FROM, TO] = [Date.UTC(2010, 10, 1), Date.UTC(2011, 11, 10)];
const all = `from=${new Date(FROM).toISOString()}&to=${new Date(TO).toISOString()}`;
const PATIENCE_MS = 600_000;

describe.skipIf(retail.missing || shown.missing)(
  'reports over Online Retail and YooChoose are those of scripts that read the files (skipped where ../shared/data is absent)',
  () => {
    const place = new EnginePlace();
    let api: EngineApi;
    let invoices: readonly Invoice[];
    let clicks: readonly Click[];

    /** A file and a map of this test's, imported like any other. */
    async function take(name: string, file: string, map: string): Promise<void> {
      writeFileSync(place.file(`${name}.txt`), file);
      writeFileSync(place.file(`${name}.yaml`), map);
      const files = { file: place.file(`${name}.txt`), map: place.file(`${name}.yaml`) };
      const summary = await importFile({ api, ...files, directory: place.path, name });
      expect(summary).toMatchObject({ rejected_rows: 0, rejected_events: 0 });
    }

    beforeAll(async () => {
      const started = await place.start({ currency: 'GBP' });
      api = started.api;
      const lines = linesOf(retail.path);
      invoices = invoicesOf(lines);
      const members = membersOf(invoices);
      clicks = clicksOf(shown.path, members);
      const map = shippedMap('online-retail');
      for (const channel of CHANNELS)
        await take(channel, invoiceFile(lines, channel), map.replace('channel: web', `channel: ${channel}`));
      const known = 'identifiers:\n  member_id: "{Member}"\n';
      await take(
        'clicks',
        clickFile(shown.path, members),
        shippedMap('yoochoose').replace('identifiers:\n', known),
      );
      await api.settled();
    }, PATIENCE_MS);
    afterAll(() => place.remove());

    async function answerOf(path: string): Promise<JsonObject> {
      const { status, body, text } = await api.get(`/v1/analytics/${path}`);
      expect(status, text).toBe(200);
      return body as JsonObject;
    }

    /** Rows of the CSV by the names of its columns. */
    async function sheetOf(path: string): Promise<readonly Readonly<Record<string, string>>[]> {
      const { status, text } = await api.get(`/v1/analytics/${path}&format=csv`);
      expect(status, text).toBe(200);
      const [header, ...records] = naiveCsv(text, ',');
      return records.map(({ fields }) =>
        Object.fromEntries((header?.fields ?? []).map((name, at) => [name, fields[at] ?? ''])),
      );
    }

    it('reads of the files what their README says', async () => {
      const lines = linesOf(retail.path);
      const codes = new Set(lines.map(({ StockCode }) => StockCode));
      const pence = (pick: (invoice: Invoice) => number): number =>
        invoices.reduce((sum, invoice) => sum + pick(invoice), 0);
      expect({ lines: lines.length, invoices: invoices.length, codes: codes.size }).toEqual({
        ...{ lines: 30_000, invoices: 12_392, codes: 3_007 },
      });
      expect(membersOf(invoices)).toHaveLength(3_569);
      expect(pence(({ total }) => total)).toBe(57_557_467);
      expect(pence(({ goods }) => goods)).toBe(57_541_361);
      expect([clicks.length, new Set(clicks.map(({ session }) => session)).size]).toEqual([70_278, 17_794]);
      expect(
        await api.numbers(
          `SELECT sum(total) AS total, sum(spend) AS goods, countIf(type = 'product_viewed') AS clicks, countIf(source != 'engine') AS events FROM events`,
        ),
      ).toEqual({ total: 57_557_467, goods: 57_541_361, clicks: 70_278, events: 70_278 + 12_392 });
    });

    it('has customers who looked before they were known, and sessions of nobody', async () => {
      const people = new Set(clicks.map(({ person }) => person));
      const moved = await api.numbers(
        "SELECT uniqExact(facet_id) AS facets FROM facets WHERE change = 'moved'",
      );
      expect(moved.facets).toBeGreaterThan(3_000);
      expect(
        await api.numbers(
          "SELECT uniqExact(profile_id) AS people FROM events_by_profile WHERE type = 'product_viewed'",
        ),
      ).toEqual({ people: people.size });
    });

    it('rfm: boundaries, cells, and the money of goods to the penny', async () => {
      const question = `rfm?zone=Europe/London&at=${new Date(TO - 1).toISOString()}`;
      const wanted = rfmFigures(invoices, Math.floor((TO - 1) / DAY));
      expect(await answerOf(question)).toMatchObject({ currency: 'GBP', ...wanted });
      const sheet = await sheetOf(question);
      expect(sheet).toEqual(
        wanted.cells.map((cell) =>
          Object.fromEntries(Object.entries(cell).map(([key, value]) => [key, String(value)])),
        ),
      );
      // Whoever only sent something back has bought nothing here, and nobody is no customer.
      const buyers = new Set(
        invoices.filter(({ kind, member }) => kind === 'order' && member !== '').map(({ member }) => member),
      );
      expect(wanted.customers).toBe(buyers.size);
      const pence = sheet.reduce((sum, { net }) => sum + Math.round(Number(net) * 100), 0);
      const others = invoices
        .filter(({ member }) => !buyers.has(member))
        .reduce((sum, { goods }) => sum + goods, 0);
      expect(pence + others).toBe(57_541_361);
    });

    it.each([
      ['month', monthNumber, nameOfMonth, 12],
      ['week', weekNumber, nameOfWeek, 60],
    ] as const)('retention and clv: cohorts by %s', async (period, number, name, periods) => {
      const wanted = cohortFigures(invoices, {
        ...{ number, name, last: number(TO - 1), periodsMax: periods },
      });
      const asked = `${all}&zone=Europe/London&period=${period}&periods=${periods}`;
      const retained = await answerOf(`retention?${asked}`);
      expect(retained.cohorts).toEqual(wanted.map(({ retention }) => retention));
      expect(retained.repeat_purchase).toEqual(wanted.map(({ repeat }) => repeat));
      const worth = await answerOf(`clv?${asked}`);
      expect(worth.cohorts).toEqual(wanted.map(({ clv }) => clv));
      expect(await sheetOf(`clv?${asked}`)).toEqual(
        wanted.flatMap(({ clv: { cohort, people, orders, net, value_per_customer } }) =>
          orders.map((n, at) => ({
            ...{ cohort, people: String(people), period: String(at), orders: String(n) },
            ...{ net: net[at] ?? '', value_per_customer: value_per_customer[at] ?? '' },
          })),
        ),
      );
      expect(await sheetOf(`retention?${asked}`)).toEqual(
        wanted.flatMap(({ retention: { cohort, people, active, rates } }) =>
          active.map((n, at) => ({
            ...{ cohort, people: String(people), period: String(at), active: String(n) },
            rate: String(rates[at]),
          })),
        ),
      );
    });

    it('retention of views: only those who looked, by week', async () => {
      const answer = await answerOf(
        `retention?${all}&zone=Europe/London&period=week&event=product_viewed&periods=5`,
      );
      const weeks = new Map<string, Set<number>>();
      for (const { person, at } of clicks)
        weeks.set(person, (weeks.get(person) ?? new Set()).add(weekNumber(at)));
      const cohorts: Record<string, number[]> = {};
      for (const own of weeks.values()) {
        const first = Math.min(...own);
        const name = nameOfWeek(first);
        cohorts[name] ??= Array.from({ length: weekNumber(TO - 1) - first + 1 }, () => 0);
        const active = cohorts[name];
        for (const week of own) active[week - first] = (active[week - first] ?? 0) + 1;
      }
      expect(
        Object.fromEntries(rowsIn(answer.cohorts).map(({ cohort, active }) => [cohort, active])),
      ).toEqual(cohorts);
    });

    it('funnel: looked online, bought anywhere or in a store, bought again', async () => {
      const people = deedsOf(invoices, clicks);
      const ways: readonly (readonly [string, readonly Step[], string, number])[] = [
        [
          'product_viewed@online,order_completed@offline',
          [
            { type: 'product_viewed', channels: ['web'] },
            { type: 'order_completed', channels: ['pos'] },
          ],
          '7d',
          7 * DAY,
        ],
        [
          'product_viewed,order_completed',
          [{ type: 'product_viewed' }, { type: 'order_completed' }],
          '36h',
          1.5 * DAY,
        ],
        [
          'product_viewed,product_viewed,product_viewed,order_completed@web|app',
          [
            ...Array.from({ length: 3 }, () => ({ type: 'product_viewed' })),
            { type: 'order_completed', channels: ['web', 'app'] },
          ],
          '4d',
          4 * DAY,
        ],
        [
          'order_completed,order_completed,order_completed',
          Array.from({ length: 3 }, () => ({ type: 'order_completed' })),
          '90d',
          90 * DAY,
        ],
      ];
      for (const [steps, wanted, window, windowMs] of ways) {
        const counts = funnelFigures(people, wanted, { from: FROM, to: TO, windowMs });
        expect(Math.min(...counts), `${steps} says something`).toBeGreaterThan(0);
        const question = `funnel?${all}&window=${window}&steps=${encodeURIComponent(steps)}&by=channel`;
        const answer = await answerOf(question);
        const told = counts.map((each, at) => ({
          event: steps.split(',')[at],
          people: each,
          conversion: share(each, counts[0] ?? 0),
          step_conversion: at === 0 ? 1 : share(each, counts[at - 1] ?? 0),
        }));
        expect(answer.steps, steps).toEqual(told);
        for (const { channel, steps: begun } of rowsIn(answer.by_channel)) {
          const [first, ...rest] = wanted;
          const own = [{ type: first?.type ?? '', channels: [String(channel)] }, ...rest];
          expect(
            rowsIn(begun).map((step) => step.people),
            `${steps} from ${String(channel)}`,
          ).toEqual(funnelFigures(people, own, { from: FROM, to: TO, windowMs }));
        }
        const sheet = (await sheetOf(question)).filter(({ channel }) => channel === '');
        expect(sheet.map(({ step, people: n }) => [Number(step), Number(n)])).toEqual(
          counts.map((n, at) => [at + 1, n]),
        );
      }
    });

    it('channels: orders of each by who had looked online before', async () => {
      for (const days of [1, 7, 30]) {
        const wanted = channelFigures(invoices, clicks, { from: FROM, to: TO, days });
        const question = `channels?${all}&days=${days}`;
        const answer = await answerOf(question);
        expect(sorted(answer.purchases)).toEqual(sorted(wanted.purchases));
        expect(sorted(answer.ways)).toEqual(sorted(wanted.ways));
        expect(wanted.ways).toHaveLength(6);
        expect((await sheetOf(question)).map(({ orders }) => Number(orders)).sort()).toEqual(
          wanted.ways.map(({ orders }) => orders).sort(),
        );
      }
      // Every invoice is in the channel that its number says.
      const stored = await api.sql(
        "SELECT order_id, channel FROM events WHERE order_transition = 'completed'",
      );
      expect(stored.every(({ order_id, channel }) => channelOf(String(order_id)) === channel)).toBe(true);
    });

    it('basket: pairs, confidence and lift', async () => {
      for (const [query, ordersMin] of [
        ['min_orders=4&limit=1000', 4],
        ['min_orders=3&limit=1000&sort=orders', 3],
      ] as const) {
        const wanted = basketFigures(invoices, { from: FROM, to: TO, itemsMax: 500, ordersMin });
        const answer = await answerOf(`basket?${all}&${query}`);
        expect(answer.orders).toBe(wanted.orders);
        expect(wanted.pairs.length).toBeGreaterThan(20);
        expect(wanted.pairs.length).toBeLessThan(1_000);
        expect(sorted(unordered(answer.pairs))).toEqual(sorted(unordered(wanted.pairs)));
        expect(await sheetOf(`basket?${all}&${query}`)).toHaveLength(wanted.pairs.length);
      }
    });

    it('times: by weekday and hour in London, over summer and winter', async () => {
      const answer = await answerOf(`times?${all}&zone=Europe/London`);
      expect(
        Object.fromEntries(
          rowsIn(answer.cells).map(({ weekday, hour, events }) => [
            `${String(weekday)} ${String(hour)}`,
            events,
          ]),
        ),
      ).toEqual(timeFigures(invoices));
    });
  },
);

function shippedMap(name: string): string {
  return readFileSync(new URL(`../../deploy/retail/imports/${name}.yaml`, import.meta.url), 'utf8');
}

function rowsIn(value: unknown): readonly JsonObject[] {
  return value as readonly JsonObject[];
}

/** In an order of their own: rows of equal size may come in any. */
function sorted(value: unknown): readonly string[] {
  return rowsIn(value)
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort();
}

/** Of two items in as many orders either may come first. */
function unordered(value: unknown): readonly JsonObject[] {
  return rowsIn(value).map(({ a, b, orders_a, orders_b, ...rest }) =>
    orders_a === orders_b && String(a) > String(b)
      ? { ...rest, a: b, b: a, orders_a, orders_b }
      : { ...rest, a, b, orders_a, orders_b },
  ) as readonly JsonObject[];
}
