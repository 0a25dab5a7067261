import { describe, expect, it } from 'vitest';
import type { Event, OrderInfo } from '../../src/model/event.ts';
import { eventRow, historyColumns } from '../../src/model/history-rows.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { UNATTRIBUTED } from '../../src/model/keys.ts';
import type { Interaction, Teachers } from '../../src/model/recommendation.ts';
import {
  interactionOfAnswer,
  interactionOfCommitted,
  readInteraction,
  teachingTypes,
} from '../../src/recommend/interactions.ts';
import { lessonOf } from '../../src/recommend/lesson.ts';
import { eventOf } from '../support/fold-world.ts';

const TIME = Date.UTC(2026, 10, 21, 9, 30, 0, 250);
const ORDER: OrderInfo = {
  ...{ namespace: 'shop', order_id: 'o-1', transition: 'completed', refund_id: '', ledger: true },
  ...{ total: 0, spend: 0, refund: 0, total_only: false },
};

interface Who {
  readonly teachers?: Teachers;
  /** Undefined: whoever it is may not be used at all. */
  readonly agrees?: boolean | undefined;
}

/** What the committed row teaches, having made sure that history would answer the same. */
function taughtBy(more: Partial<Event>, profileId = 'p-1', who: Who = {}): Interaction | undefined {
  const { teachers = 'all', agrees } = { agrees: false, ...who };
  const event = eventOf('e1', ['u1'], { time: TIME, ...more });
  const cause = { partition: 0, seq: 1, index: 0, ordinal: 0 };
  const rawText = JSON.stringify(event);
  const lesson = lessonOf(event, () => agrees);
  const row = eventRow({ event, rawText, cause, facetId: 'f', profileId, appendedAt: TIME, lesson });
  const live = interactionOfCommitted(row, teachers);
  const columns = historyColumns.events.map((name, n) => [name, row.values[n]]);
  const answer = { ...Object.fromEntries(columns), at: String(TIME) };
  expect(interactionOfAnswer(answer as JsonObject, teachers)).toEqual(live);
  // What goes to other nodes arrives as it was.
  if (live !== undefined) expect(readInteraction(JSON.parse(JSON.stringify(live)))).toEqual(live);
  return live;
}

const view = (properties: JsonObject, more: Partial<Event> = {}) =>
  taughtBy({ type: 'product_viewed', properties, ...more });

describe('what an event teaches', () => {
  it('is who did what with which products, when and where', () => {
    expect(
      view(
        { item_id: 'mat', variant_id: 'mat-l', category: 'yoga', brand: 'Lotus' },
        { context: { store: 'SH-1' } },
      ),
    ).toEqual({
      ...{ profile: 'p-1', time: TIME, event: 'product_viewed', kind: 'view', channel: 'web', store: 'SH-1' },
      items: [{ item: 'mat', variant: 'mat-l', category: 'yoga', brand: 'Lotus' }],
    });
    expect(view({ variant_id: 'mat-l' })?.items).toEqual([{ item: 'mat-l', variant: 'mat-l' }]);
    expect(teachingTypes.length).toBe(7);
  });

  it('is of an order its goods, each once, and its key', () => {
    const products = [
      { item_id: 'mat', quantity: 1, kind: 'goods' },
      { item_id: 'mat', variant_id: 'x' },
      { item_id: 'box', kind: 'freight' },
      { item_id: 'strap' },
      {},
    ];
    const order = { type: 'order_completed', properties: { products }, order: ORDER };
    expect(taughtBy(order)).toMatchObject({
      ...{ kind: 'order', order: 'shop\0o-1' },
      items: [{ item: 'mat' }, { item: 'strap' }],
    });
    // A browser's copy teaches as well; the key sees to it that it teaches once.
    expect(taughtBy({ ...order, order: { ...ORDER, ledger: false } })?.order).toBe('shop\0o-1');
    expect(taughtBy({ ...order, properties: {} })).toBeUndefined();
  });

  it('belongs to nobody where nobody did it', () => {
    const nobody = taughtBy({ type: 'product_viewed', properties: { item_id: 'mat' } }, UNATTRIBUTED);
    expect(nobody?.profile).toBe('');
  });

  it('is nothing where no product is named, something was taken back, or it was no customer', () => {
    expect(view({ name: 'mat' })).toBeUndefined();
    expect(view({ item_id: 'x'.repeat(201) })).toBeUndefined();
    expect(taughtBy({ type: 'page_viewed', properties: { item_id: 'mat' } })).toBeUndefined();
    const favorite = { type: 'product_favorited', properties: { item_id: 'mat', removed: true } };
    expect(taughtBy(favorite)).toBeUndefined();
    expect(view({ item_id: 'mat' }, { kind: { kind: 'staff', by: 'event' } })).toBeUndefined();
    expect(view({ item_id: 'mat' }, { kind: { kind: 'customer', by: 'event' } })).toBeDefined();
  });

  it('is nothing where whoever did it may not be used, and where only who agrees teaches, of who does not', () => {
    const seen = { type: 'product_viewed', properties: { item_id: 'mat' } };
    const teaches = (who: Who): boolean => taughtBy(seen, 'p-1', who) !== undefined;
    expect(teaches({ agrees: undefined })).toBe(false);
    expect(teaches({ agrees: false })).toBe(true);
    expect(teaches({ agrees: false, teachers: 'agreed' })).toBe(false);
    expect(teaches({ agrees: true, teachers: 'agreed' })).toBe(true);
  });

  it('is believed of another node only where it has the form', () => {
    const said = {
      profile: 'p',
      time: 1,
      event: 'x',
      kind: 'view',
      channel: 'web',
      items: [{ item: 'mat' }],
    };
    expect(readInteraction(said)).toEqual(said);
    for (const wrong of [
      undefined,
      null,
      5,
      {},
      { profile: 'p', time: 1, event: 'x', kind: 'view', channel: 'web' },
      { ...said, order: 5 },
      { ...said, store: {} },
      { ...said, items: [{ item: 'mat', category: 7 }] },
    ])
      expect(readInteraction(wrong)).toBeUndefined();
  });
});
