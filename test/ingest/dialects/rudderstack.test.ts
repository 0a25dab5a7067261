import { describe, expect, it } from 'vitest';
import type { DialectRoute } from '../../../src/ingest/dialects/dialect.ts';
import { rudderstack } from '../../../src/ingest/dialects/rudderstack.ts';
import type { WireRequest } from '../../../src/ingest/wire-request.ts';
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';

function route(path: string): DialectRoute {
  const found = rudderstack.routes.find((entry) => entry.path === path);
  expect(found, path).toBeDefined();
  return found!;
}

function request(query: Record<string, string>): WireRequest {
  return {
    method: 'GET',
    headers: {},
    contentType: undefined,
    query,
    parameters: {},
    bytes: Buffer.alloc(0),
  };
}

function pixel(path: string, query: Record<string, string>): JsonObject {
  const item: unknown = JSON.parse(String(route(path).unwrap?.(request(query))));
  return isJsonObject(item) ? item : {};
}

describe('images', () => {
  it('nest parameters with dots, and leave the key out', () => {
    const item = pixel('/pixel/v1/track', {
      writeKey: 'wk_1',
      anonymousId: 'a-1',
      event: 'Product Viewed',
      'properties.product_id': 'spu-1',
      'properties.price': '399.00',
      'context.page.url': 'https://shop.example/p',
    });
    expect(rudderstack.decode(item, {}, route('/pixel/v1/track'))).toMatchObject({
      event: {
        type: 'Product Viewed',
        identifiers: { anonymous_id: 'a-1' },
        properties: { product_id: 'spu-1', price: '399.00' },
        context: { page: { url: 'https://shop.example/p' } },
      },
    });
    expect(JSON.stringify(item)).not.toContain('wk_1');
  });

  it('let the first of two parameters stand that cannot both be', () => {
    expect(pixel('/pixel/v1/page', { a: '1', 'a.b': '2', 'c.d': '3', c: '4' })).toEqual({
      a: '1',
      c: { d: '3' },
    });
  });

  it('hand a forbidden name on as a key of its own, for the guard to refuse', () => {
    const text = String(route('/pixel/v1/page').unwrap?.(request({ '__proto__.polluted': '1' })));
    expect(text).toBe('{"__proto__":{"polluted":"1"}}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('are unreadable where an address nests without end', () => {
    const deep = request({ [Array(20_000).fill('a').join('.')]: '1' });
    expect(() => route('/pixel/v1/track').unwrap?.(deep)).toThrow(
      expect.objectContaining({ code: 'unreadable_body' }),
    );
  });

  it('are answered with an image that nobody keeps', () => {
    const { accepted } = route('/pixel/v1/page');
    expect(String(accepted?.body).startsWith('GIF89a')).toBe(true);
    expect(accepted).toMatchObject({ type: 'image/gif', headers: { 'cache-control': 'no-store' } });
  });
});

describe('the source configuration', () => {
  it('has the config without which nothing is sent, no destination, and no report to others', () => {
    const place = { origin: 'https://shop.example', key: 'wk_1' };
    const answers = rudderstack.bootstrap?.map(({ answer }) =>
      JSON.parse(String(answer(request({}), place).body)),
    );
    expect(answers).toHaveLength(2);
    for (const { source } of answers ?? []) {
      expect(source).toMatchObject({ enabled: true, destinations: [], dataplanes: {} });
      expect(source.config.statsCollection).toEqual({
        errors: { enabled: false },
        metrics: { enabled: false },
      });
      expect(JSON.stringify(source)).not.toContain('http');
    }
  });
});
