import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTriggerCheck } from '../../../src/definitions/definition-checks.ts';
import { TesseraError } from '../../../src/errors.ts';
import type { TriggerDefinition } from '../../../src/model/trigger.ts';
import { compileTriggers } from '../../../src/triggers/compile.ts';
import { triggerOn } from '../pipeline-world.ts';

const names = {
  features: new Set(['views']),
  segments: new Set(['vip']),
  occasions: new Set(['spring_festival']),
};

/** What is wrong with a pattern; the definition is what somebody may write, whatever the types say. */
function refusal(on: object): string {
  try {
    const definition = triggerOn(on as TriggerDefinition['on']);
    compileTriggers([{ definition, version: '' }], names);
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_definition')
      return `${error.path}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const viewed = { event: 'product_viewed' };
const not = (within?: string) => ({ not: { event: 'order_completed' }, ...(within && { within }) });
const wait = { catalog: 'back_in_stock', interest: viewed, key: 'properties.item_id', for: '30d' };

describe('a pattern', () => {
  it.each<readonly [string, object]>([
    ['an event', viewed],
    ['a sequence', { sequence: [viewed, { not: viewed }, { not: viewed }, { event: 'x', within: '1h' }] }],
    ['an absence', { sequence: [{ ...viewed, key: 'properties.item_id' }, not('180d')], restart: false }],
    ['a crossing', { feature: 'views', gte: 3 }],
    ['a segment', { segment: 'vip', change: 'left' }],
    ['a birthday', { calendar: { birthday: true, days_before: 7 }, at: '09:30' }],
    ['an occasion', { calendar: { occasion: 'spring_festival', days_before: 7 } }],
    ['a feature that is a date', { calendar: { date: { feature: 'views' }, days_after: 2 } }],
    ['a moment of the catalog', wait],
    ['a price', { ...wait, catalog: 'price_drop', drop: { percent: 10 } }],
  ])('is taken: %s', (_name, on) => {
    expect(refusal(on)).toBe('accepted');
  });

  it.each<readonly [string, object, RegExp]>([
    ['of two kinds', { ...viewed, feature: 'views', gte: 1 }, /^\/on: .*exactly one/],
    ['of no kind', {}, /^\/on: .*exactly one/],
    ['over 300 years', { count: 1, of: viewed, within: '109500d' }, /^\/on\/within: .*730d/],
    ['by several values', { count: 2, of: viewed, within: '1h', by: 'properties.items[].id' }, /^\/on\/by: /],
    ['that begins with an absence', { sequence: [{ not: viewed }, viewed] }, /^\/on\/sequence\/0: /],
    ['of one step', { sequence: [viewed] }, /^\/on\/sequence: /],
    ['of nine steps', { sequence: Array.from({ length: 9 }, () => viewed) }, /^\/on\/sequence: /],
    ['with an absence without an end', { sequence: [viewed, not()] }, /^\/on\/sequence\/1\/within: /],
    ['with too long an absence', { sequence: [viewed, not('181d')] }, /^\/on\/sequence\/1\/within: .*180d/],
    ['with two absences', { sequence: [viewed, { not: viewed }, not('1h')] }, /^\/on\/sequence\/2: /],
    [
      'with a gap that has a length',
      { sequence: [viewed, not('1h'), viewed] },
      /^\/on\/sequence\/1\/within: /,
    ],
    ['that begins anew without waiting', { sequence: [viewed, viewed], restart: true }, /^\/on\/restart: /],
    ['of an unknown feature', { feature: 'vieuws', gte: 1 }, /^\/on\/feature: .*vieuws/],
    ['without a comparison', { feature: 'views' }, /^\/on: /],
    ['of an unknown segment', { segment: 'vips', change: 'left' }, /^\/on\/segment: .*vips/],
    ['of an unknown occasion', { calendar: { occasion: 'eid' } }, /^\/on\/calendar\/occasion: .*eid/],
    ['of two days', { calendar: { birthday: true, occasion: 'spring_festival' } }, /^\/on\/calendar: /],
    ['at no time of the day', { calendar: { birthday: true }, at: '25:00' }, /^\/on\/at: /],
    ['after a birthday', { calendar: { birthday: true, days_after: 1 } }, /^\/on\/calendar\/days_after: /],
    ['of an event, without days', { calendar: { since: viewed } }, /^\/on\/calendar\/days: /],
    ['of an unknown date', { calendar: { date: { feature: 'x' } } }, /^\/on\/calendar\/date\/feature: /],
    [
      'with a deadline and a time',
      { sequence: [viewed, { ...not('1h'), until: 'properties.due_at' }] },
      /^\/on\/sequence\/1\/within: /,
    ],
    [
      'with a deadline after two steps',
      { sequence: [viewed, viewed, { not: { event: 'x' }, until: 'properties.due_at' }] },
      /^\/on\/sequence\/2\/until: /,
    ],
    [
      'that is closed by what no key holds',
      { sequence: [viewed, { not: { event: 'x', item: 'properties.item_id' }, within: '1h' }] },
      /^\/on\/sequence: .*item/,
    ],
    [
      'that is closed by an item of a key',
      {
        sequence: [
          { ...viewed, item: 'properties.item_id' },
          { not: [{ event: 'x', item: 'properties.item_id', any_key: true }], within: '1h' },
        ],
      },
      /^\/on\/sequence\/1\/not\/0\/item: /,
    ],
    ['that waits for hours', { ...wait, for: '5h' }, /^\/on\/for: /],
    ['with a price of stock', { ...wait, drop: { percent: 5 } }, /^\/on\/drop: /],
    ['over the profile', { event: 'x', where: { feature: 'views', gte: 1 } }, /^\/on\/where\/feature: /],
  ])('is refused with its place: %s', (_name, on, place) => {
    expect(refusal(on)).toMatch(place);
  });
});

describe('the schema of triggers', () => {
  const schema: { readonly examples: readonly object[] } = JSON.parse(
    readFileSync(new URL('../../../schemas/definitions/trigger.json', import.meta.url), 'utf8'),
  );
  const check = createTriggerCheck();

  it('takes its own examples, and the forms that are documented', () => {
    for (const example of schema.examples) expect(() => check(example)).not.toThrow();
    const action = { channel: 'none' };
    const carts: object = {
      sequence: [
        { event: ['product_added', 'product_tried'], key: 'properties.cart_id', item: 'properties.item_id' },
        {
          not: [{ event: 'order_completed' }, { event: ['a', 'b'], item: 'properties.products[].item_id' }],
          within: '30m',
        },
      ],
    };
    const overdue = { sequence: [viewed, { not: { event: 'x' }, until: 'properties.due_at' }] };
    const until = { ...wait, key: ['properties.variant_id', 'properties.item_id'], unless: [viewed] };
    for (const on of [
      carts,
      overdue,
      until,
      wait,
      { segment: 'vip', change: 'left' },
      { calendar: { birthday: true } },
    ])
      expect(() => check({ name: 't', on, action })).not.toThrow();
  });

  it('names the place of what it does not know, whatever the kind', () => {
    const action = { channel: 'none' };
    const placeOf = (on: object): string | undefined => {
      try {
        check({ name: 't', on, action });
      } catch (error) {
        if (error instanceof TesseraError) return error.path;
      }
      return undefined;
    };
    expect(placeOf({ ...wait, colour: 'red' })).toBe('/on');
    expect(placeOf({ count: 101, of: viewed, within: '1h' })).toBe('/on/count');
    expect(placeOf({ sequence: [viewed, { not: { event: 'X' }, within: '1h' }] })).toBe(
      '/on/sequence/1/not/event',
    );
    expect(placeOf({ calendar: { birthday: true, days_before: 400 } })).toBe('/on/calendar/days_before');
  });
});
