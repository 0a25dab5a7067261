import { describe, expect, it } from 'vitest';
import { Definitions } from '../../../src/definitions/definitions.ts';
import { createEventTraces } from '../../../src/desks/event-trace/event-traces.ts';
import { TesseraError } from '../../../src/errors.ts';
import { EMPTY_POLICY } from '../../../src/model/identity-policy.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { RecentEvents } from '../../../src/serve/recent-events.ts';
import type { ProfileView } from '../../../src/serve/services.ts';
import { eventOf, MapView, recordingContext } from '../../support/fold-world.ts';
import { viewsFeature } from '../../support/fused-runner.ts';
import { triggerNamed } from '../../triggers/decision-scene.ts';

const definitions = new Definitions({ reportingCurrency: 'CNY' });
definitions.take(
  {
    ...{ kind: 'definitions', author: 'test', identity: EMPTY_POLICY },
    features: [viewsFeature, { ...viewsFeature, name: 'orders', on: ['order_completed'] }],
    triggers: [triggerNamed('fires'), triggerNamed('looks'), triggerNamed('off', { enabled: false })],
  },
  recordingContext(new MapView(), { seq: 1, now: 1 }),
);

/** History that answers by the table that a query names first; `away`: it answers nobody. */
function traces(tables: Readonly<Record<string, readonly JsonObject[]>> | 'away', recent = recentOf()) {
  return createEventTraces({
    definitions,
    recent,
    history: {
      async query(sql) {
        if (tables === 'away') throw new TesseraError('history_unavailable');
        const table = /FROM (\w+)/.exec(sql)?.[1] ?? '';
        return (tables[table] ?? []).map((row) => JSON.stringify(row)).join('\n');
      },
    },
    identity: {
      show: async (identifiers, { reveal }) =>
        identifiers.map((identifier) => ({
          identifier,
          type: 'anonymous_id',
          value: reveal ? 'open' : '***',
        })),
    },
    profiles: {
      byId: async (id, { features }) =>
        ({
          profile_id: id,
          features: Object.fromEntries([...(features ?? [])].map((name) => [name, { value: 3 }])),
        }) as unknown as ProfileView,
    },
  });
}

function recentOf(): RecentEvents {
  return new RecentEvents(() => 500);
}

const read = { reveal: false };
const event = eventOf('e-1', ['a1'], { time: 100, receivedAt: 200, source: 'web', channel: 'web' });
const applied = {
  ...{ partition: '0', seq: '42', idx: 1, received: '200', appended: '210' },
  ...{ facet_id: 'f1', profile_id: 'then', raw: JSON.stringify(event) },
};
const place = { partition: 'p0', spooled: 1 };

describe('a trace', () => {
  it('joins what history has with what the process has seen, and belongs to whoever has the facet now', async () => {
    const recent = recentOf();
    recent.committed(
      [{ record: { kind: 'event', event }, outcome: { status: 'applied', profileId: 'then' } }],
      place,
    );
    recent.inHistory('p0', 1);
    const about = { moment: '210', profile_id: 'then', source: 'web', event_id: 'e-1' };
    const [trace, ...more] = await traces(
      {
        events: [applied],
        facets_now: [{ facet_id: 'f1', profile_id: 'now' }],
        identity_changes: [
          { ...about, change: 'linked' },
          { ...about, source: 'app', change: 'linked' },
        ],
        segment_changes: [
          { ...about, segment: 'loyal' },
          { ...about, profile_id: 'other', segment: 'loyal' },
        ],
        points: [{ ...about, points: '7' }],
        decisions: [{ ...about, trigger: 'fires', reason: '', payload: '{}', trace: '{"checks":[]}' }],
      },
      recent,
    ).of({ id: 'e-1', read });
    expect(more).toEqual([]);
    expect(trace).toMatchObject({
      status: 'applied',
      times: { event: 100, received: 200, appended: 210, applied: 500, in_history: 500 },
      position: { partition: 0, seq: 42, index: 1 },
      history: { present: true },
      known: { times: 'measured', says: ['features are as they are now'] },
      identity: { profile_id: 'now', profile_id_then: 'then', identifiers: [{ value: '***' }] },
      features: [{ feature: 'views', value: 3 }],
      points: [{ points: 7, at: 210 }],
    });
    const { identity, segments, triggers } = trace as unknown as Record<string, Record<string, unknown[]>>;
    expect(identity?.changes).toHaveLength(1);
    expect(segments).toHaveLength(1);
    expect(triggers?.decisions).toEqual([
      expect.objectContaining({ trigger: 'fires', at: 210, trace: { checks: [] } }),
    ]);
    expect(triggers?.looked).toEqual(['looks']);
  });

  it('says what is only known from storage', async () => {
    const [trace] = await traces({ events: [applied] }).of({ id: 'e-1', read });
    expect(trace).toMatchObject({
      times: { applied: null, in_history: null },
      known: { times: 'stored' },
      identity: { profile_id: 'then' },
    });
  });

  it('has every receipt, a repeat as well, the newest first, and those of one source where one is asked for', async () => {
    const recent = recentOf();
    const again = { ...event, receivedAt: 300 };
    recent.committed(
      [{ record: { kind: 'event', event: again }, outcome: { status: 'duplicate', profileId: 'p' } }],
      place,
    );
    const both = traces({ events: [applied] }, recent);
    expect((await both.of({ id: 'e-1', read })).map(({ status }) => status)).toEqual([
      'duplicate',
      'applied',
    ]);
    expect(await both.of({ id: 'e-1', source: 'app', read })).toEqual([]);
  });

  it('of what is in quarantine has its reason and nothing of a profile', async () => {
    const kept = {
      ...{ id: 'q-1', event_id: '', source: 'web', type: 'product_viewed', channel: 'web', received: 200 },
      ...{
        code: 'schema_violation',
        path: '/type',
        message: 'm',
        schema_version: '',
        partition: 0,
        seq: 1,
        idx: 0,
      },
    };
    const [trace] = await traces({ quarantine: [kept] }).of({ id: 'q-1', read });
    expect(trace).toMatchObject({
      status: 'quarantined',
      code: 'schema_violation',
      quarantine: { id: 'q-1', path: '/type', message: 'm' },
      times: { received: 200, appended: null },
    });
    expect(trace).not.toHaveProperty('identity');
    expect(trace).not.toHaveProperty('event_id');
    const [named] = await traces({ quarantine: [{ ...kept, event_id: 'e-7' }] }).of({ id: 'q-1', read });
    expect(named).toMatchObject({ event_id: 'e-7', quarantine: { id: 'q-1' } });
  });

  it('answers from memory while history is away, and fails where memory knows nothing either', async () => {
    const recent = recentOf();
    recent.refused({
      id: 'e-2',
      type: '',
      channel: '',
      source: 'web',
      code: 'large',
      path: '',
      receivedAt: 1,
    });
    expect(await traces('away', recent).of({ id: 'e-2', read })).toMatchObject([
      {
        status: 'rejected',
        code: 'large',
        known: {
          says: [expect.stringMatching(/history cannot be asked/)],
          sentences: [{ code: 'history_away', text: expect.stringMatching(/history cannot be asked/) }],
        },
      },
    ]);
    await expect(traces('away').of({ id: 'e-1', read })).rejects.toMatchObject({
      code: 'history_unavailable',
    });
  });

  it('is empty where nobody knows of the event, and takes any id for a text', async () => {
    const asked: string[] = [];
    const desk = createEventTraces({
      ...{ definitions, recent: recentOf() },
      history: {
        async query(sql) {
          asked.push(sql);
          return '';
        },
      },
      identity: { show: async () => [] },
      profiles: { byId: async () => undefined },
    });
    expect(await desk.of({ id: "x' OR 1 --\\", read })).toEqual([]);
    expect(asked).toHaveLength(7);
    for (const sql of asked) expect(sql).toContain("'x\\' OR 1 --\\\\'");
  });
});
