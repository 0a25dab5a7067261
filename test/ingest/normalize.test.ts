import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNormalizer, type NormalizedEvent, type RequestContext } from '../../src/ingest/normalize.ts';
import type { Rejection } from '../../src/ingest/rejection.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';

const schemas = loadEventSchemas(new URL('../../schemas/events/', import.meta.url).pathname);
const receivedAt = Date.parse('2026-11-21T12:00:00Z');
const context: RequestContext = { receivedAt, source: 'web-key', defaultChannel: 'web', publicKey: false };
const options = {
  schemas,
  defaultCurrency: 'CNY',
  allowCustomTypes: true,
  sources: {
    browser: { orders: 'behavior' as const, namespace: 'shop' },
    nightly: { orders: 'ledger' as const, lateness_ms: null },
    slow: { orders: 'ledger' as const, lateness_ms: HOUR_MS },
  },
};
const normalize = createNormalizer(options);

function accepted(wire: JsonObject, more: Partial<RequestContext> = {}): NormalizedEvent {
  const result = normalize(wire, { ...context, ...more });
  if (!result.ok) expect.fail(`${result.code} at ${result.path}: ${result.message}`);
  return result;
}

/** Values that are to be sealed, by the path of the event. */
const sealedPaths = (normalized: NormalizedEvent): readonly string[] =>
  normalized.personal.map(({ path }) => path).sort();

describe('personal values in groups of properties', () => {
  const personal = { email: 'ann@example.com', phone: '13900001111', first_name: 'Ann' };
  const wireOf = (type: string, properties: JsonObject): JsonObject => ({
    type,
    identifiers: { user_id: 'u-1' },
    properties,
  });

  it('are sealed in what is set once, names included', () => {
    const event = accepted(
      wireOf('profile_identified', { set_once: { ...personal, name: 'Ann', city: 'Rome' } }),
    );
    const names = ['email', 'first_name', 'name', 'phone'];
    expect(sealedPaths(event)).toEqual(names.map((name) => `/properties/set_once/${name}`));
  });

  it('are sealed in what is said of a group, whose own name is nobody', () => {
    const event = accepted(wireOf('group_identified', { group_traits: { ...personal, name: 'Acme' } }));
    const names = ['email', 'first_name', 'phone'];
    expect(sealedPaths(event)).toEqual(names.map((name) => `/properties/group_traits/${name}`));
  });
});

function refused(wire: JsonObject, more: Partial<RequestContext> = {}): Rejection {
  const result = normalize(wire, { ...context, ...more });
  if (result.ok) expect.fail('was accepted');
  return result;
}

const viewed: JsonObject = {
  id: 'e-1',
  type: 'Product Viewed',
  time: '2026-11-21T10:00:00.123Z',
  channel: 'app',
  identifiers: { anonymous_id: 'a-1', phone: '13900001111' },
  properties: { product_id: 17, sku: 'sku-1-L', price: 399, brand: 'Lumen', extra: { kept: [1, 2] } },
  traits: { email: 'ann@example.com', city: 'Shanghai' },
  consent: { personalization: true, marketing: { sms: true } },
  context: { store: 'SH-001' },
};

describe('a normalized event', () => {
  it('is canonical in every part', () => {
    const { event, rawIdentifiers, rawTraits } = accepted(viewed);
    expect(event).toEqual({
      id: 'e-1',
      type: 'product_viewed',
      time: Date.parse('2026-11-21T10:00:00.123Z'),
      receivedAt,
      source: 'web-key',
      channel: 'app',
      currency: 'CNY',
      properties: {
        item_id: '17',
        variant_id: 'sku-1-L',
        price: 39900,
        brand: 'Lumen',
        extra: { kept: [1, 2] },
      },
      traits: { email: 'ann@example.com', city: 'Shanghai' },
      consent: { personalization: true, marketing: { sms: true } },
      context: { store: 'SH-001' },
    });
    expect(rawIdentifiers).toBe(viewed.identifiers);
    expect(rawTraits).toBe(viewed.traits);
  });

  it('leaves what was sent untouched', () => {
    const before = JSON.stringify(viewed);
    accepted(viewed);
    const order = {
      type: 'order_paid',
      properties: { order_id: 1, products: [{ sku: 5, price: '2.50', qty: '3' }] },
    };
    const text = JSON.stringify(order);
    accepted(order);
    expect([JSON.stringify(viewed), JSON.stringify(order)]).toEqual([before, text]);
  });

  it('names what is personal, by path and kind', () => {
    const { personal } = accepted({
      type: 'order_completed',
      properties: {
        order_id: 'o',
        total: 1,
        recipient: { name: 'Li', phone: '1' },
        phone: '2',
        note: 'ring twice',
      },
      traits: { name: 'Ann', birthday: null, city: 'Shanghai' },
    });
    expect(personal.map(({ path, kind }) => `${path} ${kind}`).sort()).toEqual([
      '/properties/phone phone',
      '/properties/recipient address',
      '/traits/name name',
    ]);
  });

  it('has no currency where it has no money', () => {
    expect(accepted({ type: 'page_viewed', properties: { name: 'Home' } }).event.currency).toBeUndefined();
    expect(
      accepted({ type: 'guide_opened', properties: { currency: 'points' } }).event.currency,
    ).toBeUndefined();
  });

  it('keeps nothing of known properties that are null or empty, and all of the others', () => {
    const properties = { item_id: '', product_id: 'a', brand: null, name: '', extra: null, note: '' };
    expect(accepted({ type: 'product_viewed', properties }).event.properties).toEqual({
      item_id: 'a',
      extra: null,
      note: '',
    });
  });

  it('takes the item for known by its variant where nothing else is known', () => {
    const { event } = accepted({ type: 'product_added', properties: { sku: 'sku-1' } });
    expect(event.properties).toEqual({ item_id: 'sku-1', variant_id: 'sku-1' });
  });
});

describe('money', () => {
  function priced(properties: JsonObject, more: JsonObject = {}) {
    return normalize(
      { type: 'product_viewed', ...more, properties: { item_id: 'a', ...properties } },
      context,
    );
  }

  it.each([
    [{ price: '4.15', currency: 'GBP' }, 415, 'GBP'],
    [{ price: '1000', currency: 'JPY' }, 1000, 'JPY'],
    [{ price: 1.234, currency: 'KWD' }, 1234, 'KWD'],
    [{ price: '0.001', currency: 'GBP' }, 0.1, 'GBP'],
    [{ price: 4.15, currency: 'gbp' }, 415, 'GBP'],
    [{ price: 4.15 }, 415, 'CNY'],
  ])('of %j is %d in minor units of %s', (properties, price, currency) => {
    expect(priced(properties)).toMatchObject({ event: { currency, properties: { price } } });
  });

  it('is in the currency of the properties, then of the event, then of the configuration', () => {
    expect(priced({ price: 5 }, { currency: 'JPY' })).toMatchObject({
      event: { currency: 'JPY', properties: { price: 5 } },
    });
    expect(priced({ price: 5, currency: 'USD' }, { currency: 'JPY' })).toMatchObject({
      event: { currency: 'USD' },
    });
  });

  it('is refused in a currency that does not exist, at the place that names it', () => {
    expect(priced({ price: 5, currency: 'RMB' })).toMatchObject({
      code: 'unknown_currency',
      path: '/properties/currency',
    });
    expect(priced({ price: 5 }, { currency: 'XXQ' })).toMatchObject({
      code: 'unknown_currency',
      path: '/currency',
    });
  });

  it('is refused where it is finer than its currency, under the name that was sent', () => {
    const refund = { type: 'refund', properties: { transaction_id: 'o', value: 4.155, currency: 'GBP' } };
    expect(refused(refund)).toMatchObject({ code: 'invalid_amount', path: '/properties/value' });
    const order = {
      type: 'purchase',
      properties: { order_id: 'o', products: [{ sku: 'a' }, { sku: 'b', amount: '0.5' }], currency: 'JPY' },
    };
    expect(refused(order)).toMatchObject({ code: 'invalid_amount', path: '/properties/products/1/amount' });
    const unpriced = { type: 'purchase', properties: { order_id: 'o', products: [{ sku: 'a' }] } };
    expect(refused(unpriced)).toMatchObject({ code: 'invalid_amount', path: '/properties/total' });
  });
});

describe('an order', () => {
  it('carries its fact, and lines with quantity, kind and amount', () => {
    const properties = {
      order_id: 9,
      products: [{ product_id: 'a', sku: 'b', price: '2.50', quantity: '3' }],
    };
    const { event } = accepted({ id: 'e-9', type: 'order_paid', source: 'browser', properties });
    expect(event.order).toEqual({
      namespace: 'shop',
      order_id: '9',
      transition: 'completed',
      refund_id: '',
      ledger: false,
      total: 750,
      spend: 750,
      refund: 0,
      total_only: false,
    });
    expect(event.properties).toEqual({
      order_id: '9',
      products: [{ item_id: 'a', variant_id: 'b', price: 250, quantity: 3, kind: 'goods', amount: 750 }],
    });
  });

  it('has none where it was only placed', () => {
    expect(
      accepted({ type: 'order_placed', properties: { order_id: 'o', total: 5 } }).event.order,
    ).toBeUndefined();
  });
});

describe('source, channel and lateness', () => {
  it('come from the key where the event names none', () => {
    expect(accepted({ type: 'page_viewed' }).event).toMatchObject({ source: 'web-key', channel: 'web' });
    expect(accepted({ type: 'page_viewed', source: 'slow', channel: 'pos' }).event).toMatchObject({
      source: 'slow',
      channel: 'pos',
    });
  });

  it('may not be another source for a public key', () => {
    const fault = refused({ type: 'page_viewed', source: 'slow' }, { publicKey: true });
    expect(fault).toMatchObject({ code: 'source_not_allowed', path: '/source' });
  });

  it.each(['engine', 'operator'])(
    'may not be %s for anybody, which is how the engine knows its own',
    (source) => {
      const fault = refused({ type: 'page_viewed', source });
      expect(fault).toMatchObject({ code: 'source_not_allowed', path: '/source' });
    },
  );

  it.each([
    ['web', undefined, 25 * HOUR_MS, true],
    ['web', undefined, 23 * HOUR_MS, undefined],
    ['pos', undefined, 6 * DAY_MS, undefined],
    ['pos', undefined, 8 * DAY_MS, true],
    ['pos', 'slow', 2 * HOUR_MS, true],
    ['web', 'nightly', 4_000 * DAY_MS, undefined],
  ])('on %s from %s with an age of %d ms gives late: %s', (channel, source, age, late) => {
    const wire = {
      type: 'page_viewed',
      channel,
      time: receivedAt - age,
      ...(source === undefined ? {} : { source }),
    };
    expect(accepted(wire).event.late).toBe(late);
  });

  it('can be set by channel', () => {
    const strict = createNormalizer({ ...options, lateness: { pos: HOUR_MS, kiosk: null } });
    const old = receivedAt - 2 * HOUR_MS;
    expect(strict({ type: 'page_viewed', channel: 'pos', time: old }, context)).toMatchObject({
      event: { late: true },
    });
    const kiosk = strict({ type: 'page_viewed', channel: 'kiosk', time: old - 9 * DAY_MS }, context);
    expect(kiosk.ok && kiosk.event.late).toBe(undefined);
  });

  it('correct the clock by the time of sending, of the event before that of the request', () => {
    const wire = { type: 'page_viewed', time: receivedAt - HOUR_MS };
    expect(accepted(wire, { sentAt: receivedAt - HOUR_MS + 10 }).event.time).toBe(receivedAt - 10);
    const own = { ...wire, sentAt: new Date(receivedAt - HOUR_MS + 20).toISOString() };
    expect(accepted(own, { sentAt: receivedAt }).event.time).toBe(receivedAt - 20);
    expect(refused({ ...wire, sentAt: 'now' })).toMatchObject({ code: 'invalid_time', path: '/sentAt' });
  });
});

describe('an event without an id', () => {
  const wire: JsonObject = { type: 'page_viewed', properties: { name: 'Home' } };

  it('gets one from its content, time of receipt, source and place', () => {
    const first = accepted(wire, { index: 0 }).event.id;
    expect(first).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(accepted(wire, { index: 0 }).event.id).toBe(first);
    const others = [
      accepted(wire, { index: 1 }),
      accepted(wire, { index: 0, receivedAt: receivedAt + 1 }),
      accepted(wire, { index: 0, source: 'other' }),
      accepted({ ...wire, properties: {} }, { index: 0 }),
    ].map(({ event }) => event.id);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  it('keeps a number as text where it has one', () =>
    expect(accepted({ ...wire, id: 17 }).event.id).toBe('17'));
});

describe('what is refused', () => {
  it('is any use of the reserved key, at any depth', () => {
    const places: JsonObject[] = [
      { properties: { name: { $sealed: 'v1.f.x' } } },
      { traits: { email: { $sealed: 'v1.f.x' } } },
      { context: { a: [[{ b: { $sealed: 1 } }]] } },
    ];
    const paths = places
      .map((place) => refused({ type: 'page_viewed', ...place }))
      .map(({ code, path }) => `${code} ${path}`);
    expect(paths).toEqual([
      'reserved_key /properties/name/$sealed',
      'reserved_key /traits/email/$sealed',
      'reserved_key /context/a/0/0/b/$sealed',
    ]);
  });

  it('is nesting beyond the limit, even where no guard came first', () => {
    let deep: JsonValue = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(refused({ type: 'page_viewed', context: { deep } })).toMatchObject({ code: 'too_deep' });
  });

  it('is a type of which no name can be made, and an unknown one where those are switched off', () => {
    expect(refused({ type: '浏览' })).toMatchObject({ code: 'schema_violation', path: '/type' });
    const strict = createNormalizer({ ...options, allowCustomTypes: false });
    expect(strict({ type: 'guide_opened' }, context)).toMatchObject({ code: 'unknown_type', path: '/type' });
    expect(strict({ type: 'purchase', properties: { order_id: 'o', total: 1 } }, context)).toMatchObject({
      ok: true,
    });
  });

  it('is a default currency that does not exist, at start', () => {
    expect(() => createNormalizer({ ...options, defaultCurrency: 'XXQ' })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    );
  });

  it('never throws, whatever JSON arrives', () => {
    const key = fc.constantFrom(
      'item_id',
      'product_id',
      'price',
      'products',
      'total',
      'order_id',
      'quantity',
      'recipient',
      'x',
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant('12.50'),
    );
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    const type = fc.constantFrom(
      'order_completed',
      'order_refunded',
      'order_cancelled',
      'product_viewed',
      'cart_viewed',
      'x',
      'Zé',
    );
    fc.assert(
      fc.property(
        type,
        fc.dictionary(key, tree, { maxKeys: 7 }),
        fc.option(leaf),
        (name, properties, time) => {
          const result = normalize({ type: name, properties, ...(time === null ? {} : { time }) }, context);
          if (!result.ok) expect(result.message).not.toBe('');
          else if (result.event.order !== undefined) {
            const { total, spend, refund } = result.event.order;
            expect([total, spend, refund].every(Number.isSafeInteger)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
