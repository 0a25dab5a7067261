import { describe, expect, it } from 'vitest';
import { compileCondition, type ProfileLookup } from '../../src/conditions/condition.ts';
import type { JsonValue } from '../../src/model/json.ts';
import { eventOf } from '../support/fold-world.ts';

function holds(condition: object, known: JsonValue | undefined, said: JsonValue | undefined): boolean {
  const lookup: ProfileLookup = {
    feature: () => known,
    trait: () => known,
    consent: () => undefined,
    tag: () => false,
    segment: () => false,
    loyalty: () => undefined,
  };
  const properties = said === undefined ? {} : { it: said };
  const compiled = compileCondition(condition, { path: '/when', profile: true });
  return compiled(eventOf('e1', ['a1'], { properties }), lookup);
}

const it_ = { event: 'properties.it' };

describe('a term over the profile, compared with what the event says', () => {
  it.each<[JsonValue | undefined, JsonValue | undefined, boolean]>([
    [['a', 'b'], 'b', true],
    [['a', 'b'], 'c', false],
    [[{ key: 'Lumen', count: 2 }], 'Lumen', true],
    [[{ key: 'Lumen', count: 2 }], 'Nord', false],
    [{ web: 1 }, 'web', true],
    [{ web: 1 }, 'constructor', false],
    ['women/coats', 'coats', true],
    [['a'], undefined, false],
    [undefined, 'a', false],
    [['a'], '', false],
    [[1, 2], 2, true],
    [{ $sealed: 'x' }, '$sealed', false],
  ])('holds it: does %j contain %j? %s', (known, said, answer) => {
    expect(holds({ feature: 'f', contains: it_ }, known, said)).toBe(answer);
  });

  it('takes the other operators, beside plain ones', () => {
    expect(holds({ feature: 'f', gt: it_ }, 5, 4)).toBe(true);
    expect(holds({ feature: 'f', gt: it_, lt: 5 }, 5, 4)).toBe(false);
    expect(holds({ trait: 't', equals: it_ }, 'SH-1', 'SH-1')).toBe(true);
    // What nobody has said equals nothing.
    expect(holds({ trait: 't', equals: it_ }, undefined, undefined)).toBe(false);
    expect(holds({ feature: 'f', lte: it_ }, 5, '5')).toBe(false);
  });

  it('is refused where there is no event, no such path, or no meaning', () => {
    const refusal =
      (condition: object, event = true) =>
      () =>
        compileCondition(condition, { path: '/when', profile: true, event });
    expect(refusal({ feature: 'f', contains: it_ }, false)).toThrow(/^\/when: .*event/);
    expect(refusal({ feature: 'f', contains: { event: 'nowhere.x' } })).toThrow(/^\/when\/contains\/event/);
    expect(refusal({ feature: 'f', matches: it_ })).toThrow(/^\/when\/matches: takes no/);
  });
});
