import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyDatabase } from '../src/adapters/clickhouse/history.ts';
import { type HistoryFront, startHistoryFront } from '../src/adapters/clickhouse/history-front.ts';
import { DAY_MS, HOUR_MS } from '../src/model/time.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from './support/engine-with-history.ts';

/* What the pages for analysts say to ask is asked of a history with everything in it; so is each query of the dashboard, as Grafana sends it. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KEY = 'key-of-the-front';
const DATABASE = historyDatabase('docs');

function blocksOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
}

interface Panel {
  readonly title: string;
  /** What asks Prometheus has no SQL. */
  readonly targets: readonly { readonly rawSql?: string; readonly queryType: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const dashboard = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/history.json'), 'utf8')) as Dashboard;
const queries = readdirSync(join(ROOT, 'deploy/grafana')).flatMap((file) => {
  const board = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana', file), 'utf8')) as Dashboard;
  return board.panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ rawSql, queryType }) =>
      rawSql === undefined ? [] : [{ title: `${board.title}, ${title}`, rawSql, queryType }],
    ),
  );
});

/** As the plugin for ClickHouse fills its macros in. */
function filledIn(sql: string, { from, to }: { readonly from: number; readonly to: number }): string {
  const seconds = (at: number): number => Math.floor(at / 1000);
  const date = (at: number): string => `toDate('${new Date(at).toISOString().slice(0, 10)}')`;
  return sql
    .replaceAll(
      /\$__timeFilter\((\w+)\)/g,
      `$1 >= toDateTime(${seconds(from)}) AND $1 <= toDateTime(${seconds(to)})`,
    )
    .replaceAll(/\$__dateFilter\((\w+)\)/g, `$1 >= ${date(from)} AND $1 <= ${date(to)}`)
    .replaceAll(/\$__timeInterval\((\w+)\)/g, 'toStartOfInterval(toDateTime($1), INTERVAL 3600 second)')
    .replaceAll(/\$\{currency\}/g, 'CNY');
}

const product = { item_id: 'spu-1', category: 'women/dresses', brand: 'Lumen', price: '80.00' };
const ann = { anonymous_id: 'a-1' };
const bob = { user_id: 'u-1' };
const consent = { personalization: true, marketing: { sms: true } };

describe('the pages for analysts', () => {
  let place: HistoryPlace;
  let engine: EngineWithHistory;
  let front: HistoryFront;

  beforeAll(async () => {
    place = createHistoryPlace();
    engine = await place.open(DATABASE);
    const order = (id: string, identifiers: object) => ({
      ...{ id, type: 'order_completed', identifiers, context: { associate_id: 'A7', store: 'SH-001' } },
      properties: { order_id: id, products: [{ ...product, quantity: 2 }] },
    });
    const view = (id: string, identifiers: object) => ({
      ...{ id, type: 'product_viewed', identifiers, properties: product, consent },
    });
    await engine.send([view('v-1', ann), view('v-2', bob), order('o-1', ann), order('o-2', bob)] as never);
    engine.clock.advance(30 * HOUR_MS);
    await engine.send([view('v-3', { ...ann, ...bob }), { ...view('v-4', bob), properties: {} }] as never);
    await engine.send([
      { id: 's-1', type: 'store_entered', identifiers: bob, properties: { store: 'SH-001' } },
      {
        id: 'r-1',
        type: 'order_refunded',
        identifiers: bob,
        properties: { order_id: 'o-2', total: '80.00' },
      },
    ]);
    engine.clock.advance(2 * DAY_MS);
    await engine.ring();
    await engine.settle();
    front = await startHistoryFront({
      path: place.path,
      database: DATABASE,
      port: 0,
      writable: false,
      authorize: (password) => password === KEY,
    });
  }, 60_000);
  afterAll(async () => {
    await front.stop();
    await engine.stop();
    place.remove();
  });

  it.each([...blocksOf('deploy/clickhouse/README.md'), ...blocksOf('docs/bi.md')])(
    'ask what history answers: %s',
    async (sql) => {
      expect(await engine.history.query(sql, 'JSONEachRow')).toBeTypeOf('string');
    },
  );

  it('ask of snapshots what they say', async () => {
    const asked = blocksOf('deploy/clickhouse/README.md').filter((sql) => sql.includes('snapshots'));
    expect(asked.length).toBeGreaterThan(3);
    for (const sql of asked) expect(await engine.history.query(sql, 'JSONEachRow'), sql).not.toBe('');
  });

  it('describe the views for BI tools column by column, as they are', async () => {
    const page = readFileSync(join(ROOT, 'docs/bi.md'), 'utf8');
    const sections = page.split(/^(?=`bi_\w+`: )/m).slice(1);
    const described = new Map(
      sections.map((section) => {
        const [first = '', ...rest] = section.split(/^## /m)[0]?.split('\n') ?? [];
        const [name = '', ...inLine] = [...first.matchAll(/`(\w+)`/g)].map(([, word = '']) => word);
        const cells = rest.filter((line) => line.startsWith('| `')).map((line) => line.split('|')[1] ?? '');
        const columns = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word));
        return [
          name,
          columns.length > 0 ? columns : inLine.filter((word) => word !== 'points' || inLine.length > 1),
        ];
      }),
    );
    const shown = await engine.history.query(
      "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND startsWith(table, 'bi_') ORDER BY table, position",
      'TSV',
    );
    const there = new Map<string, string[]>();
    for (const line of shown.trim().split('\n')) {
      const [table = '', name = ''] = line.split('\t');
      there.set(table, [...(there.get(table) ?? []), name]);
    }
    expect([...described.keys()].sort()).toEqual([...there.keys()].sort());
    for (const [view, columns] of described)
      expect([...new Set(columns)].sort(), view).toEqual([...(there.get(view) ?? [])].sort());
  });

  it.each(queries)('have a dashboard whose panel can be drawn: $title', async ({ rawSql, queryType }) => {
    const now = engine.clock.now();
    const query = filledIn(rawSql, { from: now - 90 * DAY_MS, to: now });
    expect(query).not.toMatch(/\$/);
    const address = new URL(front.url);
    address.searchParams.set('database', DATABASE);
    address.searchParams.set('default_format', 'JSON');
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'x-clickhouse-key': KEY },
      body: query,
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    const { meta } = JSON.parse(text) as { meta: readonly { name: string; type: string }[] };
    if (queryType === 'timeseries')
      expect(meta[0]).toMatchObject({ name: 'time', type: expect.stringMatching(/^DateTime/) });
  });

  it('have a dashboard that shows money in the currencies that there are', async () => {
    const { list } = dashboard.templating;
    const { query = '' } = list.find(({ name }) => name === 'currency') ?? {};
    expect((await engine.history.query(query, 'TSV')).trim()).toBe('CNY');
  });
});
