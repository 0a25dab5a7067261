import { describe, expect, it } from 'vitest';
import { type Course, courseOf, traitsIn } from '../../../src/features/derived/course.ts';
import { parseExpression } from '../../../src/features/derived/parse.ts';

const FEATURES: Readonly<Record<string, Course>> = {
  age: 'up',
  warmth: 'either',
  pace: 'down',
  orders: 'fixed',
  odd: 'any',
};
const course = (text: string): Course => courseOf(parseExpression(text), (name) => FEATURES[name] ?? 'fixed');

describe('how an expression goes with time', () => {
  it.each<[string, Course]>([
    ['orders + 1', 'fixed'],
    ['now', 'up'],
    ['age + 1', 'up'],
    ['10 - age', 'down'],
    ['age - pace', 'up'],
    ['age + pace', 'any'],
    ['warmth + warmth', 'any'],
    ['age * orders', 'either'],
    ['age / orders', 'either'],
    ['age * pace', 'any'],
    ['age % 7', 'any'],
    ['age >= 90', 'up'],
    ['age < orders', 'down'],
    ['age == 3', 'any'],
    ['orders == 3', 'fixed'],
    ['not (age > 3)', 'down'],
    ['age > 3 and orders > 1', 'up'],
    ['age > 3 and pace > 1', 'any'],
    ['if(orders > 1, age, 0)', 'up'],
    ['if(age > 3, 1, 0)', 'either'],
    ['if(age > 3, pace, 0)', 'any'],
    ['coalesce(age, 0)', 'up'],
    ['max(age, pace)', 'any'],
    ['min(age, 30)', 'up'],
    ['round(warmth, 2)', 'either'],
    ['bucket(age, [10, 20])', 'up'],
    ['days_between(orders, now)', 'up'],
    ['years_since(trait.joined)', 'up'],
    ['abs(age)', 'any'],
    ['abs(orders)', 'fixed'],
    ['odd + 1', 'any'],
    ["get(orders, 'web')", 'fixed'],
    ['median_gap_days(orders)', 'fixed'],
  ])('%s: %s', (text, expected) => {
    expect(course(text)).toBe(expected);
  });

  it('knows the traits that are read, wherever they stand', () => {
    expect(traitsIn(parseExpression("if(trait.size == 'L', -age, max(1, trait.limit))"))).toEqual([
      'size',
      'limit',
    ]);
  });
});
