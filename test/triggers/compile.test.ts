import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { compileTriggers } from '../../src/triggers/compile.ts';
import { hesitation } from './trigger-world.ts';

const compile = (definition: TriggerDefinition, features?: readonly string[]) =>
  compileTriggers([{ definition, version: '' }], features && { features: new Set(features) });

function refusal(definition: TriggerDefinition, features?: readonly string[]): string {
  try {
    compile(definition, features);
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_definition') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the index of triggers', () => {
  it('lists a trigger under the types that it counts or that cancel it, once each', () => {
    const set = compile(hesitation);
    expect([...set.byType.keys()]).toEqual(['product_viewed', 'order_completed']);
    expect(set.byType.get('product_viewed')).toHaveLength(1);
    expect([set.interested('product_viewed'), set.interested('order_completed')]).toEqual([true, true]);
    expect(set.interested('page_viewed')).toBe(false);
    const same = compile({ ...hesitation, on: { ...hesitation.on, unless: { event: 'product_viewed' } } });
    expect(same.byType.get('product_viewed')).toHaveLength(1);
  });

  it('is empty without triggers', () => {
    expect(compileTriggers([]).interested('product_viewed')).toBe(false);
  });
});

describe('a trigger that is not right', () => {
  it('is refused with its name and the place', () => {
    const { on } = hesitation;
    expect(refusal({ ...hesitation, on: { ...on, within: '3 weeks' } })).toMatch(
      /^trigger hesitation: \/on\/within/,
    );
    expect(refusal({ ...hesitation, on: { ...on, within: '731d' } })).toMatch(/\/on\/within/);
    expect(refusal({ ...hesitation, limit: { cooldown: '1w' } })).toMatch(/\/limit\/cooldown/);
    const where = { 'properties.x': { resembles: 1 } };
    expect(refusal({ ...hesitation, on: { ...on, of: { event: 'x', where } } })).toMatch(/\/on\/of\/where/);
    expect(refusal({ ...hesitation, on: { ...on, unless: { event: 'x', where } } })).toMatch(
      /\/on\/unless\/where/,
    );
    expect(refusal({ ...hesitation, when: { feature: 'views', above: 3 } })).toMatch(/\/when/);
  });

  it('is refused when it asks for a feature that is not there', () => {
    const when = { all: [{ feature: 'views', gt: 1 }, { not: { feature: 'vieuws', gt: 1 } }] };
    expect(refusal({ ...hesitation, when }, ['views'])).toMatch(/vieuws/);
    expect(refusal({ ...hesitation, when }, ['views', 'vieuws'])).toBe('accepted');
  });

  it('may not look at the profile while it matches events', () => {
    const where = { feature: 'views', gt: 1 };
    expect(refusal({ ...hesitation, on: { ...hesitation.on, of: { event: 'x', where } } })).toMatch(
      /\/on\/of\/where/,
    );
  });

  it('is refused when there are too many', () => {
    const many = Array.from({ length: limits.triggersMax + 1 }, () => ({
      definition: hesitation,
      version: '',
    }));
    expect(() => compileTriggers(many)).toThrow(TesseraError);
    expect(compileTriggers(many.slice(1)).all).toHaveLength(limits.triggersMax);
  });
});
