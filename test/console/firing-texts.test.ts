import { describe, expect, it } from 'vitest';
import { readPayload } from '../../src/console/live/read-payload.ts';
import { reasonText } from '../../src/console/live/reason-text.ts';
import { liveEn } from '../../src/console/words/en-live.ts';

describe('why a trigger did not fire', () => {
  it.each([
    ['cooldown', liveEn.reasons.cooldown],
    ['guard:pays_full_price', liveEn.reasons.guard('pays_full_price')],
    ['cap:channel', liveEn.reasons.cap('channel')],
    // Kinds that this page does not know, and those that lack what they are about, are told as they are.
    ['something_new', 'something_new'],
    ['guard', 'guard'],
    ['toString', 'toString'],
  ])('is said in words: %s', (reason, text) => {
    expect(reasonText(reason, liveEn.reasons)).toBe(text);
  });
});

describe('what a firing brings', () => {
  it('is its message, its coupon and its items', () => {
    const payload = {
      template: 'plus_size_coupon',
      message: { title: 'Still thinking?', body: 'Your size is here.' },
      coupon: { status: 'drawn', pool: 'plus', code: 'C-1' },
      data: { items: [{ item_id: 'spu-1', name: 'A dress' }, { item_id: 'spu-2' }, 7] },
    };
    expect(readPayload(payload)).toEqual({
      ...{ template: 'plus_size_coupon', title: 'Still thinking?', body: 'Your size is here.' },
      ...{ coupon: 'C-1', items: ['A dress', 'spu-2'] },
    });
  });

  it('is nothing where it has another form', () => {
    const nothing = { template: undefined, title: undefined, body: undefined, coupon: undefined, items: [] };
    expect(readPayload({})).toEqual(nothing);
    expect(readPayload({ template: 7, message: 'x', coupon: null, data: { items: 'x' } })).toEqual(nothing);
  });
});
