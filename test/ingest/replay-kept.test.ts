import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuarantineRow } from '../../src/ingest/replay-kept.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { decodeRecord } from '../../src/runner/codec.ts';
import { createFusedEngine, type FusedEngine, featuresOf } from '../support/fused-engine.ts';

/** Rows of the quarantine as history would answer them, read from the log. */
function keptRows(engine: FusedEngine): QuarantineRow[] {
  return engine.log
    .read(0, 1_000)
    .flatMap(({ records }) => records.map((bytes) => decodeRecord(bytes).record))
    .filter((record) => record.kind === 'quarantine')
    .map(({ id, source, receivedAt, sealed }) => ({ id, source, receivedAt, sealed }));
}

/** Events in the log, in its order. */
function eventsIn(engine: FusedEngine) {
  return engine.log
    .read(0, 10_000)
    .flatMap(({ records }) => records.map((bytes) => decodeRecord(bytes).record))
    .flatMap((record) => (record.kind === 'event' || record.kind === 'routed' ? [record.event] : []));
}

function statusesOf(engine: FusedEngine): readonly string[] {
  return engine.committed.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome.status));
}

const unknown = {
  id: 'e-1',
  type: 'sample_requested',
  identifiers: { user_id: 'u-10', phone: '13900001111' },
  properties: { item_id: 'spu-1' },
};

describe('what is kept of an event', () => {
  it('says its type and its channel where they were understood, and nothing that only looks like them', async () => {
    const engine = await createFusedEngine({ allowCustomTypes: false });
    await engine.send([
      { ...unknown, type: 'Sample Requested', channel: 'app' },
      { ...unknown, type: 7, channel: '13900001111' },
    ]);
    const records = engine.log
      .read(0, 1_000)
      .flatMap(({ records }) => records.map((bytes) => decodeRecord(bytes).record))
      .filter((record) => record.kind === 'quarantine');
    expect(records.map(({ type, channel }) => [type, channel])).toEqual([
      ['sample_requested', 'app'],
      [undefined, 'web'],
    ]);
  });
});

describe('kept events on their way again', () => {
  it('are taken the way they came once nothing stands against them, and counted once', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    const refused = await strict.send([unknown]);
    expect(refused.rejected).toMatchObject([{ index: 0, id: 'e-1', code: 'unknown_type' }]);
    const rows = keptRows(strict);
    expect(rows[0]?.id).toBe(refused.rejected[0]?.quarantine_id);

    const open = await createFusedEngine();
    for (const outcome of ['applied', 'duplicate'])
      expect(await open.replay(rows)).toEqual([{ quarantine_id: rows[0]?.id, status: 'accepted', outcome }]);
    expect(statusesOf(open)).toEqual(['applied', 'duplicate']);
    const view = await open.profiles.byIdentifier('phone', '13900001111', { reveal: true });
    expect(view?.identifiers).toEqual({ phone: ['+8613900001111'], user_id: ['u-10'] });
  });

  it('are not kept anew where they still do not fit, and say why', async () => {
    const engine = await createFusedEngine();
    await engine.send([{ type: 'order_completed', identifiers: { user_id: 'u-10' }, properties: {} }]);
    const rows = keptRows(engine);
    expect(await engine.replay(rows)).toMatchObject([
      { quarantine_id: rows[0]?.id, status: 'rejected', code: 'schema_violation', path: '/properties' },
    ]);
    expect(keptRows(engine)).toHaveLength(1);
  });

  it('are only looked at by a dry run', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    await strict.send([unknown, { type: 'order_completed', properties: {} }]);
    const open = await createFusedEngine();
    const before = open.log.stats().lastSeq;
    const results = await open.replay(keptRows(strict), true);
    expect(results.map(({ status, outcome }) => [status, outcome])).toEqual([
      ['accepted', undefined],
      ['rejected', undefined],
    ]);
    expect(open.log.stats().lastSeq).toBe(before);
  });

  it('take the names of their rows where they have none, so that replaying twice counts once', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    const { id, ...nameless } = unknown;
    await strict.send([nameless]);
    const open = await createFusedEngine();
    await open.replay(keptRows(strict));
    await open.replay(keptRows(strict));
    expect(statusesOf(open)).toEqual(['applied', 'duplicate']);
    expect(id).toBe('e-1');
  });

  it('keep the time at which they were received, and set nothing off once that is long ago', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    const time = strict.clock.now() - 1_000;
    await strict.send([{ ...unknown, time }]);
    const receivedAt = strict.clock.now();
    const soon = await createFusedEngine();
    await soon.replay(keptRows(strict));
    expect(eventsIn(soon)[0]).toMatchObject({ time, receivedAt });
    expect(eventsIn(soon)[0]).not.toHaveProperty('late');
    const later = await createFusedEngine();
    later.clock.advance(2 * DAY_MS);
    await later.replay(keptRows(strict));
    expect(eventsIn(later)[0]).toMatchObject({ time, receivedAt, late: true });
  });

  it('go into the log as they stood there where they failed on applying', async () => {
    const engine = await createFusedEngine();
    const { accepted } = await engine.send([{ ...unknown, type: 'product_viewed' }]);
    const canonical = JSON.stringify(accepted[0]?.event);
    const other = await createFusedEngine();
    await other.replay([{ id: 'q-1', source: 'secret', receivedAt: 0, sealed: canonical }]);
    const view = await other.profiles.byIdentifier('user_id', 'u-10', { reveal: true });
    expect((await featuresOf(other, view?.profile_id ?? '')).views_lifetime).toBe(1);
  });

  it.each([
    ['is a record of another kind', '{"kind":"wake","profile":"p","at":1}', 'data_format'],
    ['was changed', 'v1.i1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'seal_broken'],
  ])('do not wait for one that %s', async (_what, sealed, code) => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    await strict.send([unknown]);
    const open = await createFusedEngine();
    const broken = { id: 'q-broken', source: 'secret', receivedAt: 0, sealed };
    expect(await open.replay([broken, ...keptRows(strict)])).toMatchObject([
      { quarantine_id: 'q-broken', status: 'rejected', code },
      { status: 'accepted', outcome: 'applied' },
    ]);
  });

  it('bring their identifiers along where the log took nothing at first', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    await strict.send([unknown]);
    const open = await createFusedEngine();
    open.log.failNextAppend('before');
    await expect(open.replay(keptRows(strict))).rejects.toMatchObject({ code: 'log_unavailable' });
    expect(await open.replay(keptRows(strict))).toMatchObject([{ outcome: 'applied' }]);
    const view = await open.profiles.byIdentifier('user_id', 'u-10', { reveal: true });
    expect(view?.identifiers).toEqual({ phone: ['+8613900001111'], user_id: ['u-10'] });
  });

  it('do not mix where two replays are at work', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    await strict.send(Array.from({ length: 20 }, (_, n) => ({ ...unknown, id: `e-${n}` })));
    const open = await createFusedEngine();
    const rows = keptRows(strict);
    const [a, b] = await Promise.all([open.replay(rows.slice(0, 10)), open.replay(rows.slice(10))]);
    expect([...a, ...b].map(({ outcome }) => outcome)).toEqual(rows.map(() => 'applied'));
    expect(eventsIn(open).map(({ id }) => id)).toEqual(rows.map((_, n) => `e-${n}`));
  });

  it('go in in their order, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ person: fc.integer({ min: 0, max: 5 }), good: fc.boolean() }), {
          minLength: 1,
          maxLength: 30,
        }),
        async (sent) => {
          const strict = await createFusedEngine({ allowCustomTypes: false });
          await strict.send(
            sent.map(({ person, good }, n) => ({
              id: `e-${n}`,
              type: good ? 'sample_requested' : 'order_completed',
              identifiers: { user_id: `u-${person}` },
            })),
          );
          const open = await createFusedEngine();
          const results = await open.replay(keptRows(strict));
          expect(results.map(({ status }) => status)).toEqual(
            sent.map(({ good }) => (good ? 'accepted' : 'rejected')),
          );
          const wanted = sent.flatMap(({ good }, n) => (good ? [`e-${n}`] : []));
          expect(eventsIn(open).map(({ id }) => id)).toEqual(wanted);
        },
      ),
      { numRuns: 20 },
    );
  });
});
