import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consentRows } from '../../src/model/consent-rows.ts';
import { conservationRow } from '../../src/model/conservation.ts';
import { decisionRow, segmentRow } from '../../src/model/decision-rows.ts';
import { deliveryRow } from '../../src/model/delivery-row.ts';
import type { HistoryTable } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import {
  eventRow,
  facetRow,
  flagDecisionRow,
  historyColumns,
  identityRow,
  mergeRow,
} from '../../src/model/history-rows.ts';
import type { LedgerFact } from '../../src/model/loyalty.ts';
import { pointsRow, timedPointsRow } from '../../src/model/points-rows.ts';
import { quarantineAttemptRow, quarantineRow } from '../../src/model/quarantine-rows.ts';
import { servedRow } from '../../src/model/served-answer.ts';
import { snapshotRow } from '../../src/model/snapshot-row.ts';
import { sqlTime } from '../../src/model/sql-time.ts';

const cause = { partition: 3, seq: 17, index: 4, ordinal: 2 };
const event: Event = {
  id: 'e-1',
  type: 'product_viewed',
  time: 1_000,
  receivedAt: 2_000,
  source: 'shop',
  channel: 'web',
  claims: [],
  facet: 'f-1',
  properties: {},
};

function valuesOf(changed: Partial<Event>): Record<string, unknown> {
  const merged: Event = { ...event, ...changed };
  const row = eventRow({
    event: merged,
    rawText: '{}',
    cause,
    facetId: 'f-1~2',
    profileId: 'p-1',
    appendedAt: 3_000,
  });
  return Object.fromEntries(historyColumns.events.map((name, i) => [name, row.values[i]]));
}

/** Column names of each table as the SQL declares them: the lines of CREATE TABLE that begin with a name and a type, and what was added. */
/** What ClickHouse makes of other columns by itself. */
const MADE_BY_HISTORY = ['facet_hash', 'profile_hash', 'order_hash', 'refund_hash', 'has_kind'];

function columnsInSql(): Record<string, string[]> {
  const folder = new URL('../../deploy/clickhouse/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const sql = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  const tables: Record<string, string[]> = {};
  for (const [, table, body] of sql.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)\n\(\n([\s\S]*?)\n\)\n/g)) {
    const names = [...(body ?? '').matchAll(/^ {4}`?(\w+)`? +[A-Z]\w+/gm)].map((match) => match[1] ?? '');
    tables[table ?? ''] = names.filter((name) => name !== 'INDEX');
  }
  for (const [, table, name] of sql.matchAll(/ALTER TABLE (\w+) ADD COLUMN IF NOT EXISTS (\w+)/g))
    if (!MADE_BY_HISTORY.includes(name ?? '')) tables[table ?? '']?.push(name ?? '');
  return tables;
}

const fact: LedgerFact = {
  key: 'o\0default\x001',
  kind: 'earn',
  time: 1,
  tie: 'pos\0e-1',
  since: 1,
  version: 'v',
  order: 'default\x001',
  by: 'order',
  points: 9,
  micro: 9,
  spend: 9,
  lines: [],
  holdMs: 0,
  deliveryMs: undefined,
  expiresAt: Number.MAX_SAFE_INTEGER,
  rounding: 'down',
  author: '',
};

describe('history rows', () => {
  it('name the columns that the SQL declares, in its order', () => {
    // Orders that the law keeps without a person, and what is known of rows that were removed, are written by statements of their own.
    const { retained_orders: _unlinked, removed_rows: _removed, ...tables } = columnsInSql();
    expect(tables).toEqual(historyColumns);
  });

  it('have one value per column and begin with their position', () => {
    const rows = [
      eventRow({ event, rawText: '{}', cause, facetId: 'f', profileId: 'p', appendedAt: 1 }),
      facetRow({ facetId: 'f', profileId: 'p', change: 'created', at: 1, cause }),
      mergeRow({ winner: 'a', loser: 'b', rule: 'phone', source: 's', eventId: 'e', at: 1, cause }),
      identityRow({ change: 'linked', profileId: 'p', at: 1, cause }),
      decisionRow(
        {
          id: 'd',
          trigger: 't',
          profile_id: 'p',
          decision: 'suppressed',
          reason: 'cooldown',
          at: 1,
          event_id: 'e',
          channel: 'sms',
          payload: {},
          trace: {},
        },
        cause,
      ),
      segmentRow(
        {
          id: 'c',
          segment: 'vip',
          version: 'v',
          profile_id: 'p',
          change: 'entered',
          at: 1,
          cause: 'event',
          event_id: 'e',
        },
        cause,
      ),
      pointsRow(fact, { kind: 'earn', profileId: 'p', facetId: 'f', at: 1, cause }),
      timedPointsRow(
        { change: 'expired', at: 1, points: 5, lot: 'o', id: 'c', profile_id: 'p' },
        { version: 'v', cause },
      ),
      quarantineRow(
        { id: 'q', source: 's', receivedAt: 1, code: 'c', path: '', message: 'm', sealed: 'v1' },
        cause,
      ),
      quarantineAttemptRow(
        { id: 'q', status: 'rejected', state: 'waiting', code: 'c', schemaVersion: 's@v' },
        { author: 'ops', at: 1, cause },
      ),
      deliveryRow({
        delivery: {
          id: 'd.revoked',
          webhook: 'crm',
          since: 1,
          due: 1,
          attempts: 2,
          firing: {
            id: 'd',
            trigger: 't',
            profile_id: 'p',
            decision: 'revoked',
            at: 1,
            event_id: 'e',
            channel: 'sms',
            payload: {},
            trace: {},
          },
        },
        change: 'failed',
        result: { outcome: 'failed', failure: 'status', status: 500 },
        at: 1,
        cause,
      }),
      servedRow(
        {
          ...{ id: 'r', at: 1, profile: 'p', placement: 'home', store: '', strategy: 'trending' },
          ...{ personalized: false, items: [{ item_id: 'i', strategy: 'trending' }] },
        },
        cause,
      ),
      ...consentRows({
        event: {
          ...{ id: 'e', type: 'consent_changed', time: 1, receivedAt: 1, source: 's', channel: 'web' },
          ...{ claims: [], facet: 'f', properties: { method: 'form' } },
          consent: { sharing: true, notices: { privacy: 2 } },
        },
        known: new Map(),
        facetId: 'f',
        profileId: 'p',
        at: 1,
        cause: () => cause,
      }),
    ];
    rows.push(
      conservationRow({
        minute: 60_000,
        source: 's',
        tallies: { received: 3, applied: 1, duplicate: 1, quarantined: 1, refused: 0 },
        at: 1,
        cause,
      }),
    );
    rows.push(flagDecisionRow({ flag: 'price-0-1-0-0', decision: 'dismissed', author: 'ann', at: 1, cause }));
    rows.push(
      snapshotRow(
        {
          ...{
            profileId: 'p',
            day: '2026-11-21',
            at: 1,
            kind: 'customer',
            lifecycle: null,
            tier: '',
            points: 0,
          },
          ...{
            segments: [],
            tags: [],
            pending: 0,
            features: {},
            consents: {},
            events: 0,
            firstSeen: null,
            lastSeen: null,
          },
        },
        cause,
      ),
    );
    // The audit log writes lines of its own, with no place in a partition.
    const { audit: _lines, ...written } = historyColumns;
    expect(new Set(rows.map((row) => row.table))).toEqual(new Set(Object.keys(written)));
    for (const { table, values } of rows) {
      expect(values).toHaveLength(historyColumns[table satisfies HistoryTable].length);
      expect(values.slice(0, 4)).toEqual([3, 17, 4, 2]);
    }
  });

  it('sign points by what they do to the balance, and keep expiries that the column can hold', () => {
    const named = (row: { readonly values: readonly unknown[] }) =>
      Object.fromEntries(historyColumns.points.map((name, i) => [name, row.values[i]]));
    const about = { profileId: 'p', facetId: 'f', at: 1, cause };
    expect(named(pointsRow(fact, { ...about, kind: 'earn' }))).toMatchObject({
      kind: 'earn',
      lot: 'o:default:1',
      points: 9,
      order_id: '1',
      source: 'pos',
      event_id: 'e-1',
      expires_at: '2299-01-01 00:00:00.000',
    });
    const burned = { ...fact, kind: 'burn', expiresAt: undefined } as const;
    expect(named(pointsRow(burned, { ...about, kind: 'refused' }))).toMatchObject({
      kind: 'refused',
      points: -9,
      expires_at: null,
    });
    const tier = { change: 'tier', at: 1, from: 'a', to: 'b', up: true, id: 'c', profile_id: 'p' } as const;
    expect(named(timedPointsRow(tier, { version: 'v', cause }))).toMatchObject({ kind: 'tier', reason: 'b' });
  });

  it('say of a change to identity what is known, and leave the rest empty', () => {
    const named = (row: { readonly values: readonly unknown[] }) =>
      Object.fromEntries(historyColumns.identity_changes.map((name, i) => [name, row.values[i]]));
    expect(named(identityRow({ change: 'closed', profileId: 'p-1', at: 0, cause }))).toMatchObject({
      change: 'closed',
      profile_id: 'p-1',
      other_profile_id: '',
      identifier: '',
      rule: '',
      reason: '',
      source: '',
      event_id: '',
      author: '',
      at: '1970-01-01 00:00:00.000',
    });
    const everything = identityRow({
      change: 'split',
      profileId: 'p-1',
      otherProfileId: 'p-2',
      identifier: 'phone:h',
      rule: 'command',
      reason: 'unmerged',
      source: 's',
      eventId: 'e',
      author: 'server',
      at: 5,
      cause,
    });
    expect(everything.values.slice(4, -1)).toEqual([
      'split',
      'p-1',
      'p-2',
      'phone:h',
      'command',
      'unmerged',
      's',
      'e',
      'server',
    ]);
  });

  it('keep order amounts in minor units and prices in major units', () => {
    const values = valuesOf({
      currency: 'JPY',
      order: {
        namespace: 'n',
        order_id: 'o',
        transition: 'refunded',
        refund_id: 'r',
        ledger: true,
        total: -1_200,
        spend: -1_000,
        refund: 1_200,
        total_only: false,
      },
      properties: { price: 1_500, products: [{ item_id: 7, quantity: 2, price: 750, amount: 1_500 }] },
    });
    expect(values).toMatchObject({
      order_transition: 'refunded',
      total: -1_200,
      spend: -1_000,
      refund: 1_200,
      price: '1500',
      item_ids: ['7'],
      quantities: ['2.0000'],
      prices: ['750'],
      amounts: [1_500],
      kinds: ['goods'],
    });
  });

  it('leave out a price that is absent, has no currency or is sealed', () => {
    expect(valuesOf({ currency: 'CNY' }).price).toBeNull();
    expect(valuesOf({ properties: { price: 5 } }).price).toBeNull();
    expect(valuesOf({ currency: 'ZZZ', properties: { price: 5 } }).price).toBeNull();
    expect(valuesOf({ currency: 'CNY', properties: { price: { $sealed: 'x' } } }).price).toBeNull();
    expect(valuesOf({ currency: 'CNY', properties: { price: 0 } }).price).toBe('0.00');
  });

  it('take the store from the context before the properties, and never a sealed value', () => {
    expect(valuesOf({ context: { store: 'A' }, properties: { store: 'B' } }).store).toBe('A');
    expect(valuesOf({ context: { store: { $sealed: 'x' } }, properties: { store: 'B' } }).store).toBe('B');
  });

  it('write times as a Date would', () => {
    const dates = fc.integer({ min: -5e12, max: 2e14 });
    fc.assert(
      fc.property(dates, (at) => {
        const iso = new Date(at).toISOString();
        fc.pre(iso.length === 24);
        expect(sqlTime(at)).toBe(`${iso.slice(0, 10)} ${iso.slice(11, 23)}`);
      }),
      { numRuns: 2_000 },
    );
    for (let year = 1_970; year < 2_110; year += 1) {
      for (const [month, day] of [
        [1, 28],
        [1, 29],
        [2, 1],
        [11, 31],
        [0, 1],
      ] as const) {
        const at = Date.UTC(year, month, day);
        expect(sqlTime(at)).toBe(`${new Date(at).toISOString().slice(0, 10)} 00:00:00.000`);
      }
    }
  });
});
