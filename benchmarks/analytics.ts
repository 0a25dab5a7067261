/**
 * Analyses over a large history in the embedded ClickHouse: bytes per event, and what each answer takes, cold and warm. Rows are made by
 * ClickHouse itself: a year of a shop with a person to 20 events, a quarter of which come from a second facet of theirs, 5 % orders
 * of two lines. Of one person in ten that facet was somebody else's for half the year, until the two became one.
 * Run: npx tsx benchmarks/analytics.ts [rows, default 20000000] [--keep DIRECTORY]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConnections } from '../src/adapters/clickhouse/connection.ts';
import { openClickHouseHistory } from '../src/adapters/clickhouse/history.ts';
import { type AnalysisName, createAnalyses, type Questions } from '../src/analytics/analyses.ts';
import { spokenOfSql } from '../src/analytics/purchases-sql.ts';
import { readHistoryRows } from '../src/desks/past-events.ts';
import { historyColumns } from '../src/model/history-rows.ts';

const ROWS = Number(process.argv[2] ?? 20_000_000);
const PER_BLOCK = Math.min(500_000, ROWS);
const PEOPLE = Math.max(10, Math.floor(ROWS / 20));
const DAY = 86_400_000;
const TO = Date.UTC(2026, 10, 1);
const FROM = TO - 365 * DAY;
const DATABASE = 'bench_tessera';

const keep = process.argv.indexOf('--keep');
const kept = keep < 0 ? undefined : process.argv[keep + 1];
const directory = kept ?? mkdtempSync(join(tmpdir(), 'tessera-analytics-'));
mkdirSync(directory, { recursive: true });
const path = join(directory, 'history');

/** A number of its own for each row and purpose, the same in every run. */
const draw = (purpose: number, below: number): string => `(cityHash64(number, ${purpose}) % ${below})`;
const person = `(intDiv(${draw(1, PEOPLE)} * ${draw(1, PEOPLE)}, ${PEOPLE}))`;
const item = (purpose: number): string =>
  `concat('spu-', toString(intDiv(${draw(purpose, 20_000)} * ${draw(purpose + 50, 20_000)}, 20000)))`;
const type =
  `multiIf(t < 60, 'product_viewed', t < 75, 'page_viewed', t < 83, 'product_added', t < 88, 'order_completed', ` +
  `t < 92, 'products_searched', t < 96, 'store_entered', 'message_opened')`;

const uuidOf = (name: string): string => `toString(reinterpretAsUUID(sipHash128(toUInt64(${name}))))`;
/** 22 characters, as those of the engine. */
const facetOf = (who: string, device: string): string =>
  `substring(base64URLEncode(sipHash128(toUInt64(${who}), ${device})), 1, 22)`;
const DEVICE = 't % 4 = 0';
const JOINED = (FROM + TO) / 2;
const STRANGER_EVERY = 10;
const stranger = (who: string): string => uuidOf(`${who} + ${PEOPLE}`);

/** What differs from a column's zero. */
const values: Readonly<Record<string, string>> = {
  seq: 'intDiv(number, 100) + 1',
  idx: 'number % 100',
  event_id: "concat('e-', hex(cityHash64(number, 9)))",
  type,
  time: 'at',
  received_at: 'at',
  applied_at: 'at',
  source: "'web'",
  channel: "multiIf(t IN (83, 92, 93), 'pos', t % 3 = 0, 'app', 'web')",
  facet_id: facetOf('who', DEVICE),
  profile_id:
    `if(${DEVICE} AND who % ${STRANGER_EVERY} = 0 AND toUnixTimestamp64Milli(at) < ${JOINED}, ` +
    `${stranger('who')}, ${uuidOf('who')})`,
  currency: "if(bought, 'CNY', '')",
  order_namespace: "if(bought, 'default', '')",
  order_id: "if(bought, concat('o-', toString(number)), '')",
  order_transition: "if(bought, 'completed', '')",
  order_ledger: 'bought',
  total: 'if(bought, spent, 0)',
  spend: 'if(bought, spent, 0)',
  item_id: `if(t < 60, ${item(20)}, '')`,
  category: "if(t < 60, concat('c-', toString(who % 40)), '')",
  brand: "if(t < 60, concat('b-', toString(who % 90)), '')",
  price: 'if(t < 60, toDecimal64(spent / 100, 6), NULL)',
  item_ids: `if(bought, [${item(21)}, ${item(22)}], [])`,
  kinds: "if(bought, ['goods', 'goods'], [])",
  quantities: 'if(bought, [1, 1], [])',
  amounts: 'if(bought, [spent, 0], [])',
};

/** As long as that of an ordinary view. */
const raw =
  `concat('{"id":"', event_id, '","type":"', type, '","time":', toString(toUnixTimestamp64Milli(time)), ` +
  `',"source":"web","channel":"web","claims":[{"type":"anonymous_id","hash":"', hex(sipHash128(who)), '","verified":true}],"facet":"', ` +
  `facet_id, '","properties":{"item_id":"', item_id, '","price":', toString(spent), ',"position":', toString(t), ` +
  `'},"context":{"page":"/p/', item_id, '","locale":"zh-CN"}}')`;

function blockSql(offset: number, rows: number): string {
  const columns = historyColumns.events.filter((name) => name in values);
  const made = columns.map((name) => `${values[name]} AS ${name}`).join(', ');
  return (
    `INSERT INTO events (${columns.join(', ')}, raw) SELECT ${columns.join(', ')}, ${raw} AS raw FROM (SELECT ${made}, t, who, ` +
    `spent FROM (SELECT number, ${draw(2, 100)} AS t, ${person} AS who, t >= 83 AND t < 88 AS bought, ` +
    `toInt64(900 + ${draw(3, 60_000)}) AS spent, ` +
    `fromUnixTimestamp64Milli(toInt64(${FROM} + ${draw(4, 365 * DAY)}), 'UTC') AS at FROM numbers(${offset}, ${rows})))`
  );
}

const beginning = `fromUnixTimestamp64Milli(toInt64(${FROM}))`;
const joined = `fromUnixTimestamp64Milli(toInt64(${JOINED}))`;
const facetsSql =
  `INSERT INTO facets (seq, idx, facet_id, profile_id, change, at) SELECT number + 1, k, ${facetOf('number', 'k')}, ` +
  `if(k = 1 AND number % ${STRANGER_EVERY} = 0, ${stranger('number')}, ${uuidOf('number')}), 'created', ${beginning} ` +
  `FROM (SELECT number, arrayJoin([0::UInt8, 1::UInt8]) AS k FROM numbers(${PEOPLE}))`;
const movedPeople = `(SELECT number * ${STRANGER_EVERY} AS who FROM numbers(${PEOPLE / STRANGER_EVERY}))`;
const movesSql =
  `INSERT INTO facets (seq, facet_id, profile_id, change, move, at) SELECT ${PEOPLE} + who + 1, ${facetOf('who', '1::UInt8')}, ` +
  `${uuidOf('who')}, 'moved', who + 1, ${joined} FROM ${movedPeople}`;
const mergesSql =
  `INSERT INTO merges (seq, winner, loser, rule, source, at) SELECT ${PEOPLE} + who + 1, ${uuidOf('who')}, ` +
  `${stranger('who')}, 'shared_identifier', 'web', ${joined} FROM ${movedPeople}`;

const WARM = 5;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const address = { kind: 'chdb', path } as const;
const founding = await openClickHouseHistory({ address, database: DATABASE });
await founding.migrate();
const filled = Number((await readHistoryRows(founding, 'SELECT count() AS n FROM events'))[0]?.n);
await founding.close();
if (filled < ROWS) await fill();

async function fill(): Promise<void> {
  const connections = await openConnections(address, DATABASE);
  await connections.writer.run(async (client) => {
    for (let offset = filled; offset < ROWS; offset += PER_BLOCK) {
      await client.command({ query: blockSql(offset, Math.min(PER_BLOCK, ROWS - offset)) });
      process.stderr.write(`\r${Math.min(ROWS, offset + PER_BLOCK)} of ${ROWS} rows`);
    }
    for (const query of [facetsSql, movesSql, mergesSql]) await client.command({ query });
  });
  process.stderr.write('\n');
  await connections.close();
}

const history = await openClickHouseHistory({ address, database: DATABASE });
const ask = (sql: string) => readHistoryRows(history, sql);
const [size] = await ask(
  `SELECT sum(rows) AS rows, sum(data_compressed_bytes) AS bytes, count() AS parts FROM system.parts ` +
    `WHERE active AND database = '${DATABASE}' AND table = 'events'`,
).catch(() => [undefined]);
if (size !== undefined)
  print(
    `${Number(size.rows)} events in ${Number(size.parts)} parts: ${(Number(size.bytes) / Number(size.rows)).toFixed(1)} bytes each`,
  );

const stretch = { from: TO - 90 * DAY, to: TO };
const cohorts = {
  ...stretch,
  from: FROM,
  period: 'month',
  zone: 'Asia/Shanghai',
  currency: 'CNY',
  periodsMax: 12,
} as const;
const questions: Partial<Questions> = {
  rfm: { to: TO, currency: 'CNY', zone: 'Asia/Shanghai', today: Math.floor(TO / DAY) },
  funnel: {
    ...stretch,
    ...{ windowMs: 7 * DAY, byChannel: false, channelsMax: 12 },
    steps: ['product_viewed', 'product_added', 'order_completed'].map((name) => ({ name, type: name })),
  },
  retention: { ...cohorts, event: 'order_completed' },
  clv: cohorts,
  campaigns: { ...stretch, days: 7, currency: 'CNY', campaignsMax: 100 },
  channels: { ...stretch, days: 30, currency: 'CNY' },
  basket: { ...stretch, ordersMin: 5, itemsMax: 500, sort: 'lift', limit: 100 },
  times: { ...stretch, event: 'product_viewed', zone: 'Asia/Shanghai' },
};
// Who is no customer is asked as the engine asks it; nobody is, here.
const strangers = async () => (await ask(spokenOfSql)).map(({ profile_id }) => String(profile_id));
const analyses = createAnalyses({ strangers });
print(`| analysis | first | warm (median of ${WARM}) | CPU of one | rows |\n|---|---|---|---|---|`);
for (const name of Object.keys(questions) as AnalysisName[])
  await time(name, questions[name] as Questions[typeof name]);
print(`RSS ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
await history.close();
if (kept === undefined) rmSync(directory, { recursive: true, force: true });

async function time<Name extends AnalysisName>(name: Name, question: Questions[Name]): Promise<void> {
  const took: number[] = [];
  const used: number[] = [];
  let rows = 0;
  try {
    for (let i = 0; i <= WARM; i += 1) {
      const [before, cpu] = [performance.now(), process.cpuUsage()];
      rows = (await analyses[name](question, ask)).table.rows.length;
      took.push(performance.now() - before);
      // Of the process: one thread of ClickHouse, and next to nothing else.
      const { user, system } = process.cpuUsage(cpu);
      used.push((user + system) / 1_000);
    }
  } catch (error) {
    print(`| ${name} | ${error instanceof Error ? error.message.slice(0, 160) : ''} | | | |`);
    return;
  }
  const [first = 0, ...warm] = took;
  const middle = (values: readonly number[]): string =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]?.toFixed(0) ?? '';
  print(`| ${name} | ${first.toFixed(0)} ms | ${middle(warm)} ms | ${middle(used.slice(1))} ms | ${rows} |`);
}
