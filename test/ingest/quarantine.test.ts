import { describe, expect, it } from 'vitest';
import type { QuarantineRow } from '../../src/ingest/quarantine.ts';
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

const unknown = {
  id: 'e-1',
  type: 'sample_requested',
  identifiers: { user_id: 'u-10', phone: '13900001111' },
  properties: { item_id: 'spu-1' },
};

describe('replay from quarantine', () => {
  it('takes an event the way it came once nothing stands against it, and counts it once', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    const refused = await strict.send([unknown]);
    expect(refused.rejected).toMatchObject([{ index: 0, id: 'e-1', code: 'unknown_type' }]);
    const [row] = keptRows(strict);
    expect(row?.id).toBe(refused.rejected[0]?.quarantine_id);

    const open = await createFusedEngine();
    for (let time = 0; time < 2; time++) {
      expect(await open.replay(row as QuarantineRow)).toEqual({ quarantine_id: row?.id, status: 'accepted' });
      await open.drain();
    }
    const outcomes = open.committed.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome.status));
    expect(outcomes).toEqual(['applied', 'duplicate']);
    const view = await open.profiles.byIdentifier('phone', '13900001111', { reveal: true });
    expect(view?.identifiers).toEqual({ phone: ['+8613900001111'], user_id: ['u-10'] });
  });

  it('keeps an event anew that still does not fit', async () => {
    const engine = await createFusedEngine();
    await engine.send([{ type: 'order_completed', identifiers: { user_id: 'u-10' }, properties: {} }]);
    const [row] = keptRows(engine);
    const again = await engine.replay(row as QuarantineRow);
    expect(again).toMatchObject({ quarantine_id: row?.id, status: 'rejected', code: 'schema_violation' });
    expect(keptRows(engine)).toHaveLength(2);
  });

  it('gives an event without an id that of its row, so that replaying twice counts once', async () => {
    const strict = await createFusedEngine({ allowCustomTypes: false });
    const { id, ...nameless } = unknown;
    await strict.send([nameless]);
    const [row] = keptRows(strict);
    const open = await createFusedEngine();
    await open.replay(row as QuarantineRow);
    await open.replay(row as QuarantineRow);
    await open.drain();
    const statuses = open.committed.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome.status));
    expect(statuses).toEqual(['applied', 'duplicate']);
    expect(id).toBe('e-1');
  });

  it('puts an event that failed on applying into the log as it stood there', async () => {
    const engine = await createFusedEngine();
    const { accepted } = await engine.send([{ ...unknown, type: 'product_viewed' }]);
    const canonical = JSON.stringify(accepted[0]?.event);
    const other = await createFusedEngine();
    await other.replay({ id: 'q-1', source: 'secret', receivedAt: 0, sealed: canonical });
    await other.drain();
    const view = await other.profiles.byIdentifier('user_id', 'u-10', { reveal: true });
    expect((await featuresOf(other, view?.profile_id ?? '')).views_lifetime).toBe(1);
  });
});
