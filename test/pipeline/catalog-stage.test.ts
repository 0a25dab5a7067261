import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { PendingMoment } from '../../src/model/catalog.ts';
import { keys } from '../../src/model/keys.ts';
import type { MomentMessage } from '../../src/model/record.ts';
import { foldMoment, keyOfMoment, momentNeeds, takeMoment } from '../../src/pipeline/catalog-stage.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const message = (n: number): MomentMessage => ({
  type: 'moment',
  version: 3,
  n,
  moment: { id: `3-${n}`, kind: 'back_in_stock', item: 'spu', at: 5 },
  names: [{ name: 'spu', of: 'item' }],
});

describe('moments of a partition', () => {
  it('are kept until a record says that all who wait were woken', () => {
    const view = new MapView();
    const context = recordingContext(view, { seq: 1, now: 5 });
    takeMoment(message(0), context);
    const key = keyOfMoment(message(0));
    foldMoment({ kind: 'moment', key, reached: { name: 0, after: 'w/spu/p7' } }, context);
    expect(view.get<PendingMoment>(key)).toMatchObject({ name: 0, after: 'w/spu/p7' });
    foldMoment({ kind: 'moment', key }, context);
    expect(view.get(key)).toBeUndefined();
    expect(view.get(keys.pendingMoments)).toEqual({ pending: 0 });
    // The record came twice, as it does when two nodes look after a partition.
    foldMoment({ kind: 'moment', key }, context);
    expect(view.get(keys.pendingMoments)).toEqual({ pending: 0 });
  });

  it('are bounded: what comes beyond is dropped and counted', () => {
    const view = new MapView();
    const context = recordingContext(view, { seq: 1, now: 5 });
    view.put(keys.pendingMoments, { pending: limits.momentsPendingMax - 1 });
    takeMoment(message(0), context);
    takeMoment(message(1), context);
    expect(view.under('p/').size).toBe(1);
    expect(context.effects).toEqual([{ kind: 'counter', name: 'catalog_moments_dropped', value: 1 }]);
  });

  it('name the entries that they read', () => {
    const nothing = Object.assign(new MapView(), { has: () => false });
    expect(momentNeeds(keyOfMoment(message(0)), nothing)).toEqual([
      keys.pendingMoments,
      keys.pendingMoment(3, 0),
    ]);
  });
});
