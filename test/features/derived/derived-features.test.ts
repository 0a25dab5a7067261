import { describe, expect, it } from 'vitest';
import { compileFeatures, expandDefinitions } from '../../../src/features/compile.ts';
import { encodeFacet } from '../../../src/features/encode.ts';
import { FeatureReader, readFeature, readFeatures } from '../../../src/features/read.ts';
import { addEvent } from '../../../src/features/update.ts';
import { limits } from '../../../src/limits.ts';
import { emptyFacet } from '../../../src/profile/facets.ts';
import { eventOf } from '../../support/fold-world.ts';

const NOW = 1_700_000_000_000;
const views = { name: 'views', on: 'product_viewed', aggregate: 'count', window: 'lifetime' };
const seconds = {
  name: 'seconds',
  on: 'product_viewed',
  aggregate: 'sum',
  of: 'properties.seconds',
  window: 'lifetime',
};
const derived = (name: string, expression: string) => ({ name, aggregate: 'derived', expression });

/** The features from the number `young` on were created at NOW, the others before the first event. */
function compile(raws: readonly unknown[], young = Number.POSITIVE_INFINITY) {
  const numbered = expandDefinitions(raws).map((definition, index) => ({
    number: index + 1,
    definition,
    createdAt: NOW,
    origin: index + 1 < young,
  }));
  return compileFeatures(numbered, { reportingCurrency: 'CNY' });
}

function facetOf(set: ReturnType<typeof compile>, ...viewed: readonly number[]) {
  const facet = emptyFacet('f1');
  viewed.forEach((each, index) => {
    addEvent(set, facet, eventOf(`e${index}`, ['a1'], { properties: { seconds: each } }), NOW);
  });
  return facet;
}

const refusal = (...raws: readonly unknown[]): string => {
  try {
    compile([views, ...raws]);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_definition', path: '/expression' });
    return (error as Error).message;
  }
  return 'accepted';
};

describe('a derived feature', () => {
  it('is computed from the others, also from derived ones, in whichever order they stand', () => {
    const set = compile([derived('doubled', 'mean * 2'), derived('mean', 'seconds / views'), views, seconds]);
    const facet = facetOf(set, 10, 20, 60);
    expect(readFeatures(set, [facet], NOW)).toMatchObject({
      views: { value: 3 },
      mean: { value: 30, as_of: NOW, partial: false },
      doubled: { value: 60 },
    });
    expect(readFeature(set, 'doubled', [facet], NOW)?.value).toBe(60);
    expect(readFeatures(set, [], NOW)).toMatchObject({ mean: { value: null }, doubled: { value: null } });
  });

  it('reads traits where the reader has them, and the moment of reading', () => {
    const set = compile([derived('days', 'days_between(trait.joined, now)')]);
    const read = (trait?: (name: string) => string) =>
      new FeatureReader(set, { facets: [], now: NOW, ...(trait && { trait }) }).read('days')?.value;
    expect(read(() => '2023-11-10')).toBe(4);
    expect(read()).toBeNull();
  });

  it('is partial, and approximate, as soon as one of its inputs is', () => {
    const set = compile([views, derived('own', '1'), derived('both', 'views + seconds'), seconds], 4);
    const values = readFeatures(set, [facetOf(set, 1)], NOW);
    expect([values.views, values.own, values.both].map((value) => value?.partial)).toEqual([
      false,
      false,
      true,
    ]);
    const sketch = compile([
      {
        name: 'items',
        on: 'product_viewed',
        aggregate: 'distinct',
        of: 'properties.seconds',
        window: 'lifetime',
      },
      derived('many', 'items > 100'),
    ]);
    const facet = facetOf(sketch, ...Array.from({ length: limits.distinctExactMax * 2 }, (_, i) => i));
    expect(readFeature(sketch, 'many', [facet], NOW)).toMatchObject({ value: true, approximate: true });
  });

  it('keeps no state: what is stored of a facet does not know it', () => {
    const set = compile([views, derived('twice', 'views * 2')]);
    const without = compile([views]);
    expect(encodeFacet(set, facetOf(set, 1))).toEqual(encodeFacet(without, facetOf(without, 1)));
  });

  it('sees amounts as numbers in major units', () => {
    const spend = {
      name: 'spend',
      on: 'product_viewed',
      aggregate: 'sum',
      of: 'properties.price',
      money: true,
      window: 'lifetime',
    };
    const set = compile([spend, derived('half', 'spend / 2')]);
    const facet = emptyFacet('f1');
    addEvent(set, facet, eventOf('e1', ['a1'], { currency: 'CNY', properties: { price: 1_250 } }), NOW);
    expect(readFeature(set, 'half', [facet], NOW)?.value).toBe(6.25);
  });

  it('sees amounts by key as numbers too', () => {
    const spend = {
      name: 'spend',
      on: 'product_viewed',
      aggregate: 'sum',
      of: 'properties.price',
      by: 'channel',
      money: true,
      window: 'lifetime',
    };
    const set = compile([spend, derived('half', "get(spend, 'web') / 2")]);
    const facet = emptyFacet('f1');
    const event = eventOf('e1', ['a1'], { channel: 'web', currency: 'CNY', properties: { price: 1_250 } });
    addEvent(set, facet, event, NOW);
    expect(readFeature(set, 'spend', [facet], NOW)?.value).toEqual({ web: '12.50' });
    expect(readFeature(set, 'half', [facet], NOW)?.value).toBe(6.25);
  });

  it('is computed only when it is asked for', () => {
    const set = compile([views, seconds, derived('mean', 'seconds / views')]);
    const reader = new FeatureReader(set, { facets: [facetOf(set, 4)], now: NOW });
    expect(reader.some(['mean', 'nonsense'])).toEqual({ mean: { value: 4, as_of: NOW, partial: false } });
  });
});

describe('a derived feature is refused', () => {
  it('when it names a feature that there is none of, with the chain', () => {
    expect(refusal(derived('a', 'b + 1'), derived('b', 'nonsense'))).toBe(
      'feature "b" at /expression: there is no feature "nonsense": a → b → nonsense',
    );
  });

  it('when it reads itself, with the chain', () => {
    expect(refusal(derived('a', 'a'))).toMatch(/"a" at \/expression: reads itself: a → a$/);
    expect(refusal(derived('a', 'views + b'), derived('b', 'c'), derived('c', 'a'))).toMatch(
      /reads itself: a → b → c → a$/,
    );
  });

  it('when the chain is too long, whichever end is read first', () => {
    const chain = Array.from({ length: limits.derivedChainMax + 1 }, (_, i) =>
      derived(`d${i}`, i === 0 ? 'views' : `d${i - 1}`),
    );
    expect(refusal(...chain.slice(0, -1))).toBe('accepted');
    expect(refusal(...chain)).toMatch(/chain of more than 16/);
    expect(refusal(...chain.toReversed())).toMatch(/chain of more than 16/);
  });

  it('when its expression cannot be read, naming the feature and the character', () => {
    expect(refusal(derived('a', 'views +'))).toBe(
      'feature "a" at /expression: a value is missing before the end (character 8)',
    );
  });

  it('when a feature of another kind has its name, or it has keys of one', () => {
    expect(() => compile([views, derived('views', '1')])).toThrow(/"views" at \/name: is defined twice/);
    expect(() => compile([{ ...derived('a', '1'), window: '1h' }])).toThrow(/not a key of a derived feature/);
    expect(() => compile([{ name: 'a', aggregate: 'derived' }])).toThrow(/must be an expression/);
    expect(() => compile([{ ...views, expression: '1' }])).toThrow(/is not a key of a feature/);
  });
});
