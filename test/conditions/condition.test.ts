import { describe, expect, it } from 'vitest';
import {
  compileCondition,
  compileEventCondition,
  type ProfileLookup,
} from '../../src/conditions/condition.ts';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { Event } from '../../src/model/event.ts';

const event: Event = {
  id: 'e-1',
  type: 'product_viewed',
  time: 1_000,
  receivedAt: 1_000,
  source: 'web',
  channel: 'web',
  claims: [],
  facet: 'f',
  currency: 'CNY',
  properties: {
    category: 'women/plus-size/dresses',
    price: 39_900,
    tags: ['new', 'sale'],
    nothing: null,
    email: { $sealed: 'v1.f.abc' },
    products: [
      { item_id: 'i1', quantity: 1 },
      { item_id: 'i2', quantity: 3 },
    ],
  },
};

const profile: ProfileLookup = {
  feature: (name) => (name === 'orders_30d' ? 2 : name === 'last_viewed_items' ? ['i1'] : undefined),
  trait: (name) => (name === 'city' ? 'Shanghai' : undefined),
  consent: (name) => (name === 'marketing.sms' ? true : undefined),
  tag: (name) => name === 'vip',
  segment: (name) => name === 'dormant',
  loyalty: (name) => (name === 'points' ? 120 : undefined),
};

function holds(condition: unknown): boolean {
  return compileCondition(condition, { path: '/when', profile: true })(event, profile);
}

function problem(condition: unknown, scope = { path: '/where', profile: false }): string {
  try {
    compileCondition(condition, scope);
  } catch (error) {
    if (error instanceof TesseraError) return `${error.code} ${error.path ?? ''} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a condition', () => {
  it.each<[string, unknown, boolean]>([
    ['equals', { 'properties.price': { equals: 39_900 } }, true],
    ['equals does not convert', { 'properties.price': { equals: '39900' } }, false],
    ['equals compares lists', { 'properties.tags': { equals: ['new', 'sale'] } }, true],
    ['equals null', { 'properties.nothing': { equals: null } }, true],
    ['in', { channel: { in: ['app', 'web'] } }, true],
    ['starts_with', { 'properties.category': { starts_with: 'women/plus-size' } }, true],
    ['contains in a text', { 'properties.category': { contains: 'plus' } }, true],
    ['contains in a list', { 'properties.tags': { contains: 'sale' } }, true],
    ['contains needs the whole item of a list', { 'properties.tags': { contains: 'sal' } }, false],
    ['gt at the bound', { 'properties.price': { gt: 39_900 } }, false],
    ['gte at the bound', { 'properties.price': { gte: 39_900 } }, true],
    ['lt at the bound', { 'properties.price': { lt: 39_900 } }, false],
    ['lte at the bound', { 'properties.price': { lte: 39_900 } }, true],
    ['between includes both ends', { 'properties.price': { between: [39_900, 40_000] } }, true],
    ['several operators must all hold', { 'properties.price': { gte: 1, lt: 2 } }, false],
    ['several paths must all hold', { channel: { equals: 'web' }, source: { equals: 'pos' } }, false],
    ['numbers do not compare with texts', { 'properties.category': { gt: 0 } }, false],
    ['a missing value fails', { 'properties.brand': { lt: 5 } }, false],
    ['a missing value does not exist', { 'properties.brand': { exists: false } }, true],
    ['null does not exist', { 'properties.nothing': { exists: true } }, false],
    ['a missing value is not equal to null', { 'properties.brand': { equals: null } }, false],
    ['one of several values suffices', { 'properties.products[].quantity': { gt: 2 } }, true],
    ['one value must fit all operators', { 'properties.products[].quantity': { gt: 1, lt: 3 } }, false],
    ['no values do not exist', { 'properties.products[].brand': { exists: false } }, true],
    ['prototypes are not values', { 'properties.constructor': { exists: true } }, false],
    ['lengths are not values', { 'properties.tags.length': { exists: true } }, false],
    ['sealed values equal nothing', { 'properties.email': { equals: { $sealed: 'v1.f.abc' } } }, false],
    ['sealed values contain nothing', { 'properties.email': { contains: 'v1' } }, false],
    ['sealed values are there', { 'properties.email': { exists: true } }, true],
    ['all', { all: [{ type: { equals: 'product_viewed' } }, { time: { lte: 1_000 } }] }, true],
    ['any', { any: [{ type: { equals: 'x' } }, { currency: { equals: 'CNY' } }] }, true],
    ['any of none that hold', { any: [{ type: { equals: 'x' } }, { type: { equals: 'y' } }] }, false],
    ['not', { not: { type: { equals: 'x' } } }, true],
    ['a feature', { feature: 'orders_30d', lt: 3 }, true],
    ['a feature that is a list', { feature: 'last_viewed_items', contains: 'i1' }, true],
    ['a feature without a value', { feature: 'unknown', gte: 0 }, false],
    ['a trait', { trait: 'city', equals: 'Shanghai' }, true],
    ['a consent', { consent: 'marketing.sms', equals: true }, true],
    ['a consent that was not given', { not: { consent: 'sharing', equals: true } }, true],
  ])('%s', (_name, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it('with a list of values accepts exactly its members', () => {
    const within = compileEventCondition({ 'properties.price': { in: [1, 39_900] } }, '/where');
    expect(within(event)).toBe(true);
    expect(within({ ...event, properties: { price: 2 } })).toBe(false);
  });
});

describe('a condition is refused', () => {
  it.each<[string, unknown, string]>([
    ['for a regular expression that looks around', { type: { matches: '(?=a)' } }, '/where/type/matches'],
    ['for an unknown operator', { type: { like: 'a' } }, '/where/type/like'],
    ['for an unknown root', { props: { equals: 1 } }, '/where/props'],
    ['for an unknown field of an order', { 'order.cost': { gt: 1 } }, 'order.cost'],
    [
      'for a path into a sealed value',
      { 'properties.email.$sealed': { exists: true } },
      'properties.email.$sealed',
    ],
    ['for the profile where only the event is at hand', { feature: 'orders_30d', lt: 3 }, '/where/feature'],
    ['for a segment where only the event is at hand', { segment: 'vip' }, '/where/segment'],
    ['for a tag that is compared', { tag: 'vip', gt: 1 }, '/where'],
    ['without operators', { type: {} }, '/where/type'],
    ['without terms', {}, '/where'],
    ['for an empty list', { any: [] }, '/where/any'],
    ['for bounds in the wrong order', { time: { between: [2, 1] } }, '/where/time/between'],
    ['for a bound that is no number', { time: { gt: '1' } }, '/where/time/gt'],
    ['for a short form', { type: 'product_viewed' }, '/where/type'],
    ['for something else than an object', ['type'], '/where'],
  ])('%s', (_name, condition, place) => {
    const text = problem(condition);
    expect(text).toContain('invalid_definition');
    expect(text).toContain(place);
  });

  it('when it names two things of the profile or an unknown feature', () => {
    expect(problem({ feature: 'a', trait: 'b', exists: true }, { path: '/when', profile: true })).toContain(
      '"all"',
    );
    const scope = { path: '/when', profile: true, features: new Set(['orders_30d']) };
    expect(problem({ feature: 'orders_3d', lt: 1 }, scope)).toContain('no feature "orders_3d"');
    expect(problem({ feature: 'orders_30d', lt: 1 }, scope)).toBe('none');
  });

  it('when it is too deep or too long', () => {
    let deep: unknown = { type: { equals: 'a' } };
    for (let level = 1; level < limits.conditionDepthMax; level += 1) deep = { not: deep };
    expect(problem(deep)).toBe('none');
    expect(problem({ not: deep })).toContain('nested deeper');
    const terms = (count: number): unknown => ({
      any: Array.from({ length: count }, () => ({ type: { equals: 'a' } })),
    });
    expect(problem(terms(limits.conditionTermsMax))).toBe('none');
    expect(problem(terms(limits.conditionTermsMax + 1))).toContain('terms');
    expect(
      problem({ type: { in: Array.from({ length: limits.conditionListMax + 1 }, (_, index) => index) } }),
    ).toContain('list at most');
  });
});
