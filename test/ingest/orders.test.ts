import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNormalizer, type NormalizedEvent } from '../../src/ingest/normalize.ts';
import { type OrderInput, type OrderReading, readOrder } from '../../src/ingest/orders.ts';
import type { Rejection } from '../../src/ingest/rejection.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import type { OrderTransition } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { formatMinor } from '../../src/model/money.ts';

const settings = { eventId: 'e-1', namespace: 'default', ledger: true, taxIncluded: true };

function read(transition: OrderTransition, properties: JsonObject, more: Partial<OrderInput> = {}) {
  return readOrder({ ...settings, transition, properties: { order_id: 'o-1', ...properties }, ...more });
}

function accepted(result: OrderReading | Rejection): OrderReading {
  if (!result.ok) expect.fail(`${result.code} at ${result.path}: ${result.message}`);
  return result;
}

function refused(result: OrderReading | Rejection): Rejection {
  if (result.ok) expect.fail('was accepted');
  return result;
}

function amounts(reading: OrderReading): unknown[] {
  return (reading.products ?? []).map((line) => line.amount);
}

describe('the money of a completed order', () => {
  it('is spend for goods alone: freight and fees are on the bill, not in spend', () => {
    const products = [
      { item_id: 'a', price: 10_000, quantity: 2 },
      { item_id: 'POST', price: 500, kind: 'freight' },
      { item_id: 'card', price: 5_000, kind: 'gift_card' },
    ];
    const { order } = accepted(read('completed', { products, shipping: 300, fee: 20 }));
    expect(order).toMatchObject({
      total: 25_820,
      spend: 20_000,
      refund: 0,
      total_only: false,
      refund_id: '',
    });
  });

  it('counts tax in spend exactly where prices include it', () => {
    const products = [{ item_id: 'a', price: 10_000 }];
    expect(accepted(read('completed', { products, tax: 900 })).order).toMatchObject({
      total: 10_000,
      spend: 10_000,
    });
    const excluded = { products, tax: 900, tax_included: false };
    expect(accepted(read('completed', excluded)).order).toMatchObject({ total: 10_900, spend: 10_000 });
    const bySource = read('completed', { products, tax: 900 }, { taxIncluded: false });
    expect(accepted(bySource).order).toMatchObject({ total: 10_900, spend: 10_000 });
  });

  it('shares a discount of the order over its goods so that the shares sum exactly', () => {
    const products = [
      { item_id: 'a', price: 3_333 },
      { item_id: 'b', price: 3_333 },
      { item_id: 'c', price: 3_334 },
      { item_id: 'POST', price: 800, kind: 'freight' },
    ];
    const reading = accepted(read('completed', { products, discount: 1_000 }));
    expect(reading.products?.map((line) => line.discount_share)).toEqual([333, 333, 334, undefined]);
    expect(amounts(reading)).toEqual([3_000, 3_000, 3_000, 800]);
    expect(reading.order).toMatchObject({ total: 9_800, spend: 9_000 });
  });

  it('takes what a till says was paid, and spreads nothing over such lines', () => {
    const products = [
      { item_id: 'a', price: 10_000, paid: 9_100 },
      { item_id: 'b', price: 5_000, quantity: 2, paid: 9_000 },
    ];
    const reading = accepted(read('completed', { products, discount: 1_900 }));
    expect(amounts(reading)).toEqual([9_100, 9_000]);
    expect(reading.order).toMatchObject({ total: 18_100, spend: 18_100 });
  });

  it('does not take off twice what only repeats the discounts of the lines', () => {
    const products = [
      { item_id: 'a', price: 10_000, discount: 700 },
      { item_id: 'b', price: 5_000, discount: 300 },
    ];
    expect(accepted(read('completed', { products, discount: 1_000 })).order.spend).toBe(14_000);
    expect(accepted(read('completed', { products, discount: 500 })).order.spend).toBe(13_500);
    const shared = products.map((line) => ({ ...line, discount_share: 100 }));
    expect(accepted(read('completed', { products: shared, discount: 200 })).order.spend).toBe(13_800);
  });

  it('lets a discount beyond the goods fall on freight, and never below nothing', () => {
    const products = [{ item_id: 'a', price: 1_000 }];
    const some = { products, discount: 1_200, shipping: 500 };
    expect(accepted(read('completed', some)).order).toMatchObject({ total: 300, spend: 0 });
    const more = { products, discount: 9_000, shipping: 500 };
    expect(accepted(read('completed', more)).order).toMatchObject({ total: 0, spend: 0 });
  });

  it('weighs goods by decimal quantities, and rounds the sum once', () => {
    const products = [
      { item_id: 'apples', price: 399, quantity: 1.236 },
      { item_id: 'pears', price: 0.5, quantity: 1 },
      { item_id: 'plums', price: 0.5, quantity: 1 },
    ];
    const reading = accepted(read('completed', { products }));
    // 493.164 + 0.5 + 0.5 = 494.164
    expect(reading.order.total).toBe(494);
    expect(amounts(reading)).toEqual([493, 1, 0]);
  });

  it('is all there is where only a total is given, and says so', () => {
    expect(accepted(read('completed', { total: 5_000 })).order).toMatchObject({
      spend: 5_000,
      total_only: true,
    });
    const withFreight = { total: 5_000, shipping: 600 };
    expect(accepted(read('completed', withFreight)).order).toMatchObject({ spend: 4_400, total_only: true });
    const unpriced = { total: 5_000, products: [{ item_id: 'a' }, { item_id: 'b', price: 100 }] };
    expect(accepted(read('completed', unpriced)).order).toMatchObject({ spend: 5_000, total_only: true });
  });

  it('takes merchandise from subtotal or revenue where there are no lines', () => {
    const order = accepted(read('completed', { revenue: 2_500, shipping: 300 })).order;
    expect(order).toMatchObject({ total: 2_800, spend: 2_500, total_only: false });
    expect(accepted(read('completed', { subtotal: 2_250, revenue: 2_500, total: 2_750 })).order.spend).toBe(
      2_250,
    );
  });

  it('may be nothing at all', () => {
    const products = [{ item_id: 'sample', price: 0 }];
    expect(accepted(read('completed', { products, total: 0 })).order).toMatchObject({ total: 0, spend: 0 });
    expect(accepted(read('completed', { total: 0 })).order.spend).toBe(0);
  });

  it('nets what is taken back on the same bill', () => {
    const products = [
      { item_id: 'a', price: 10_000 },
      { item_id: 'b', price: 4_000, quantity: -1 },
    ];
    expect(accepted(read('completed', { products })).order).toMatchObject({ total: 6_000, spend: 6_000 });
  });

  it.each([
    ['a negative total', { total: -1 }, '/total'],
    ['neither a total nor all prices', { products: [{ item_id: 'a' }] }, '/total'],
    [
      'a discount beyond its line',
      { products: [{ item_id: 'a', price: 100, discount: 101 }] },
      '/products/0/discount',
    ],
    [
      'a line beyond any bill',
      { products: [{ item_id: 'a', price: 100_000_000_000, quantity: 2 }] },
      '/products/0/price',
    ],
    ['a sum beyond any bill', { products: Array(3).fill({ item_id: 'a', price: 50_000_000_000 }) }, '/total'],
  ])('is refused with %s', (_, properties, path) => {
    expect(refused(read('completed', properties))).toMatchObject({ code: 'invalid_amount', path });
  });
});

describe('the money of a refund', () => {
  const products = [
    { item_id: 'a', price: 6_000 },
    { item_id: 'POST', price: 500, kind: 'freight' },
  ];

  it('is negative in total and spend, and positive as the amount given back', () => {
    const { order } = accepted(read('refunded', { refund_id: 'r-1', total: 6_500, products }));
    expect(order).toEqual({
      namespace: 'default',
      order_id: 'o-1',
      transition: 'refunded',
      refund_id: 'r-1',
      ledger: true,
      total: -6_500,
      spend: -6_000,
      refund: 6_500,
      total_only: false,
    });
  });

  it('goes by the event where the refund has no id of its own', () => {
    expect(accepted(read('refunded', { total: 100 })).order.refund_id).toBe('e-1');
  });

  it('is pro rata over the lines where no goods come back', () => {
    const lines = [
      { item_id: 'a', price: 6_000 },
      { item_id: 'b', price: 3_000 },
    ];
    const reading = accepted(read('refunded', { total: 100, kind: 'price_adjustment', products: lines }));
    expect(amounts(reading)).toEqual([67, 33]);
    expect(reading.order).toMatchObject({ total: -100, spend: -100, refund: 100 });
  });

  it('has no negative zero', () => {
    const { order } = accepted(read('refunded', { total: 0 }));
    expect(Object.is(order.total, 0) && Object.is(order.spend, 0)).toBe(true);
  });

  it('is refused when negative, in its total or in its lines', () => {
    expect(refused(read('refunded', { total: -100 }))).toMatchObject({
      code: 'invalid_amount',
      path: '/total',
    });
    const lines = [{ item_id: 'a', price: 100, quantity: -1 }];
    expect(refused(read('refunded', { total: 100, products: lines }))).toMatchObject({ path: '/products' });
  });
});

describe('an order fact', () => {
  it('is keyed by the namespace of the event, else of its source', () => {
    expect(accepted(read('completed', { total: 1 }, { namespace: 'tills' })).order.namespace).toBe('tills');
    const own = read('completed', { total: 1, order_namespace: 'web' }, { namespace: 'tills' });
    expect(accepted(own).order.namespace).toBe('web');
  });

  it('of a behavior source is marked as none of the ledger', () => {
    expect(accepted(read('completed', { total: 1 }, { ledger: false })).order.ledger).toBe(false);
  });

  it('of a cancellation carries no amounts of its own', () => {
    const { order } = accepted(read('cancelled', { total: 500 }));
    expect(order).toMatchObject({ transition: 'cancelled', total: 0, spend: 0, refund: 0 });
  });
});

/** Thousandths of pieces × hundredths of minor units, so that the oracle needs whole numbers only. */
const lineSpec = fc.record({
  quantity: fc.integer({ min: 0, max: 100_000 }),
  price: fc.integer({ min: 0, max: 5_000_000 }),
  goods: fc.boolean(),
});

describe('any order', () => {
  it('has lines that sum to the exact total rounded once, and a spend that is the sum of its goods', () => {
    fc.assert(
      fc.property(
        fc.array(lineSpec, { minLength: 1, maxLength: 15 }),
        fc.nat(1_000_000),
        (specs, discount) => {
          const products = specs.map(({ quantity, price, goods }, i) => ({
            item_id: `i-${i}`,
            quantity: quantity / 1_000,
            price: price / 100,
            kind: goods ? 'goods' : 'fee',
          }));
          const reading = accepted(read('completed', { products, discount }));
          const exact = specs.reduce((all, line) => all + BigInt(line.quantity) * BigInt(line.price), 0n);
          const gross = Number((exact + 50_000n) / 100_000n);
          const paid = amounts(reading) as number[];
          const shares = (reading.products ?? []).map((line) => Number(line.discount_share ?? 0));
          const shared = shares.reduce((all, share) => all + share, 0);
          expect(paid.reduce((all, amount) => all + amount, 0) + shared).toBe(gross);
          const goods = paid.reduce(
            (all, amount, i) => all + (specs[i]?.goods ? amount + (shares[i] ?? 0) : 0),
            0,
          );
          expect(shared).toBe(Math.min(discount, goods));
          expect(reading.order.spend).toBe(goods - shared);
          expect(reading.order.total).toBe(gross - shared);
          expect(paid.every((amount) => Number.isSafeInteger(amount) && amount >= 0)).toBe(true);
        },
      ),
    );
  });
});

const retail = new URL('../../../shared/data/online-retail-30k.csv', import.meta.url);
const NOT_GOODS = new Set(['POST', 'DOT', 'M', 'D', 'C2', 'CRUK', 'S', 'AMAZONFEE']);

describe.skipIf(!existsSync(retail))(
  'the invoices of a real shop (skipped where ../shared/data is absent)',
  () => {
    it('come to 575,574.67 in total and 575,413.61 in goods', () => {
      const normalize = createNormalizer({
        schemas: loadEventSchemas(new URL('../../schemas/events/', import.meta.url).pathname),
        defaultCurrency: 'GBP',
        allowCustomTypes: true,
        sources: { history: { orders: 'ledger', lateness_ms: null } },
      });
      const invoices = new Map<string, JsonObject[]>();
      for (const row of readFileSync(retail, 'utf8').trim().split(/\r?\n/).slice(1)) {
        // Invoice and stock code are never quoted, and what follows the description has no commas.
        const [invoice = '', item = ''] = row.split(',', 2);
        const [quantity = '', , price = ''] = row.split(',').slice(-5);
        const lines = invoices.get(invoice) ?? [];
        const back = invoice.startsWith('C');
        if (Number(quantity) < 0 !== back) continue;
        const kind = NOT_GOODS.has(item) ? 'fee' : 'goods';
        lines.push({ item_id: item, quantity: back ? quantity.slice(1) : quantity, price, kind });
        invoices.set(invoice, lines);
      }
      let total = 0;
      let spend = 0;
      for (const [invoice, products] of invoices) {
        const refund = invoice.startsWith('C');
        // The sum of a refund, in thousandths of a penny, by integers alone.
        const back = products.reduce(
          (all, line) => all + Number(line.quantity) * Math.round(Number(line.price) * 100),
          0,
        );
        const wire = {
          id: invoice,
          type: refund ? 'order_refunded' : 'order_completed',
          time: '2011-01-01T00:00:00Z',
          properties: { order_id: invoice, products, ...(refund ? { total: formatMinor(back, 'GBP') } : {}) },
        };
        const result = normalize(wire, {
          receivedAt: Date.parse('2026-11-21T00:00:00Z'),
          source: 'history',
          defaultChannel: 'web',
          publicKey: false,
        });
        expect(result, JSON.stringify(result).slice(0, 300)).toMatchObject({ ok: true });
        const { order } = (result as NormalizedEvent).event;
        total += order?.total ?? Number.NaN;
        spend += order?.spend ?? Number.NaN;
      }
      expect([formatMinor(total, 'GBP'), formatMinor(spend, 'GBP')]).toEqual(['575574.67', '575413.61']);
    });
  },
);
