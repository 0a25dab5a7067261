import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseHistory } from '../../../src/adapters/clickhouse/history.ts';
import { type HistoryFront, startHistoryFront } from '../../../src/adapters/clickhouse/history-front.ts';
import { limits } from '../../../src/limits.ts';
import type { History } from '../../../src/ports/history.ts';
import { eventLine } from '../../conformance/history-samples.ts';
import { escapes, openings } from '../../support/front-requests.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const KEY = 'sk_of-the-front';
const SECRET = 'the-master-key-of-the-host';
const BASIC = `Basic ${Buffer.from(`default:${KEY}`).toString('base64')}`;

interface Asked {
  readonly query?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly method?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

let directory: TemporaryDirectory;
let history: History;
let reading: HistoryFront;
let writing: HistoryFront;

beforeAll(async () => {
  directory = createTemporaryDirectory();
  const path = join(directory.path, 'history');
  history = await openClickHouseHistory({ address: { kind: 'chdb', path }, database: 'main_tessera' });
  await history.migrate();
  await history.insert({ table: 'events', lines: [eventLine(1, 0), eventLine(1, 1)] }, 'main:p0:1-1:events');
  const options = { path, database: 'main_tessera', port: 0, authorize: (key: string) => key === KEY };
  reading = await startHistoryFront({ ...options, writable: false });
  writing = await startHistoryFront({ ...options, writable: true });
  writeFileSync(join(directory.path, 'secret.csv'), `${SECRET}\n`);
});
afterAll(async () => {
  await reading.stop();
  await writing.stop();
  await history.close();
  directory.remove();
});

/** One request, as it goes over the wire; the body is not inflated. */
async function ask(front: HistoryFront, { query, body, method, parameters, headers }: Asked) {
  const url = new URL(front.url);
  if (query !== undefined) url.searchParams.set('query', query);
  for (const [name, value] of Object.entries(parameters ?? {})) url.searchParams.set(name, value);
  const response = await fetch(url, {
    method: method ?? 'POST',
    headers: { Authorization: BASIC, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const { status, headers: answered } = response;
  const text = await response.text();
  return { status, text, headers: answered, number: answered.get('x-clickhouse-exception-code') };
}

const sql = async (front: HistoryFront, body: string, parameters: Asked['parameters'] = {}) =>
  (await ask(front, { body, parameters })).text;

describe("ClickHouse's interface", () => {
  it('says that it is there to whoever knocks, and nothing else without a key', async () => {
    for (const path of ['/ping', '/replicas_status', '/']) {
      expect(await (await fetch(reading.url + path)).text()).toBe('Ok.\n');
    }
    expect((await fetch(`${reading.url}/play`)).status).toBe(404);
    const nobody = await ask(reading, { body: 'SELECT 1', headers: { Authorization: '' } });
    expect([nobody.status, nobody.number]).toEqual([401, '516']);
    const stranger = Buffer.from('default:guess').toString('base64');
    const refused = await ask(reading, { body: 'SELECT 1', headers: { Authorization: `Basic ${stranger}` } });
    expect([refused.status, refused.number]).toEqual([401, '516']);
  });

  it('takes the key as a password, in a header, in the address, or alone', async () => {
    const alone = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`;
    for (const headers of [
      { Authorization: BASIC },
      { Authorization: alone },
      { Authorization: `Bearer ${KEY}` },
      { Authorization: '', 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': KEY },
    ]) {
      expect((await ask(reading, { body: 'SELECT 1', headers })).text).toBe('1\n');
    }
    const parameters = { user: 'default', password: KEY };
    const inAddress = await ask(reading, { body: 'SELECT 1', headers: { Authorization: '' }, parameters });
    expect(inAddress.text).toBe('1\n');
  });

  it('finds the statement in the address, the body, or first one and then the other', async () => {
    expect((await ask(reading, { query: 'SELECT 1', method: 'GET' })).text).toBe('1\n');
    expect((await ask(reading, { body: 'SELECT 2' })).text).toBe('2\n');
    expect((await ask(reading, { query: 'SELECT', body: '3' })).text).toBe('3\n');
  });

  it('takes values of parameters as ClickHouse has them', async () => {
    const parameters = { param_n: '41', param_s: "it's \\t\\\\ 裙", param_a: "['x','y']" };
    const text = await sql(reading, 'SELECT {n:UInt32} + 1, {s:String}, {a:Array(String)}[2]', {
      ...parameters,
      default_format: 'JSONCompactEachRow',
    });
    expect(JSON.parse(text)).toEqual([42, "it's \t\\ 裙", 'y']);
  });

  it('finds itself where history is, whatever it calls the database', async () => {
    for (const parameters of [{}, { database: 'default' }, { database: 'main_tessera' }]) {
      expect(await sql(reading, 'SELECT count() FROM events', parameters)).toBe('2\n');
    }
    const elsewhere = await ask(reading, { body: 'SELECT 1', parameters: { database: 'absent' } });
    expect([elsewhere.status, elsewhere.number]).toEqual([404, '81']);
    expect((await ask(reading, { body: 'SELECT 1', parameters: { database: 'a`b' } })).status).toBe(400);
  });

  it('tells what it did in the headers', async () => {
    const answer = await ask(reading, {
      body: 'SELECT event_id FROM events ORDER BY event_id',
      parameters: { query_id: 'q-1', default_format: 'JSONEachRow', send_progress_in_http_headers: '1' },
    });
    expect(answer.text).toBe('{"event_id":"e-1-0"}\n{"event_id":"e-1-1"}\n');
    expect(answer.headers.get('x-clickhouse-query-id')).toBe('q-1');
    expect(answer.headers.get('x-clickhouse-format')).toBe('JSONEachRow');
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    expect(answer.headers.get('x-clickhouse-timezone')).toBeTruthy();
    const summary: unknown = JSON.parse(answer.headers.get('x-clickhouse-summary') ?? '');
    expect(summary).toMatchObject({ read_rows: '2', written_rows: '0', result_bytes: '42' });
    expect(answer.headers.get('x-clickhouse-progress')).toBe(answer.headers.get('x-clickhouse-summary'));
  });

  it('reports an error as ClickHouse does: its number, its name, and a status to go with it', async () => {
    for (const [body, status, number] of [
      ['SELECT nonsense', 404, '47'],
      ['SELECT * FROM absent', 404, '60'],
      ['SELECT 1 +', 400, '62'],
      ['SELECT 1 FORMAT Nonsense', 400, '497'],
      ["SELECT toUInt8('x')", 400, '6'],
    ] as const) {
      const answer = await ask(reading, { body });
      expect([body, answer.status, answer.number]).toEqual([body, status, number]);
      expect(answer.text).toMatch(
        new RegExp(`^Code: ${number}\\. DB::Exception: .*\\(\\w+\\) \\(version \\d`, 's'),
      );
    }
  });

  it('compresses what it is asked to, and inflates what it gets', async () => {
    const body = gzipSync('SELECT 7');
    expect((await ask(reading, { body, headers: { 'Content-Encoding': 'gzip' } })).text).toBe('7\n');
    const deflated = deflateSync('SELECT 8');
    expect((await ask(reading, { body: deflated, headers: { 'Content-Encoding': 'deflate' } })).text).toBe(
      '8\n',
    );
    const broken = body.subarray(0, 12);
    expect((await ask(reading, { body: broken, headers: { 'Content-Encoding': 'gzip' } })).number).toBe(
      '354',
    );
    expect((await ask(reading, { body: 'x', headers: { 'Content-Encoding': 'zstd' } })).status).toBe(501);
    // Inflated by fetch; the header tells that there was something to inflate.
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const answer = await ask(reading, {
        body: 'SELECT number FROM system.numbers LIMIT 3',
        headers: { 'Accept-Encoding': encoding },
        parameters: { enable_http_compression: '1' },
      });
      expect([answer.headers.get('content-encoding'), answer.text]).toEqual([encoding, '0\n1\n2\n']);
    }
    expect([gunzipSync(gzipSync('a')), inflateSync(deflateSync('a'))].map(String)).toEqual(['a', 'a']);
    const own = await ask(reading, { body: 'SELECT 1', parameters: { compress: '1' } });
    expect([own.status, own.text.includes('compress=0')]).toEqual([501, true]);
  });

  it.each(
    openings.flatMap(({ client, parameters, statements }) =>
      statements.map((statement) => ({ client, parameters, statement })),
    ),
  )('answers $client: $statement', async ({ parameters, statement }) => {
    for (const front of [reading, writing]) {
      const answer = await ask(front, { body: statement, parameters });
      expect([statement, answer.number, answer.status]).toEqual([statement, null, 200]);
    }
  });

  it.each(escapes)('is no way into the host: %s', async (template) => {
    const out = join(directory.path, 'out.csv');
    const statement = template.replaceAll('FILE', join(directory.path, 'secret.csv')).replaceAll('OUT', out);
    await sql(writing, 'CREATE TABLE IF NOT EXISTS t (a String) ENGINE = MergeTree ORDER BY a');
    for (const front of [reading, writing]) {
      for (const session of [{}, { session_id: 'way' }]) {
        const parameters = { ...session, param_t: join(directory.path, 'secret.csv') };
        const answer = await ask(front, { body: statement, parameters });
        expect([statement, answer.status]).not.toEqual([statement, 200]);
        expect(answer.text).not.toContain(SECRET);
      }
    }
    expect(existsSync(out)).toBe(false);
    expect(await sql(writing, `SELECT count() FROM t WHERE a LIKE '%${SECRET}%'`)).toBe('0\n');
  });
});

describe('reading', () => {
  it('changes nothing, whichever way it is asked', async () => {
    for (const body of [
      'INSERT INTO events FORMAT JSONEachRow {}',
      'DROP TABLE events',
      'TRUNCATE TABLE events',
      'CREATE TABLE x (a UInt8) ENGINE = Memory',
      'SET max_threads = 4',
      'USE default',
    ]) {
      for (const front of [reading, writing]) {
        const asked = front === reading ? { body } : { query: body, method: 'GET' };
        const answer = await ask(front, asked);
        expect([body, answer.status, answer.number]).toEqual([body, 403, '164']);
      }
      const readonly = await ask(writing, { body, parameters: { readonly: '1' } });
      expect([body, readonly.number]).toEqual([body, '164']);
    }
    expect(await sql(reading, 'SELECT count() FROM events')).toBe('2\n');
  });

  it('stays within bounds that a client can tighten and not lift', async () => {
    const many = 'SELECT number FROM system.numbers LIMIT 200000';
    const lifted = await ask(reading, { body: many, parameters: { max_result_rows: '0' } });
    expect([lifted.status, lifted.number]).toEqual([500, '396']);
    const higher = await ask(reading, { body: many, parameters: { max_result_rows: '999999' } });
    expect(higher.number).toBe('396');
    const tighter = { max_result_rows: '5', result_overflow_mode: 'break', max_block_size: '5' };
    expect((await sql(reading, many, tighter)).trim().split('\n').length).toBeLessThan(100);
    expect(await sql(reading, "SELECT getSetting('max_threads')", { max_threads: '64' })).toBe('1\n');
    const body = "SELECT getSetting('max_memory_usage')";
    expect(await sql(reading, body)).toBe(`${limits.sqlMemoryBytesMax}\n`);
  });

  it('takes settings that only shape the answer, and refuses others as ClickHouse refuses a reader', async () => {
    const shaped = await sql(reading, 'SELECT toUInt64(1) AS a', {
      output_format_json_quote_64bit_integers: '1',
      default_format: 'JSONEachRow',
    });
    expect(shaped).toBe('{"a":"1"}\n');
    for (const name of ['format_schema', 'dialect', 'allow_experimental_database_replicated']) {
      const answer = await ask(reading, { body: 'SELECT 1', parameters: { [name]: 'x' } });
      expect([name, answer.number]).toEqual([name, '164']);
    }
  });

  it('refuses what is longer than a request may be', async () => {
    const zeros = gzipSync(Buffer.alloc(limits.historyBodyBytesMax + 1));
    const answer = await ask(writing, { body: zeros, headers: { 'Content-Encoding': 'gzip' } });
    expect([answer.status, answer.number]).toEqual([413, '307']);
    const binary = await ask(reading, { body: new Uint8Array([0x53, 0xff]) });
    expect(binary.status).toBe(400);
  });

  it('answers several at once, each its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => sql(reading, `SELECT sum(number) + ${i} FROM numbers(100000)`)),
    );
    expect(answers).toEqual(Array.from({ length: 12 }, (_, i) => `${4999950000 + i}\n`));
  });
});

describe('writing, where it is allowed', () => {
  it('inserts rows of any text format, once per token', async () => {
    await sql(
      writing,
      'CREATE TABLE lines (n UInt32, s String) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100',
    );
    for (let i = 0; i < 3; i += 1) {
      const answer = await ask(writing, {
        query: 'INSERT INTO lines FORMAT JSONEachRow',
        body: '{"n":1,"s":"{a}"}\n{"n":2,"s":"裙\\n"}\n',
        parameters: { insert_deduplication_token: 'once' },
      });
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect(JSON.parse(answer.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({
        written_rows: '2',
      });
    }
    await ask(writing, { body: "INSERT INTO lines VALUES (3, 'c'), (4, upper('d'))" });
    await ask(writing, { query: 'INSERT INTO lines FORMAT CSV', body: '5,"e, f"\n' });
    expect(await sql(reading, 'SELECT groupArray((n, s)) FROM (SELECT * FROM lines ORDER BY n)')).toBe(
      "[(1,'{a}'),(2,'裙\\n'),(3,'c'),(4,'D'),(5,'e, f')]\n",
    );
    const binary = await ask(writing, { query: 'INSERT INTO lines FORMAT RowBinary', body: 'x' });
    expect([binary.status, binary.number]).toEqual([501, '48']);
    await sql(writing, 'DROP TABLE lines');
  });

  it('keeps what a session sets, and what a request sets only for the request', async () => {
    const session = { session_id: 's-1' };
    await sql(writing, 'CREATE TEMPORARY TABLE mine (a UInt8)', session);
    await sql(writing, 'INSERT INTO mine VALUES (1), (2)', session);
    await sql(writing, "SET session_timezone = 'Asia/Shanghai'", session);
    expect(await sql(writing, 'SELECT count(), timezone() FROM mine', session)).toBe('2\tAsia/Shanghai\n');
    const once = { ...session, session_timezone: 'Asia/Tokyo' };
    expect(await sql(writing, 'SELECT timezone()', once)).toBe('Asia/Tokyo\n');
    expect(await sql(writing, 'SELECT timezone()', session)).toBe('Asia/Shanghai\n');
    const other = await ask(writing, { body: 'SELECT * FROM mine', parameters: { session_id: 's-2' } });
    expect(other.number).toBe('60');
    const unknown = { session_id: 's-3', session_check: '1' };
    expect((await ask(writing, { body: 'SELECT 1', parameters: unknown })).number).toBe('373');
  });
});

describe('the client of ClickHouse itself', () => {
  it('connects, pings, asks with parameters, streams and inserts', async () => {
    const options = { url: writing.url, password: KEY, database: 'main_tessera' };
    const compression = { request: true, response: true };
    const client = createClient({ ...options, compression, log: { level: ClickHouseLogLevel.OFF } });
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
    const found = await client.query({
      query: 'SELECT event_id FROM events WHERE type = {type:String} ORDER BY event_id',
      query_params: { type: 'product_viewed' },
      format: 'JSONEachRow',
    });
    expect(await found.json()).toEqual([{ event_id: 'e-1-0' }, { event_id: 'e-1-1' }]);
    await client.command({ query: 'CREATE TABLE own (a UInt32) ENGINE = MergeTree ORDER BY a' });
    await client.insert({ table: 'own', values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow' });
    const streamed = await client.query({ query: 'SELECT a FROM own ORDER BY a', format: 'JSONEachRow' });
    const rows: unknown[] = [];
    for await (const batch of streamed.stream<{ a: number }>())
      for (const row of batch) rows.push(row.json());
    expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    await expect(client.query({ query: 'SELECT nonsense' })).rejects.toMatchObject({ code: '47' });
    await client.close();
    const reader = createClient({ ...options, url: reading.url, log: { level: ClickHouseLogLevel.OFF } });
    const insert = reader.insert({ table: 'own', values: [{ a: 3 }], format: 'JSONEachRow' });
    await expect(insert).rejects.toMatchObject({ code: '164', type: 'READONLY' });
    await reader.close();
  });
});
