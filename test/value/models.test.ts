import { describe, expect, it } from 'vitest';
import type { ClustersModel, ClvModel } from '../../src/model/value-model.ts';
import { expectedPurchases } from '../../src/value/bg-nbd.ts';
import { compileClusters } from '../../src/value/clusters-model.ts';
import { compileClv } from '../../src/value/clv-model.ts';
import { compileModels } from '../../src/value/compile-models.ts';

const clv: ClvModel = {
  name: 'clv',
  type: 'clv',
  feature: 'purchases',
  purchases: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 },
  spend: { p: 6.25, q: 3.74, gamma: 15.44 },
};
const purchases = { days: 3, orders: 3, since_first: 272, since_last: 59, net: 74.02, repeat_value: 22.35 };

describe('a model of lifetime value', () => {
  const { outputs, features } = compileClv(clv);
  const ask = (name: string, value: unknown, ...parameters: number[]) =>
    outputs.get(name)?.([value as never], parameters);

  it('answers in days what the papers say in weeks', () => {
    expect(features).toEqual(['purchases']);
    // Customer 0001 of CDNOW.
    expect(ask('alive', purchases)).toBeCloseTo(0.7266, 2);
    const orders = expectedPurchases(clv.purchases, { repeats: 2, recency: 213 / 7, age: 272 / 7 }, 273 / 7);
    expect(ask('orders', purchases, 273)).toBeCloseTo(orders, 4);
    // (6.25 × (15.44 + 2 × 22.35)) ÷ (6.25 × 2 + 3.74 − 1)
    expect(ask('order_value', purchases)).toBe(24.66);
    expect(ask('value', purchases, 273)).toBeCloseTo(orders * 24.664, 1);
    expect(ask('orders', purchases)).toBe(ask('orders', purchases, 365));
  });

  it('answers nothing where there is nothing to say', () => {
    for (const nothing of [null, 3, {}, { ...purchases, days: 0 }, { ...purchases, since_last: null }])
      expect(ask('orders', nothing, 90)).toBeNull();
    expect(ask('orders', purchases, -1)).toBeNull();
    expect(ask('orders', purchases, 0)).toBe(0);
    const { spend: _spend, ...alone } = clv;
    expect(compileClv(alone).outputs.get('value')?.([purchases], [90])).toBeNull();
    expect(compileClv(alone).outputs.get('orders')?.([purchases], [90])).toBeGreaterThan(0);
  });

  it('knows the mean of all where returns have eaten up what somebody spent', () => {
    const mean = (6.25 * 15.44) / 2.74;
    for (const repeat_value of [null, 0, -5])
      expect(ask('order_value', { ...purchases, repeat_value })).toBeCloseTo(mean, 2);
  });
});

describe('a model of clusters', () => {
  const clusters: ClustersModel = {
    name: 'clusters',
    type: 'clusters',
    axes: [
      { feature: 'orders', log: false, mean: 5, deviation: 5 },
      { feature: 'spend', log: true, mean: Math.log1p(100), deviation: 1 },
    ],
    clusters: [
      { label: 'few', description: 'few orders', center: [-1, -1], share: 0.6 },
      { label: 'many', description: 'many orders', center: [1, 1], share: 0.4 },
    ],
  };
  const { outputs } = compileClusters(clusters);

  it('answers the nearest, standardized as it was fitted', () => {
    expect(outputs.get('label')?.([10, 100 * Math.E], [])).toBe('many');
    expect(outputs.get('description')?.([0, null], [])).toBe('few orders');
    expect(outputs.get('distance')?.([10, Math.expm1(Math.log1p(100) + 1)], [])).toBe(0);
    expect(outputs.get('distance')?.([10, 100], [])).toBe(1);
  });

  it('answers nothing of somebody of whom nothing is known', () => {
    expect(outputs.get('label')?.([null, null], [])).toBeNull();
  });
});

describe('models in force', () => {
  it('have versions that change with them', () => {
    const version = (model: ClvModel) => compileModels([model]).get('clv')?.version;
    expect(version(clv)).toBe(version({ ...clv }));
    expect(version({ ...clv, purchases: { ...clv.purchases, r: 0.3 } })).not.toBe(version(clv));
  });
});
