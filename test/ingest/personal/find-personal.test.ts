import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createNormalizer } from '../../../src/ingest/normalize.ts';
import { withOwnSchema } from '../../../src/ingest/own-schemas/live-schemas.ts';
import { compileOwnSchema } from '../../../src/ingest/own-schemas/own-schema.ts';
import { loadEventSchemas } from '../../../src/ingest/schemas.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const schemas = loadEventSchemas(fileURLToPath(new URL('../../../schemas/events', import.meta.url)));
const own = new Map([
  [
    'engraved',
    withOwnSchema(
      schemas.custom,
      compileOwnSchema(
        {
          name: 'engraved',
          schema: {
            type: 'object',
            properties: {
              emails: { type: 'object', properties: { first: { type: 'string', 'x-personal': 'email' } } },
              contact_phone: { type: ['string', 'number'], 'x-as': 'text' },
              plate: { type: 'object', properties: { words: { type: 'object', 'x-personal': 'name' } } },
            },
          },
        },
        '1',
      ),
    ),
  ],
]);
const normalize = createNormalizer({
  schemas,
  own: () => own,
  defaultCurrency: 'CNY',
  allowCustomTypes: true,
  sources: {},
});
const context = { receivedAt: 1_800_000_000_000, source: 's', defaultChannel: 'web', publicKey: false };

function found(type: string, parts: JsonObject) {
  const normalized = normalize({ type, identifiers: { user_id: 'u' }, ...parts }, context);
  if (!normalized.ok) throw new TypeError(JSON.stringify(normalized));
  const { event, personal } = normalized;
  return { event, paths: personal.map(({ path, kind }) => `${path} ${kind}`) };
}

describe('what of an event is somebody’s', () => {
  it('is what the shipped schema of its type says, of names that it lists', () => {
    const product = { item_id: 'ann@shop.example', name: 'Ann dress', brand: 'Ann', Name: 'x' };
    const properties = { ...product, coupon_code: 'ann', buyer_name: 'Ann' };
    expect(found('product_viewed', { properties }).paths).toEqual(['/properties/buyer_name name']);
    const search = { query: 'ann@mail.example', results: 3 };
    expect(found('products_searched', { properties: search }).paths).toEqual(['/properties/query email']);
  });

  it('is not what lies in lines of orders, unless its name says so by itself', () => {
    const line = {
      item_id: 'a',
      name: 'Dress',
      quantity: 1,
      price: '9.00',
      recipient_email: 'ann',
      gift_name: 'x',
    };
    const properties = { order_id: 'o', products: [line, { ...line, contact: { name: 'Ann' } }] };
    expect(found('order_completed', { properties }).paths).toEqual([
      '/properties/products/0/recipient_email email',
      '/properties/products/1/recipient_email email',
      '/properties/products/1/contact/name name',
    ]);
  });

  it('is sealed once, where a schema marks what lies within a field of such a name', () => {
    const properties = {
      emails: { first: 'a@mail.example', second: 'b@mail.example', third: 'none' },
      contact_phone: 13800138000,
      plate: { words: { name: 'Ann', email: 'ann@mail.example' }, email: 'bob@mail.example' },
    };
    expect(found('engraved', { properties }).paths.sort()).toEqual([
      '/properties/contact_phone phone',
      '/properties/emails/first email',
      '/properties/emails/second email',
      '/properties/plate/email email',
      '/properties/plate/words name',
    ]);
  });

  it('is neither a yes nor how many, whatever their field is called', () => {
    const quiet = {
      email: true,
      phone: 3,
      Mobile: 0,
      workEmail: null,
      contact_phone: '',
      emails: { on: true },
      phones: [],
    };
    expect(found('x_custom', { properties: { details: quiet }, traits: { details: quiet } }).paths).toEqual(
      [],
    );
    const numbers = { Mobile: 13800138000, birthDate: 1990, idCard: 12345 };
    expect(found('x_custom', { properties: numbers }).paths).toEqual([
      '/properties/Mobile phone',
      '/properties/birthDate birthday',
      '/properties/idCard id_number',
    ]);
  });

  it('leaves the parts as they were sent where nothing has to go, and copies what changes', () => {
    const quiet = { page: { url: 'https://shop.example/?a=1' }, device: { name: 'x' } };
    expect(found('page_viewed', { context: quiet }).event.context).toBe(quiet);
    const telling = { page: { url: 'https://shop.example/?email=ann' }, device: { name: 'x' } };
    const before = structuredClone(telling);
    const { event, paths } = found('page_viewed', { context: telling });
    expect(event.context).toEqual({ ...before, page: { url: 'https://shop.example/?email=' } });
    expect([telling, paths]).toEqual([before, []]);
  });
});
