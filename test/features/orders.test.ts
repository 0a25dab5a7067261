import { describe, expect, it } from 'vitest';
import { compileFeatures, type FeatureSet } from '../../src/features/compile.ts';
import { expandDefinitions } from '../../src/features/expand.ts';
import { comparable, readFeature } from '../../src/features/read.ts';
import { addEvent } from '../../src/features/update.ts';
import { limits } from '../../src/limits.ts';
import type { Event, OrderInfo } from '../../src/model/event.ts';
import type { FeatureValue } from '../../src/model/feature.ts';
import type { Facet } from '../../src/model/profile.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { fromTheStart } from '../oracle/definitions.ts';

const NOW = Date.UTC(2026, 5, 1);

const set: FeatureSet = compileFeatures(
  fromTheStart(
    expandDefinitions([
      { name: 'orders', on: 'order_completed', aggregate: 'count', window: 'lifetime' },
      {
        name: 'spend',
        on: ['order_completed', 'order_refunded'],
        aggregate: 'sum',
        of: 'order.spend',
        money: true,
        window: 'lifetime',
      },
      { name: 'cart', on: ['product_added', 'order_completed'], aggregate: 'cart', window: 'lifetime' },
    ]),
  ),
  { reportingCurrency: 'GBP' },
);

function facet(id = 'f-1'): Facet {
  const maps = { aggregates: new Map(), orders: new Map(), traits: new Map(), consents: new Map() };
  return { id, epoch: 0, events: 0, first: 0, last: 0, dedupDays: [], ...maps };
}

interface Report extends Partial<OrderInfo> {
  readonly id?: string;
  readonly at?: number;
  readonly currency?: string;
}

const TYPES = {
  completed: 'order_completed',
  refunded: 'order_refunded',
  cancelled: 'order_cancelled',
} as const;

function report({ id = 'e-1', at = NOW, currency = 'GBP', ...given }: Report): Event {
  const order: OrderInfo = {
    namespace: 'shop',
    order_id: 'o-1',
    transition: 'completed',
    refund_id: '',
    ledger: true,
    total: given.spend ?? 1_000,
    spend: 1_000,
    refund: 0,
    total_only: false,
    ...given,
  };
  return {
    id,
    type: TYPES[order.transition],
    time: at,
    receivedAt: at,
    source: 'shop',
    channel: 'web',
    claims: [],
    facet: 'f-1',
    currency,
    order,
    properties: { products: [{ item_id: 'i1', quantity: 1 }] },
  };
}

function read(name: string, facets: readonly Facet[], now = NOW): FeatureValue | undefined {
  return readFeature(set, name, facets, now);
}

describe('orders', () => {
  it('count once over two facets after a merge, and twice again after an unmerge', () => {
    const [web, store] = [facet('f-web'), facet('f-store')];
    addEvent(set, web, report({ id: 'browser' }), NOW);
    addEvent(set, store, report({ id: 'file', spend: 1_100, at: NOW - 1 }), NOW);
    expect(read('orders', [web, store])?.value).toBe(1);
    expect(read('spend', [web, store])?.value).toBe('11.00');
    expect([web, store].map((one) => read('orders', [one])?.value)).toEqual([1, 1]);
  });

  it('of different namespaces are different', () => {
    const one = facet();
    addEvent(set, one, report({ id: 'a' }), NOW);
    addEvent(set, one, report({ id: 'b', namespace: 'pos' }), NOW);
    expect(read('orders', [one])?.value).toBe(2);
  });

  it('stop counting when cancelled, whichever comes first and in whichever facet', () => {
    const [one, other] = [facet('f-1'), facet('f-2')];
    addEvent(set, other, report({ id: 'c', transition: 'cancelled' }), NOW);
    addEvent(set, one, report({ id: 'a' }), NOW);
    expect(read('orders', [one, other])?.value).toBe(0);
    expect(read('spend', [other, one])?.value).toBe('0.00');
    expect(read('orders', [one])?.value).toBe(1);
  });

  it('from behavior sources close the cart and count nothing', () => {
    const one = facet();
    const { order: _order, ...added } = report({ id: 'x', at: NOW - 1 });
    addEvent(set, one, { ...added, type: 'product_added', properties: { item_id: 'i1' } }, NOW);
    expect(read('cart', [one])?.value).toEqual([{ item_id: 'i1', quantity: 1 }]);
    addEvent(set, one, report({ ledger: false }), NOW);
    expect(read('cart', [one])?.value).toEqual([]);
    expect(read('orders', [one])?.value).toBe(0);
    expect(one.orders.size).toBe(0);
  });

  it('in another currency are shown beside the sum and compare as an amount in major units', () => {
    const one = facet();
    addEvent(set, one, report({ id: 'a', spend: 1_250 }), NOW);
    addEvent(set, one, report({ id: 'b', order_id: 'o-2', spend: 990, currency: 'USD' }), NOW);
    addEvent(set, one, report({ id: 'c', transition: 'refunded', refund_id: 'r', spend: -250 }), NOW);
    const spend = read('spend', [one]);
    expect(spend).toMatchObject({ value: '10.00', currency: 'GBP', unconverted: { USD: '9.90' } });
    expect(comparable(spend)).toBe(10);
    expect(comparable(undefined)).toBeUndefined();
  });

  it('older than 400 days fold and keep counting, without the cancelled ones', () => {
    const one = facet();
    const then = NOW - limits.orderFactMs - DAY_MS;
    addEvent(set, one, report({ id: 'a', at: then }), then);
    addEvent(set, one, report({ id: 'b', order_id: 'o-2', at: then }), then);
    addEvent(set, one, report({ id: 'c', order_id: 'o-2', transition: 'cancelled', at: then }), then);
    expect(one.orders.size).toBe(3);
    addEvent(set, one, report({ id: 'd', order_id: 'o-3' }), NOW);
    expect(one.orders.size).toBe(1);
    expect(read('orders', [one])?.value).toBe(2);
    expect(read('spend', [one])?.value).toBe('20.00');
  });

  it('beyond the limit fold oldest first and lose nothing', () => {
    const one = facet();
    const all = limits.orderFactsPerFacetMax + 25;
    for (let index = 0; index < all; index += 1) {
      addEvent(
        set,
        one,
        report({ id: `e-${index}`, order_id: `o-${index}`, spend: 1, at: NOW - index }),
        NOW,
      );
    }
    expect(one.orders.size).toBe(limits.orderFactsPerFacetMax);
    expect(Math.min(...[...one.orders.values()].map((fact) => fact.time))).toBe(
      NOW - limits.orderFactsPerFacetMax + 1,
    );
    expect(read('orders', [one])?.value).toBe(all);
    expect(read('spend', [one])?.value).toBe('10.25');
  });

  it('with ids that are long differ beyond where they are cut', () => {
    const one = facet();
    const long = 'x'.repeat(400);
    addEvent(set, one, report({ id: 'a', order_id: `${long}1` }), NOW);
    addEvent(set, one, report({ id: 'b', order_id: `${long}2` }), NOW);
    expect(read('orders', [one])?.value).toBe(2);
    for (const key of one.orders.keys()) expect(key.length).toBeLessThan(400);
  });
});
