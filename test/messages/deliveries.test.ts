import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import {
  deliveryNeeds,
  foldDeliver,
  foldDelivery,
  outgoingNeeds,
  queueDelivery,
} from '../../src/messages/deliveries.ts';
import { type CompiledWebhook, compileOutgoing } from '../../src/messages/outgoing.ts';
import type { Firing } from '../../src/model/trigger.ts';
import type { DeadLetter, Endpoint } from '../../src/model/webhook.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const webhook: CompiledWebhook = {
  version: 'v1',
  definition: { name: 'crm', url: 'https://crm.example/', decisions: ['fired', 'revoked'], secrets: [] },
};
const outgoing = compileOutgoing({ templates: [], webhooks: [webhook], coupons: [], triggers: [] });

function firingOf(id: string, decision: Firing['decision'] = 'fired'): Firing {
  return {
    id,
    trigger: 'offer',
    profile_id: 'p-1',
    decision,
    at: 1_000,
    event_id: 'e',
    channel: 'none',
    payload: {},
    trace: {},
  };
}

const standing: Endpoint = {
  version: 'v1',
  waiting: 0,
  delivered: 0,
  dead: 0,
  firstDead: 1,
  nextDead: 1,
  failures: 0,
  openUntil: 0,
  gone: false,
};

/** Knows only what it was given, as a cache does. */
class PartialView extends MapView {
  override has(key?: string): boolean {
    return key !== undefined && this.entries.has(key);
  }
}

const letterOf = (n: number): DeadLetter => ({
  n,
  id: `d${n}`,
  firing: firingOf(`d${n}`),
  attempts: 1,
  reason: 'status',
  status: 500,
  at: 1,
});

describe('the queue of an endpoint', () => {
  it('takes a decision in the same commit where the endpoint is at hand, and by a message where it is not', () => {
    const view = new PartialView();
    const context = recordingContext(view, { seq: 1, now: 5_000 });
    expect(outgoingNeeds(view, outgoing)).toEqual(['e/crm']);
    queueDelivery(firingOf('f1'), webhook, context);
    expect(context.sent).toEqual([
      { to: 'p-1', body: { type: 'deliver', webhook: 'crm', firing: firingOf('f1') } },
    ]);
    view.put('e/crm', standing);
    expect(outgoingNeeds(view, outgoing)).toEqual([]);
    queueDelivery(firingOf('f2'), webhook, context);
    expect(context.sent).toHaveLength(1);
    expect([...view.under('q/crm/').keys()]).toEqual(['000000000005000/f2']);
    expect(view.get<Endpoint>('e/crm')?.waiting).toBe(1);
  });

  it('knows what was fired and what was revoked of it apart', () => {
    const view = new MapView();
    const context = recordingContext(view, { seq: 1, now: 5_000 });
    queueDelivery(firingOf('f1'), webhook, context);
    queueDelivery(firingOf('f1', 'revoked'), webhook, context);
    expect([...view.under('q/crm/').keys()]).toEqual(['000000000005000/f1', '000000000005000/f1.revoked']);
  });

  it('is bounded: what comes beyond it is given up at once', () => {
    const view = new MapView();
    view.put('e/crm', { ...standing, waiting: limits.deliveriesWaitingMax });
    const context = recordingContext(view, { seq: 1, now: 5_000 });
    queueDelivery(firingOf('f1'), webhook, context);
    const [message] = context.sent;
    if (message?.body.type !== 'deliver') throw new TypeError('a message to the partition itself');
    foldDeliver(message.body, context, outgoing);
    expect(view.under('q/crm/').size).toBe(0);
    expect(view.get<DeadLetter>('z/crm/0000000001')).toMatchObject({ id: 'f1', reason: 'full' });
    expect(view.get<Endpoint>('e/crm')).toMatchObject({
      waiting: limits.deliveriesWaitingMax,
      dead: 1,
      nextDead: 2,
    });
  });

  it('keeps a bounded number of dead letters: the oldest gives way, whether it is still there or not', () => {
    const most = limits.deadLettersMax;
    const endpoint = { ...standing, dead: most, firstDead: 1, nextDead: most + 1, gone: true };
    const partial = new PartialView();
    partial.put('e/crm', endpoint);
    const step = {
      type: 'sent',
      id: 'f1',
      due: 5_000,
      result: { outcome: 'failed', failure: 'gone', status: 0 },
    } as const;
    const record = { kind: 'delivery', webhook: 'crm', step } as const;
    expect(deliveryNeeds(record, partial)).toEqual(['q/crm/000000000005000/f1', 'z/crm/0000000001']);
    for (const there of [true, false]) {
      const view = new MapView();
      view.put('e/crm', { ...endpoint, dead: there ? most : most - 1, waiting: 1 });
      if (there) view.put('z/crm/0000000001', letterOf(1));
      const context = recordingContext(view, { seq: 1, now: 6_000 });
      view.put('q/crm/000000000005000/f1', {
        id: 'f1',
        webhook: 'crm',
        firing: firingOf('f1'),
        since: 5_000,
        due: 5_000,
        attempts: 0,
      });
      foldDelivery(record, context, outgoing);
      expect(view.get('z/crm/0000000001')).toBeUndefined();
      expect(view.get<Endpoint>('e/crm')).toMatchObject({
        waiting: 0,
        dead: most,
        firstDead: 2,
        nextDead: most + 2,
      });
    }
  });

  it('changes nothing for what was dealt with before', () => {
    const view = new MapView();
    view.put('e/crm', standing);
    const context = recordingContext(view, { seq: 1, now: 5_000 });
    const result = { outcome: 'delivered', status: 200 } as const;
    foldDelivery(
      { kind: 'delivery', webhook: 'crm', step: { type: 'sent', id: 'f1', due: 1, result } },
      context,
      outgoing,
    );
    foldDelivery(
      { kind: 'delivery', webhook: 'crm', step: { type: 'replay', numbers: [1], author: '' } },
      context,
      outgoing,
    );
    expect(view.get('e/crm')).toBe(standing);
    expect(context.rows).toEqual([]);
  });
});
