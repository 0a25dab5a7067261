/**
 * Why the columns of history are stored as they are: the same values under other codecs and types, in the order of the sorting key, with
 * the bytes of each and what a query over it takes; other sorting keys; an event as JSON text or of ClickHouse's type JSON; features of
 * snapshots as text, map or JSON. The events are those that benchmarks/analytics.ts makes and keeps.
 * Run: npx tsx benchmarks/analytics.ts 1000000 --keep DIRECTORY, then npx tsx benchmarks/history-codecs.ts DIRECTORY [rows]
 */
import { join } from 'node:path';
import { openConnections } from '../src/adapters/clickhouse/connection.ts';
import { TesseraError } from '../src/errors.ts';
import { formatTable } from './support/report.ts';

const [directory, rowsText] = process.argv.slice(2);
if (directory === undefined)
  throw new TesseraError('internal', 'which directory has benchmarks/analytics.ts kept?');
const ROWS = Number(rowsText ?? 1_000_000);
const SOURCE = 'bench_tessera.events';
const TIMES = 5;

const KEY = '(type, toDate(time), facet_id, time, event_id)';

/**
 * A column, and how it might be stored; the first way is the one that is shipped. Gorilla is for floating points, of which history has none;
 * ClickHouse refuses it elsewhere.
 */
const COLUMNS: readonly (readonly [name: string, ways: readonly string[], query: string])[] = [
  [
    'seq',
    [
      'UInt64 CODEC(T64, ZSTD(1))',
      'UInt64 CODEC(Delta, ZSTD(1))',
      'UInt64 CODEC(ZSTD(1))',
      'UInt64 CODEC(LZ4)',
    ],
    'max(value)',
  ],
  [
    'time',
    [
      "DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))",
      "DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1))",
      "DateTime64(3, 'UTC') CODEC(T64, ZSTD(1))",
      "DateTime64(3, 'UTC') CODEC(ZSTD(1))",
    ],
    'max(value)',
  ],
  ['event_id', ['String CODEC(ZSTD(1))', 'String CODEC(ZSTD(3))', 'String CODEC(LZ4)'], 'sum(length(value))'],
  ['facet_id', ['String CODEC(ZSTD(1))', 'String CODEC(ZSTD(3))', 'LowCardinality(String)'], 'uniq(value)'],
  ['profile_id', ['String CODEC(ZSTD(1))', 'String CODEC(ZSTD(3))', 'LowCardinality(String)'], 'uniq(value)'],
  ['type', ['LowCardinality(String)', 'String CODEC(ZSTD(1))'], "countIf(value = 'order_completed')"],
  ['channel', ['LowCardinality(String)', 'String CODEC(ZSTD(1))'], "countIf(value = 'pos')"],
  ['category', ['LowCardinality(String)', 'String CODEC(ZSTD(1))'], "countIf(value = 'c-7')"],
  ['item_id', ['String CODEC(ZSTD(1))', 'LowCardinality(String)'], "countIf(value = 'spu-7')"],
  [
    'total',
    ['Int64 CODEC(T64, ZSTD(1))', 'Int64 CODEC(Delta, ZSTD(1))', 'Int64 CODEC(ZSTD(1))'],
    'sum(value)',
  ],
  [
    'price',
    ['Nullable(Decimal(18, 6)) CODEC(ZSTD(1))', 'Nullable(Decimal(18, 6)) CODEC(ZSTD(3))'],
    'sum(value)',
  ],
  [
    'raw',
    ['String CODEC(ZSTD(3))', 'String CODEC(ZSTD(1))', 'String CODEC(ZSTD(6))', 'JSON CODEC(ZSTD(3))'],
    '',
  ],
];

const POSITION_OF_RAW: Readonly<Record<string, string>> = {
  String: "sum(JSONExtractInt(value, 'properties', 'position'))",
  JSON: 'sum(value.properties.position::Int64)',
};

const KEYS = [
  KEY,
  '(type, time, event_id)',
  '(facet_id, time, event_id)',
  '(toDate(time), type, facet_id, time, event_id)',
];

const FEATURES = 60;
const FEATURE_ROWS = Math.min(100_000, ROWS);
const featuresText = `concat('{', arrayStringConcat([${Array.from(
  { length: FEATURES },
  (_, n) =>
    `concat('"feature_${n}":', toString(if(cityHash64(number, ${n}) % 3 = 0, 0, cityHash64(number, ${n}) % ${1 + n * 7})))`,
).join(', ')}], ','), '}')`;
const FEATURE_WAYS: readonly (readonly [way: string, made: string, query: string])[] = [
  ['JSON CODEC(ZSTD(3))', 'value::JSON', 'avg(value.feature_30::Float64)'],
  ['String CODEC(ZSTD(3))', 'value', "avg(JSONExtractFloat(value, 'feature_30'))"],
  [
    'Map(LowCardinality(String), Float64) CODEC(ZSTD(1))',
    "JSONExtract(value, 'Map(String, Float64)')",
    "avg(value['feature_30'])",
  ],
];

const { writer, close } = await openConnections(
  { kind: 'chdb', path: join(directory, 'history') },
  'codecs_tessera',
);

async function run(query: string): Promise<string> {
  return await writer.run(async (client) => {
    const { stream } = await client.exec({ query });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text.trim();
  });
}

async function fill(way: string, order: string, select: string): Promise<void> {
  await run('DROP TABLE IF EXISTS trial');
  await run(
    `CREATE TABLE trial (${way}) ENGINE = MergeTree ORDER BY ${order} SETTINGS min_bytes_for_wide_part = 0`,
  );
  await run(`INSERT INTO trial ${select} SETTINGS max_insert_threads = 1, optimize_on_insert = 1`);
  await run('OPTIMIZE TABLE trial FINAL');
}

async function bytesOf(columns = ''): Promise<number> {
  return Number(
    await run(
      `SELECT sum(column_data_compressed_bytes) FROM system.parts_columns WHERE active AND database = 'codecs_tessera' AND table = 'trial' ${columns} FORMAT TSV`,
    ),
  );
}

/** The median of some runs, after one that is not counted. */
async function millisecondsOf(query: string): Promise<string> {
  const taken: number[] = [];
  for (let i = 0; i <= TIMES; i++) {
    const began = performance.now();
    await run(query);
    if (i > 0) taken.push(performance.now() - began);
  }
  return (taken.sort((a, b) => a - b)[Math.floor(TIMES / 2)] ?? 0).toFixed(1);
}

const print = (title: string, head: readonly string[], lines: readonly (readonly string[])[]): void =>
  void process.stdout.write(`\n${title}\n${formatTable(head, lines)}\n`);

await run('DROP TABLE IF EXISTS sorted');
await run(`CREATE TABLE sorted ENGINE = MergeTree ORDER BY ${KEY} AS SELECT * FROM ${SOURCE} LIMIT ${ROWS}`);
await run('OPTIMIZE TABLE sorted FINAL');

const columnLines: string[][] = [];
for (const [name, ways, query] of COLUMNS) {
  for (const way of ways) {
    const made = way.startsWith('JSON') ? `${name}::JSON` : name;
    await fill(`value ${way}`, 'tuple()', `SELECT ${made} FROM sorted ORDER BY ${KEY}`);
    const asked = query === '' ? (POSITION_OF_RAW[way.split(' ')[0] ?? ''] ?? '') : query;
    const line = [
      name,
      way,
      ((await bytesOf()) / ROWS).toFixed(2),
      await millisecondsOf(`SELECT ${asked} FROM trial FORMAT TSV`),
    ];
    columnLines.push(line);
    process.stderr.write(`${line.join(' ')}\n`);
  }
}
print(`${ROWS} events`, ['column', 'stored as', 'bytes a row', 'query, ms'], columnLines);

const keyLines: string[][] = [];
const one = await run(`SELECT any(facet_id) FROM sorted WHERE type = 'order_completed' FORMAT TSV`);
for (const key of KEYS) {
  const columns =
    "type LowCardinality(String), time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)), facet_id String CODEC(ZSTD(1)), event_id String CODEC(ZSTD(1)), profile_id String CODEC(ZSTD(1)), channel LowCardinality(String), total Int64 CODEC(T64, ZSTD(1)), INDEX facet facet_id TYPE bloom_filter(0.01) GRANULARITY 4";
  await fill(columns, key, 'SELECT type, time, facet_id, event_id, profile_id, channel, total FROM sorted');
  keyLines.push([
    key,
    ((await bytesOf()) / ROWS).toFixed(2),
    ((await bytesOf("AND column = 'facet_id'")) / ROWS).toFixed(2),
    await millisecondsOf(
      "SELECT channel, sum(total) FROM trial WHERE type = 'order_completed' AND time >= (SELECT max(time) FROM sorted) - INTERVAL 7 DAY GROUP BY channel FORMAT TSV",
    ),
    await millisecondsOf(`SELECT time, type FROM trial WHERE facet_id = '${one}' ORDER BY time FORMAT TSV`),
  ]);
}
print(
  'sorting keys',
  ['key', 'bytes a row', 'of facet_id', 'orders of a week, ms', "a facet's events, ms"],
  keyLines,
);

const featureLines: string[][] = [];
await run('DROP TABLE IF EXISTS drawn');
await run(
  `CREATE TABLE drawn ENGINE = MergeTree ORDER BY tuple() AS SELECT ${featuresText} AS value FROM numbers(${FEATURE_ROWS})`,
);
for (const [way, made, query] of FEATURE_WAYS) {
  await fill(`value ${way}`, 'tuple()', `SELECT ${made} FROM drawn`);
  featureLines.push([
    way,
    ((await bytesOf()) / FEATURE_ROWS).toFixed(1),
    await millisecondsOf(`SELECT ${query} FROM trial FORMAT TSV`),
  ]);
}
print(
  `${FEATURE_ROWS} snapshots of ${FEATURES} features`,
  ['stored as', 'bytes a row', 'one feature, ms'],
  featureLines,
);
await run('DROP DATABASE codecs_tessera');
await close();
