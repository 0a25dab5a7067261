import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMigrations } from '../../src/adapters/clickhouse/migrations.ts';
import { TesseraError } from '../../src/errors.ts';
import { decisionRow } from '../../src/model/decision-rows.ts';
import { facetRow, historyColumns, identityRow, mergeRow } from '../../src/model/history-rows.ts';
import { quarantineAttemptRow, quarantineRow } from '../../src/model/quarantine-rows.ts';
import { rowKey } from '../../src/model/spool-entry.ts';
import type { History } from '../../src/ports/history.ts';
import { createHistoryRows } from '../../src/serve/history-rows.ts';
import { describeOwnership } from './history-ownership.ts';
import { AT, eventLine, sampleEvent, scalar } from './history-samples.ts';
import { describeSnapshots } from './history-snapshots.ts';

export interface HistorySuite {
  readonly name: string;
  /** A fresh, empty history; the suite migrates it. */
  readonly open: () => Promise<History>;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof TesseraError ? error.code : String(error)),
  );
}

export function describeHistory(suite: HistorySuite): void {
  describe(`history: ${suite.name}`, () => {
    let history: History;
    beforeAll(async () => {
      history = await suite.open();
      await history.migrate();
    });
    afterAll(async () => history.close());

    it('applies its migrations once, however often it is told to', async () => {
      await history.migrate();
      await history.migrate();
      const { length } = await readMigrations();
      const applied = await scalar(history, 'SELECT count(), uniqExact(version) FROM migrations');
      expect(applied).toBe(`${length}\t${length}`);
    });

    it('keeps one row per position when a block is inserted again under its token', async () => {
      const lines = [eventLine(100, 0), eventLine(100, 1), eventLine(101, 0)];
      for (let i = 0; i < 3; i += 1) await history.insert({ table: 'events', lines }, 'suite:once');
      expect(await scalar(history, 'SELECT count() FROM events WHERE seq IN (100, 101)')).toBe('3');
    });

    it('recognizes a large block again, since it stays one block', async () => {
      const lines = Array.from({ length: 6_000 }, (_, i) => eventLine(200, i));
      for (let i = 0; i < 2; i += 1) await history.insert({ table: 'events', lines }, 'suite:large');
      expect(await scalar(history, 'SELECT count() FROM events WHERE seq = 200')).toBe('6000');
    });

    it('inserts equal rows twice under two tokens: the token alone decides', async () => {
      const lines = [eventLine(300, 0)];
      await history.insert({ table: 'events', lines }, 'suite:a');
      await history.insert({ table: 'events', lines }, 'suite:b');
      expect(await scalar(history, 'SELECT count() FROM events WHERE seq = 300')).toBe('2');
    });

    it('says which rows of a range are there', async () => {
      const lines = [eventLine(400, 0), eventLine(400, 2), eventLine(402, 1)];
      await history.insert({ table: 'events', lines }, 'suite:present');
      expect(await history.present('events', 0, 400, 401)).toEqual(
        new Set([rowKey(400, 0, 0), rowKey(400, 2, 0)]),
      );
      expect(await history.present('events', 1, 400, 402)).toEqual(new Set());
      expect(await history.present('facets', 0, 400, 402)).toEqual(new Set());
    });

    it('keeps times to the millisecond, amounts exactly and the raw text byte for byte', async () => {
      const event = sampleEvent('exact', {
        type: 'order_completed',
        currency: 'GBP',
        order: {
          namespace: 'default',
          order_id: 'o-1',
          transition: 'completed',
          refund_id: '',
          ledger: true,
          total: 1234,
          spend: 415,
          refund: 0,
          total_only: false,
        },
        properties: {
          note: 'tab\t newline\n quote" backslash\\ 裙 \u2028',
          products: [
            { item_id: 'i-1', quantity: 1.236, price: 415, amount: 513, kind: 'goods', category: 'a/b' },
            { item_id: 'POST', quantity: 1, price: 0.1, amount: 0, kind: 'freight' },
          ],
        },
      });
      await history.insert({ table: 'events', lines: [eventLine(500, 0, event)] }, 'suite:exact');
      const row: unknown = JSON.parse(
        await history.query(
          'SELECT time, applied_at, total, spend, item_ids, quantities, prices, amounts, kinds, raw FROM events WHERE seq = 500',
          'JSONCompactEachRow',
        ),
      );
      expect(row).toEqual([
        '2026-11-21 10:00:00.123',
        '2026-11-21 10:00:00.132',
        1234,
        415,
        ['i-1', 'POST'],
        [1.236, 1],
        [4.15, 0.001],
        [513, 0],
        ['goods', 'freight'],
        JSON.stringify(event),
      ]);
    });

    it('takes a row of every other table', async () => {
      const cause = { partition: 0, seq: 600, index: 0, ordinal: 1 };
      const rows = [
        facetRow({ facetId: 'f', profileId: 'p', change: 'created', at: AT, cause }),
        mergeRow({ winner: 'p', loser: 'q', rule: 'phone', source: 's', eventId: 'e', at: AT, cause }),
        identityRow({
          change: 'refused',
          profileId: 'p',
          otherProfileId: 'q',
          identifier: 'phone:h',
          rule: 'limit',
          reason: 'one_ever',
          source: 's',
          eventId: 'e',
          author: 'a',
          at: AT,
          cause,
        }),
        decisionRow(
          {
            id: 'd',
            trigger: 't',
            profile_id: 'p',
            decision: 'fired',
            at: AT,
            event_id: 'e',
            channel: 'sms',
            payload: { coupon: 'X' },
            trace: { matched: 3 },
          },
          cause,
        ),
        quarantineRow(
          {
            id: 'q',
            source: 's',
            receivedAt: AT,
            code: 'too_deep',
            path: '/a',
            message: 'm',
            sealed: 'v1.x',
            type: 'product_viewed',
            channel: 'web',
            schemaVersion: 'product_viewed@0a',
          },
          cause,
        ),
        quarantineAttemptRow(
          { id: 'q', status: 'applied', state: 'replayed' },
          { author: 'ops', at: AT, cause },
        ),
      ];
      for (const row of rows) {
        await history.insert(
          { table: row.table, lines: [JSON.stringify(row.values)] },
          `suite:each:${row.table}`,
        );
        expect(await history.present(row.table, 0, 600, 600)).toEqual(new Set([rowKey(600, 0, 1)]));
      }
    });

    it('takes rows that waited since before their table got another column, and lists them with the newer ones', async () => {
      const decided = (id: string, seq: number, more: object) =>
        decisionRow(
          {
            id,
            trigger: 't',
            profile_id: 'p-old',
            decision: 'deferred',
            reason: 'quiet_hours',
            at: AT,
            event_id: 'e',
            channel: 'sms',
            payload: {},
            trace: { key: 'cart-1', version: 'v1' },
            ...more,
          },
          { partition: 0, seq, index: 0, ordinal: 0 },
        ).values;
      const old = decided('old', 610, {}).slice(0, historyColumns.decisions.indexOf('key'));
      const lines = [old, decided('new', 611, { until: AT + 1 })].map((row) => JSON.stringify(row));
      await history.insert({ table: 'decisions', lines }, 'suite:old');
      const columns = 'id, key, version, toUnixTimestamp64Milli(until)';
      const sql = `SELECT ${columns} FROM decisions WHERE seq IN (610, 611) ORDER BY seq`;
      expect((await scalar(history, sql)).split('\n')).toEqual([
        'old\t\t\t\\N',
        `new\tcart-1\tv1\t${AT + 1}`,
      ]);
      const { rows, next } = await createHistoryRows(history).decisions({ profileId: 'p-old', limit: 1 });
      expect(rows).toMatchObject([{ id: 'new', until: AT + 1, trace: { version: 'v1' } }]);
      const rest = await createHistoryRows(history).decisions({
        profileId: 'p-old',
        limit: 9,
        before: next ?? '',
      });
      expect(rest).toMatchObject({ rows: [{ id: 'old', decision: 'deferred', reason: 'quiet_hours' }] });
    });

    it('shows the events of merged people under the person whom they belong to now', async () => {
      const cause = (seq: number) => ({ partition: 0, seq, index: 0, ordinal: 0 });
      const moves = [
        facetRow({
          facetId: 'facet-of-m-1',
          profileId: 'loser',
          change: 'created',
          at: AT,
          cause: cause(700),
        }),
        facetRow({
          facetId: 'facet-of-m-2',
          profileId: 'winner',
          change: 'created',
          at: AT,
          cause: cause(701),
        }),
        facetRow({
          facetId: 'facet-of-m-1',
          profileId: 'winner',
          change: 'moved',
          at: AT,
          cause: cause(702),
        }),
      ];
      await history.insert(
        { table: 'facets', lines: moves.map((row) => JSON.stringify(row.values)) },
        'suite:moves',
      );
      const lines = [
        eventLine(710, 0, sampleEvent('m-1'), 'loser'),
        eventLine(710, 1, sampleEvent('m-2'), 'winner'),
      ];
      await history.insert({ table: 'events', lines }, 'suite:merged');
      const sql = "SELECT event_id FROM events_by_profile WHERE profile_id = 'winner' ORDER BY event_id";
      expect(await scalar(history, sql)).toBe('m-1\nm-2');
      expect(await scalar(history, "SELECT count() FROM events_by_profile WHERE event_id = 'e-100-0'")).toBe(
        '1',
      );
    });

    describeOwnership(() => history);
    describeSnapshots(() => history);

    it('erases the rows of people and their names in rows of others, and keeps their orders unlinked', async () => {
      const order = {
        order: {
          namespace: 'shop',
          order_id: 'kept-1',
          transition: 'completed' as const,
          refund_id: '',
          ledger: true,
          total: 900,
          spend: 800,
          refund: 0,
          total_only: false,
        },
      };
      const lines = [
        eventLine(900, 0, sampleEvent('gone-1', { facet: 'gone-facet', ...order })),
        eventLine(900, 1, sampleEvent('gone-2', { facet: 'gone-facet~1' })),
        eventLine(
          900,
          2,
          sampleEvent('stays-1', { facet: 'other-facet', properties: { by: 'gone-hash', of: 'x' } }),
        ),
        eventLine(900, 3, sampleEvent('stays-2', { facet: 'other-facet' })),
      ];
      await history.insert({ table: 'events', lines }, 'suite:erase');
      const row = (profileId: string, otherProfileId: string, index: number): string =>
        JSON.stringify(
          identityRow({
            change: 'linked',
            profileId,
            otherProfileId,
            identifier: 'x:y',
            at: AT,
            cause: { partition: 0, seq: 900, index, ordinal: 0 },
          }).values,
        );
      await history.insert(
        { table: 'identity_changes', lines: [row('gone-profile', 'p-2', 4), row('p-2', 'gone-profile', 5)] },
        'suite:erase-identity',
      );
      const names = {
        facets: ['gone-facet', 'gone-facet~1'],
        profiles: ['gone-profile'],
        identifiers: ['phone:gone-hash'],
        quarantined: [],
        until: AT + 10,
      };
      for (const _again of [1, 2]) await history.blank({ ...names, events: ['stays-1'] });
      expect(await history.erase(names)).toEqual({ events: 2, identity_changes: 1 });
      expect(await history.erase(names)).toEqual({});
      expect(await scalar(history, 'SELECT event_id FROM events WHERE seq = 900 ORDER BY event_id')).toBe(
        'stays-1\nstays-2',
      );
      const raw = await scalar(history, "SELECT raw FROM events WHERE seq = 900 AND event_id = 'stays-1'");
      expect(JSON.parse(raw)).toMatchObject({ id: 'stays-1', properties: { by: '', of: 'x' } });
      const rows = 'SELECT profile_id, other_profile_id FROM identity_changes WHERE seq = 900';
      expect(await scalar(history, rows)).toBe('p-2');
      expect(await scalar(history, 'SELECT order_id, total, spend FROM retained_orders')).toBe(
        'kept-1\t900\t800',
      );
    });

    it('answers in the format of the query, or else in the one asked for', async () => {
      expect(await history.query('SELECT 1 AS a, 2 AS b', 'CSV')).toBe('1,2\n');
      expect(await history.query('SELECT 1 AS a, 2 AS b FORMAT JSONEachRow;', 'CSV')).toBe('{"a":1,"b":2}\n');
    });

    it('refuses to write, and stays as it was', async () => {
      const before = await scalar(history, 'SELECT count() FROM events');
      for (const sql of [
        "INSERT INTO merges (winner) VALUES ('x')",
        'DROP TABLE events',
        'TRUNCATE TABLE events',
        'ALTER TABLE events DELETE WHERE 1',
        'CREATE TABLE x (a UInt8) ENGINE = Memory',
        'SET readonly = 0',
        'SYSTEM DROP MARK CACHE',
        'KILL QUERY WHERE 1',
        'USE default',
        'OPTIMIZE TABLE events',
        'DETACH TABLE events',
      ]) {
        expect([sql, await codeOf(history.query(sql, 'TSV'))]).toEqual([sql, 'sql_error']);
      }
      expect(await scalar(history, 'SELECT count() FROM events')).toBe(before);
    });

    it('reports a query that ClickHouse refuses as an error of the query', async () => {
      expect(await codeOf(history.query('SELECT nonsense', 'TSV'))).toBe('sql_error');
      expect(await codeOf(history.query('SELECT * FROM absent', 'TSV'))).toBe('sql_error');
      expect(await codeOf(history.query('SELECT number FROM system.numbers', 'TSV'))).toBe('sql_error');
    });

    it('never shows what a failed query had already found in the answer to the next one', async () => {
      for (let i = 0; i < 3; i += 1) {
        expect(await codeOf(history.query('SELECT number FROM system.numbers', 'TSV'))).toBe('sql_error');
        expect(await history.query('SELECT 1', 'TSV')).toBe('1\n');
      }
    });

    it('reports a block that cannot be inserted, and takes the corrected one', async () => {
      expect(await codeOf(history.insert({ table: 'events', lines: ['[0,800,0'] }, 'suite:broken'))).toBe(
        'history_unavailable',
      );
      await history.insert({ table: 'events', lines: [eventLine(800, 0)] }, 'suite:mended');
      expect(await scalar(history, 'SELECT count() FROM events WHERE seq = 800')).toBe('1');
    });
  });
}
