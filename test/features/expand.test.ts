import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { compileFeatures } from '../../src/features/compile.ts';
import { expandDefinitions } from '../../src/features/expand.ts';
import { fromTheStart, retailPack } from '../oracle/definitions.ts';

const views = { name: 'views', on: 'product_viewed', aggregate: 'count' };

function problem(raw: object): string {
  try {
    compileFeatures(fromTheStart(expandDefinitions([raw])), { reportingCurrency: 'CNY' });
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_definition')
      return `${error.path ?? ''} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('definitions', () => {
  it('expand windows into one feature each', () => {
    expect(expandDefinitions([{ ...views, windows: ['1h', 'lifetime'] }])).toEqual([
      { name: 'views_1h', on: ['product_viewed'], aggregate: 'count', window: '1h' },
      { name: 'views_lifetime', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' },
    ]);
  });

  it('of the retail pack all compile, and the names that others rely on are there', () => {
    const set = compileFeatures(fromTheStart(retailPack()), { reportingCurrency: 'CNY' });
    for (const name of [
      'views_1h',
      'orders_30d',
      'spend_365d',
      'days_since_last_order',
      'current_cart',
      'plus_size_views_30m',
    ]) {
      expect(set.byName.has(name)).toBe(true);
    }
    for (const definition of retailPack()) expect(definition.description).toBeTruthy();
  });

  it('that read the same thing share one extractor', () => {
    const raws = [
      { ...views, windows: ['1h', '24h'] },
      { ...views, name: 'idle', aggregate: 'time_since', window: '7d' },
    ];
    const set = compileFeatures(fromTheStart(expandDefinitions(raws)), { reportingCurrency: 'CNY' });
    expect(set.byType.get('product_viewed')).toHaveLength(1);
    expect(set.byType.get('order_completed')).toBeUndefined();
    const [extractor] = set.extractors.values();
    expect(extractor?.features.map(({ name }) => name)).toEqual(['views_1h', 'views_24h', 'idle']);
  });

  it('keep the number of an extractor when other definitions change', () => {
    const one = compileFeatures(fromTheStart(expandDefinitions([{ ...views, window: '1h' }])), {
      reportingCurrency: 'CNY',
    });
    const all = compileFeatures(fromTheStart(retailPack()), { reportingCurrency: 'CNY' });
    for (const number of one.extractors.keys()) expect(all.extractors.has(number)).toBe(true);
  });

  it.each<[string, object, string]>([
    ['an unknown key', { ...views, window: '1h', group: 'x' }, '/group'],
    ['a name that is not snake_case', { ...views, name: 'Views', window: '1h' }, '/name'],
    ['no window', views, '/window'],
    ['both window forms', { ...views, window: '1h', windows: ['1h'] }, '/windows'],
    ['an impossible window', { ...views, window: '1w' }, '/window'],
    ['an unknown aggregate', { ...views, aggregate: 'median', window: '1h' }, '/aggregate'],
    ['no event type', { ...views, on: [], window: '1h' }, '/on'],
    ['a missing value', { ...views, aggregate: 'sum', window: '1h' }, '/of'],
    ['a value that is not taken', { ...views, aggregate: 'time_since', of: 'time', window: '1h' }, '/of'],
    ['amounts of a count', { ...views, money: true, window: '1h' }, '/money'],
    ['a limit of a count', { ...views, limit: 3, window: '1h' }, '/limit'],
    [
      'a limit out of range',
      { ...views, aggregate: 'top_k', of: 'channel', limit: 101, window: '1h' },
      '/limit',
    ],
    ['a unit of a count', { ...views, unit: 'days', window: '1h' }, '/unit'],
    [
      'a condition over the profile',
      { ...views, where: { feature: 'x', gt: 1 }, window: '1h' },
      '/where/feature',
    ],
    ['a malformed path', { ...views, aggregate: 'last', of: 'brand', window: '1h' }, 'brand'],
    ['a histogram of a path', { ...views, aggregate: 'histogram', of: 'channel', window: '1h' }, '/of'],
    [
      'a histogram in no zone',
      { ...views, aggregate: 'histogram', of: 'hour', zone: 'Mars/Base', window: '1h' },
      '/zone',
    ],
    ['no half-life', { ...views, aggregate: 'decayed_sum', window: '1h' }, '/half_life'],
    [
      'a half-life of seconds',
      { ...views, aggregate: 'decayed_sum', half_life: '30s', window: '1h' },
      '/half_life',
    ],
    ['a half-life of a count', { ...views, half_life: '7d', window: '1h' }, '/half_life'],
    [
      'decayed amounts of nothing',
      { ...views, aggregate: 'decayed_sum', half_life: '7d', money: true, window: '1h' },
      '/of',
    ],
    ['a unit of another aggregate', { ...views, aggregate: 'rate', unit: 'days', window: '1h' }, '/unit'],
    ['an age in a unit of rates', { ...views, aggregate: 'time_since', unit: 'day', window: '1h' }, '/unit'],
    ['an unknown unit', { ...views, aggregate: 'rate', unit: 'week', window: '1h' }, '/unit'],
    ['a quantile of a count', { ...views, q: 0.5, window: '1h' }, '/q'],
    [
      'a quantile above one',
      { ...views, aggregate: 'quantile', of: 'properties.price', q: 95, window: '1h' },
      '/q',
    ],
    [
      'a quantile named twice',
      { ...views, aggregate: 'quantile', of: 'properties.price', q: [0.5, 0.5], window: '1h' },
      '/q',
    ],
    [
      'several quantiles of amounts',
      { ...views, aggregate: 'quantile', of: 'properties.price', q: [0.1, 0.9], money: true, window: '1h' },
      '/q',
    ],
    ['a key of a rate', { ...views, aggregate: 'rate', by: 'channel', window: '1h' }, '/by'],
    ['a malformed key', { ...views, by: 'brand', window: '1h' }, 'brand'],
    ['an order without a key', { ...views, order: 'recency', window: '1h' }, '/order'],
    ['an unknown order', { ...views, by: 'channel', order: 'name', window: '1h' }, '/order'],
    [
      'a variance of amounts',
      { ...views, aggregate: 'variance', of: 'properties.price', money: true, window: '1h' },
      '/money',
    ],
    ['a cart of views', { ...views, aggregate: 'cart', window: '1h' }, '/on'],
  ])('are refused with %s', (_name, raw, path) => {
    expect(problem(raw)).toContain(path);
  });

  it('are refused when two have one name', () => {
    expect(() =>
      expandDefinitions([
        { ...views, window: '1h' },
        { ...views, window: '2h' },
      ]),
    ).toThrowError(/twice/);
  });
});
