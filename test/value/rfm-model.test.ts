import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RfmModel } from '../../src/model/value-model.ts';
import { classicGroups } from '../../src/value/rfm-groups.ts';
import { compileRfm, fifthOf, groupOf } from '../../src/value/rfm-model.ts';

const model: RfmModel = {
  name: 'rfm',
  type: 'rfm',
  feature: 'purchases',
  quintiles: { recency: [10, 20, 30, 40], frequency: [1, 2, 3, 5], monetary: [50, 100, 200, 400] },
  parts: { sharing: { feature: 'shares', quintiles: [0, 0, 0, 2] } },
};

const bought = (since_last: number, orders: number, net: number) => ({
  days: 1,
  orders,
  since_first: since_last,
  since_last,
  net,
  repeat_value: null,
});

describe('an RFM model', () => {
  it.each([
    [0, 9, 500, '555', 'champions'],
    [10, 5, 400, '544', 'champions'],
    [11, 3, 100, '432', 'potential_loyalists'],
    [5, 1, 20, '511', 'new_customers'],
    [15, 1, 20, '411', 'promising'],
    [25, 3, 150, '333', 'need_attention'],
    [25, 2, 150, '323', 'about_to_sleep'],
    [99, 9, 150, '153', 'cannot_lose'],
    [99, 5, 150, '143', 'at_risk'],
    [99, 1, 150, '113', 'hibernating'],
  ])('says of %d days, %d orders and %d of value: %s, %s', (days, orders, net, score, group) => {
    const { outputs } = compileRfm(model);
    const values = [bought(days, orders, net), null];
    expect(outputs.get('score')?.(values, [])).toBe(score);
    expect(outputs.get('group')?.(values, [])).toBe(group);
  });

  it('has one group for each pair of scores', () => {
    for (let recency = 1; recency <= 5; recency += 1) {
      for (let frequency = 1; frequency <= 5; frequency += 1) {
        const fitting = classicGroups.filter(
          (group) => groupOf({ recency, frequency, monetary: 3 }, [group]) !== null,
        );
        expect(
          fitting.map(({ name }) => name),
          `${recency}${frequency}`,
        ).toHaveLength(1);
      }
    }
  });

  it('says nothing of somebody who has not bought, except for the parts', () => {
    const { outputs } = compileRfm(model);
    for (const nothing of [null, bought(0, 0, 0), { ...bought(1, 1, 1), days: 0 }, 'x']) {
      const values = [nothing === null || typeof nothing === 'string' ? nothing : { ...nothing, days: 0 }, 3];
      for (const name of ['recency', 'score', 'group', 'extended'])
        expect(outputs.get(name)?.(values, [])).toBeNull();
      expect(outputs.get('sharing')?.(values, [])).toBe(5);
    }
  });

  it('weighs scores as told, evenly where nothing is told', () => {
    const values = [bought(0, 1, 20), 1];
    const extended = (weights?: RfmModel['weights']) =>
      compileRfm({ ...model, ...(weights === undefined ? {} : { weights }) }).outputs.get('extended')?.(
        values,
        [],
      );
    expect(extended()).toBe((5 + 1 + 1 + 4) / 4);
    expect(extended({ recency: 1, sharing: 3 })).toBe((5 + 3 * 4) / 4);
    expect(extended({ recency: 0 })).toBeNull();
  });

  it('puts values into fifths that rise with them, equal ones into the same', () => {
    const quintiles = fc
      .array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 4 })
      .map((all) => all.sort((a, b) => a - b) as unknown as RfmModel['quintiles']['recency']);
    fc.assert(
      fc.property(
        quintiles,
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: -60, max: 60 }),
        (bounds, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(fifthOf(low, bounds)).toBeLessThanOrEqual(fifthOf(high, bounds));
          expect(fifthOf(a, bounds)).toBe(1 + bounds.filter((bound) => a > bound).length);
        },
      ),
    );
  });
});
