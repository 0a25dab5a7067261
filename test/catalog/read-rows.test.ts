import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGcj02, toWgs84 } from '../../src/catalog/datum.ts';
import { readItems } from '../../src/catalog/read-items.ts';
import { readStock } from '../../src/catalog/read-stock.ts';
import { readStores } from '../../src/catalog/read-stores.ts';
import { TesseraError } from '../../src/errors.ts';
import type { JsonValue } from '../../src/model/json.ts';

const NOBODY = { item: () => undefined, store: (name: string) => name };
const NOW = Date.UTC(2026, 10, 22);

function refused(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_catalog') return error.path ?? '';
    throw error;
  }
  return 'taken';
}

describe('rows of the catalog', () => {
  it('keep amounts in minor units of their currency, and leave out what nobody said', () => {
    const rows = [
      { item_id: 12, price: 39.9, currency: 'EUR' },
      { item_id: 'b', price: '1200', currency: 'JPY', variants: [{ variant_id: 'b-1', price: '1100' }] },
      { item_id: 'c', removed: true },
    ];
    expect(readItems(rows, 'CNY')).toEqual({
      items: [
        { item_id: '12', price: 3_990, currency: 'EUR' },
        { item_id: 'b', price: 1_200, currency: 'JPY', variants: [{ variant_id: 'b-1', price: 1_100 }] },
      ],
      removed_items: ['c'],
    });
  });

  it.each<readonly [JsonValue, string]>([
    ['x', '/0'],
    [{}, '/0/item_id'],
    [{ item_id: '' }, '/0/item_id'],
    [{ item_id: 'a\u0000b' }, '/0/item_id'],
    [{ item_id: 'a', price: -1 }, '/0/price'],
    [{ item_id: 'a', price: 1.234 }, '/0/price'],
    [{ item_id: 'a', price: 1, currency: 'XXX_' }, '/0/currency'],
    [{ item_id: 'a', variants: [{ variant_id: 'v' }, { variant_id: 'v' }] }, '/0/variants'],
    [{ item_id: 'a', variants: [{ size: 'S' }] }, '/0/variants/0/variant_id'],
    [{ item_id: 'a', aliases: ['x', 'x'] }, '/0/aliases'],
    [{ item_id: 'a', boosts: [{ factor: 2, from: '2026-12-01', until: '2026-11-01' }] }, '/0/boosts/0/until'],
    [{ item_id: 'a', launch_at: 'soon' }, '/0/launch_at'],
    [{ item_id: 'a', sizes: [] }, '/0/sizes'],
    [JSON.parse('{"item_id":"a","__proto__":{}}') as JsonValue, '/0/__proto__'],
  ])('are refused with their place: %j', (row, path) => {
    expect(refused(() => readItems([row], 'CNY'))).toBe(path);
  });

  it('are refused where one id stands twice', () => {
    expect(refused(() => readItems([{ item_id: 'a' }, { item_id: 'a', removed: true }], 'CNY'))).toBe(
      '/1/item_id',
    );
    expect(refused(() => readStores([{ store_id: 'a' }, { store_id: 'a' }]))).toBe('/1/store_id');
  });

  it('of stock are never from the future, and name a variant or a product without any', () => {
    const rows = [{ item_id: 'a', store: 's', quantity: 2.5, at: '2030-01-01T00:00:00Z' }];
    expect(readStock(rows, NOBODY, NOW)).toEqual([
      { item_id: 'a', variant_id: 'a', store: 's', quantity: 2.5, reserved: 0, safety: 0, at: NOW },
    ]);
    const named = { item: () => ({ item: 'spu', variant: 'sku' }), store: () => 'S1' };
    const [level] = readStock([{ variant_id: '690', store: '31', quantity: 1 }], named, NOW);
    expect(level).toMatchObject({ item_id: 'spu', variant_id: 'sku', store: 'S1' });
    expect(refused(() => readStock([{ store: 's', quantity: 1 }], NOBODY, NOW))).toBe('/0/item_id');
    expect(refused(() => readStock([{ item_id: 'a', store: 's' }], NOBODY, NOW))).toBe('/0/quantity');
    expect(
      refused(() => readStock([{ item_id: 'a', store: 's', quantity: 1, reserved: -1 }], NOBODY, NOW)),
    ).toBe('/0/reserved');
  });

  it.each<readonly [JsonValue, string]>([
    [{ store_id: 'a', zone: '+08:00' }, '/0/zone'],
    [{ store_id: 'a', business_day_cutoff: '25:00' }, '/0/business_day_cutoff'],
    [{ store_id: 'a', hours: { mon: [['10:00']] } }, '/0/hours/mon'],
    [{ store_id: 'a', hours: { monday: [] } }, '/0/hours/monday'],
    [{ store_id: 'a', position: { latitude: 91, longitude: 0 } }, '/0/position/latitude'],
    [{ store_id: 'a', position: { latitude: 1, longitude: 0, datum: 'mars' } }, '/0/position/datum'],
    [{ store_id: 'a', events: [{ name: 'x', from: '2026-11-02', until: '2026-11-01' }] }, '/0/events/0'],
  ])('of stores are refused with their place: %j', (row, path) => {
    expect(refused(() => readStores([row]))).toBe(path);
  });
});

describe('places on Chinese maps', () => {
  // From the tests of eviltransform, which others agree with.
  it('become WGS 84', () => {
    const shown = { latitude: 31.17530398364597, longitude: 121.531541859215 };
    expect(toWgs84(shown, 'gcj02')).toEqual({ latitude: 31.177428, longitude: 121.527211 });
    // Baidu's own example: Tiananmen.
    const baidu = { latitude: 39.915, longitude: 116.404 };
    const found = toWgs84(baidu, 'bd09');
    expect(found.latitude).toBeCloseTo(39.9073, 3);
    expect(found.longitude).toBeCloseTo(116.3914, 3);
  });

  it('find back to the centimeter, wherever in China they are', () => {
    const within = fc.record({
      latitude: fc.double({ min: 18, max: 53, noNaN: true }),
      longitude: fc.double({ min: 75, max: 134, noNaN: true }),
    });
    fc.assert(
      fc.property(within, (point) => {
        const found = toWgs84(toGcj02(point), 'gcj02');
        expect(Math.abs(found.latitude - point.latitude)).toBeLessThan(1e-6);
        expect(Math.abs(found.longitude - point.longitude)).toBeLessThan(1e-6);
      }),
    );
  });

  it('stay where they are elsewhere', () => {
    expect(toWgs84({ latitude: 48.858, longitude: 2.294 }, 'gcj02')).toEqual({
      latitude: 48.858,
      longitude: 2.294,
    });
  });
});
