import { describe, expect, it } from 'vitest';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { validateEvent } from '../../src/ingest/validate.ts';
import type { JsonObject } from '../../src/model/json.ts';

const schemas = loadEventSchemas(new URL('../../schemas/events/', import.meta.url).pathname);

function fault(wire: JsonObject) {
  const result = validateEvent(schemas, wire);
  return result.ok ? 'fits' : `${result.code} ${result.path} ${result.message}`;
}

describe('validateEvent', () => {
  it('accepts canonical names and their aliases', () => {
    expect(fault({ type: 'product_viewed', properties: { item_id: 'a', price: '3.99' } })).toBe('fits');
    expect(fault({ type: 'product_viewed', properties: { product_id: 7, price: 3.99 } })).toBe('fits');
    expect(fault({ type: 'order_completed', properties: { transaction_id: 'o', value: 5 } })).toBe('fits');
  });

  it('takes null and empty text for absent', () => {
    expect(fault({ type: 'product_viewed', properties: { item_id: 'a', price: null, brand: '' } })).toBe(
      'fits',
    );
    expect(fault({ type: 'product_viewed', properties: { item_id: '', product_id: 'a' } })).toBe('fits');
    const products = [{ product_id: 'a', coupon: null, price: '' }];
    expect(fault({ type: 'order_completed', properties: { order_id: 'o', products } })).toBe('fits');
  });

  it.each([
    [{}, 'schema_violation /type is required'],
    [{ type: 3 }, 'schema_violation /type must be string'],
    [{ type: '' }, 'schema_violation /type must not be empty'],
    [{ type: 'x', time: true }, 'invalid_time /time must be string or number'],
    [
      { type: 'x', propertys: {} },
      'schema_violation /propertys is not a field of an event; put it under properties or context',
    ],
    [
      { type: 'x', 'a/b~c': 1 },
      'schema_violation /a~1b~0c is not a field of an event; put it under properties or context',
    ],
    [{ type: 'x', properties: [] }, 'schema_violation /properties must be object'],
    [{ type: 'x', id: 'a\u0000b' }, 'schema_violation /id holds characters that are not allowed'],
    [
      { type: 'x', consent: { marketing: 'yes' } },
      'schema_violation /consent/marketing must be boolean or object',
    ],
    [{ type: 'x', channel: 'c'.repeat(65) }, 'schema_violation /channel must be at most 64 characters'],
  ])('explains a fault of the envelope: %j', (wire, expected) => expect(fault(wire)).toBe(expected));

  it.each([
    ['product_viewed', {}, 'schema_violation /properties needs at least one of item_id, variant_id'],
    ['product_viewed', { item_id: true }, 'schema_violation /properties/item_id must be string or integer'],
    [
      'product_viewed',
      { product_id: [] },
      'schema_violation /properties/product_id must be string or integer',
    ],
    [
      'product_viewed',
      { item_id: 'a', price: 'free' },
      'invalid_amount /properties/price must be a decimal amount such as 12.50',
    ],
    ['product_viewed', { item_id: 'a', price: -1 }, 'invalid_amount /properties/price must be at least 0'],
    [
      'product_viewed',
      { item_id: null, product_id: '' },
      'schema_violation /properties needs at least one of item_id, variant_id',
    ],
    ['order_completed', { total: 5 }, 'schema_violation /properties/order_id is required'],
    [
      'order_completed',
      { order_id: 'o' },
      'schema_violation /properties needs at least one of total, subtotal, revenue, products',
    ],
    [
      'order_completed',
      { order_id: 'o', products: {} },
      'schema_violation /properties/products must be array',
    ],
    [
      'order_completed',
      { order_id: 'o', products: [{ price: 1 }] },
      'schema_violation /properties/products/0 needs at least one of item_id, variant_id, name',
    ],
    [
      'order_completed',
      { order_id: 'o', products: [{ sku: 'a' }, { sku: {} }] },
      'schema_violation /properties/products/1/sku must be string or integer',
    ],
    [
      'order_completed',
      { order_id: 'o', products: [{ sku: 'a', kind: 'magic' }] },
      'schema_violation /properties/products/0/kind must be one of goods or service or freight or fee or tax or adjustment or gift_card or stored_value or deposit or donation',
    ],
    [
      'order_completed',
      { order_id: 'o', products: Array(501).fill({ sku: 'a' }) },
      'schema_violation /properties/products must hold at most 500',
    ],
    ['order_refunded', { order_id: 'o' }, 'schema_violation /properties/total is required'],
    [
      'zone_dwelled',
      { zone: 'z', dwell_seconds: -1 },
      'schema_violation /properties/dwell_seconds must be at least 0',
    ],
    [
      'appointment_booked',
      { starts_at: 'soon' },
      'schema_violation /properties/starts_at must be a date-time',
    ],
    ['points_redeemed', { points: 1.5 }, 'schema_violation /properties/points must be integer'],
  ])('explains a fault of %s %j', (type, properties, expected) => {
    expect(fault({ type, properties: properties as JsonObject })).toBe(expected);
  });

  it('never repeats a value, which may be personal', () => {
    const secret = 'ann@example.com';
    const wires: JsonObject[] = [
      { type: 'product_viewed', properties: { item_id: 'a', price: secret } },
      { type: 'product_tried', properties: { item_id: 'a', mode: secret } },
      { type: 'appointment_booked', properties: { starts_at: secret } },
      { type: 'x', consent: { marketing: secret } },
    ];
    for (const wire of wires) expect(fault(wire)).not.toContain(secret);
  });

  it('takes any bounded properties of a type that it does not know', () => {
    expect(fault({ type: 'guide_opened', properties: { step: 2, anything: { nested: [1] } } })).toBe('fits');
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, i]));
    expect(fault({ type: 'guide_opened', properties: many })).toBe(
      'schema_violation /properties must hold at most 200',
    );
  });

  it('does not take names of the prototype for properties', () => {
    expect(fault({ type: 'constructor', properties: { constructor: 1, toString: 'x' } })).toBe('fits');
    expect(fault({ type: 'product_viewed', properties: { constructor: 1, item_id: 'a' } })).toBe('fits');
  });
});
