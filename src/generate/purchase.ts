import type { JsonObject } from '../model/json.ts';
import { DAY_MS, type DurationMs, type EpochMs, HOUR_MS } from '../model/time.ts';
import { type Choice, chooseItem, describe, yuan } from './catalog.ts';
import { rates } from './rates.ts';
import type { Claimed, Scene } from './scene.ts';
import type { Person } from './world.ts';

/** An order that was paid, with what its system knows about the buyer. */
export interface Purchase {
  readonly person: Person;
  readonly at: EpochMs;
  readonly channel: string;
  /** undefined: the browser reports it, since there is no account. */
  readonly source?: string;
  readonly claimed: Claimed;
  readonly choices: readonly Choice[];
  readonly cartId?: string;
  readonly traits?: JsonObject;
  readonly context?: JsonObject;
  readonly delayMs?: DurationMs;
}

export function chooseMore(scene: Scene, person: Person, choices: readonly Choice[]): readonly Choice[] {
  const { random, catalog } = scene;
  const more = random.weighted([0.65, 0.25, 0.1]);
  return [...choices, ...Array.from({ length: more }, () => chooseItem(random, catalog, person.shelves))];
}

/** The order, and what follows it: points, and for some a refund. */
export function buy(scene: Scene, purchase: Purchase): void {
  const { random, outbox } = scene;
  const { person, at, channel, source, claimed, choices, cartId, traits, context, delayMs } = purchase;
  const orderId = scene.serial('order');
  const total = choices.reduce((sum, { item }) => sum + item.price, 0);
  const order = {
    type: 'order_completed',
    at,
    channel,
    ...(source === undefined ? {} : { source }),
    ...claimed,
    person,
    properties: {
      order_id: orderId,
      total: yuan(total),
      currency: 'CNY',
      payment_method: 'card_hash' in claimed.identifiers ? 'card' : random.pick(['wechat_pay', 'alipay']),
      products: choices.map((choice) => ({ ...describe(choice), quantity: 1 })),
      ...(cartId === undefined ? {} : { cart_id: cartId }),
      ...(channel === 'pos' && context?.store !== undefined ? { sold_in: context.store } : {}),
    },
    ...(traits === undefined ? {} : { traits }),
    ...(context === undefined ? {} : { context }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
  outbox.put(order);
  if (person.member && random.chance(rates.pointsReported)) reportPoints(scene, purchase, { orderId, total });
  if (random.chance(rates.refunded)) refundLater(scene, purchase, orderId);
}

function reportPoints(
  scene: Scene,
  { person, at }: Purchase,
  bill: { readonly orderId: string; readonly total: number },
): void {
  scene.outbox.put({
    type: 'points_earned',
    at: at + 2 * HOUR_MS,
    channel: 'server',
    source: 'loyalty',
    identifiers: { member_id: scene.values.member(person) },
    linkable: true,
    person,
    properties: { points: Math.floor(bill.total / 100), order_id: bill.orderId },
  });
}

/** One line comes back. The system that sold it reports it, under what it knew then. */
function refundLater(scene: Scene, purchase: Purchase, orderId: string): void {
  const { random } = scene;
  const { person, claimed, channel, choices, context } = purchase;
  const [back] = choices;
  if (back === undefined) return;
  const daysLater = random.between(1, 12);
  const at = purchase.at + daysLater * DAY_MS - random.between(0, 3) * HOUR_MS;
  const source = purchase.source ?? 'shop';
  // What only the browser knew is not known to the shop that refunds.
  const { anonymous_id: _cookie, ...identifiers } = claimed.identifiers;
  if (purchase.source === undefined && identifiers.phone === undefined) return;
  scene.later(scene.day + daysLater, ({ outbox }) =>
    outbox.put({
      type: 'order_refunded',
      at,
      channel,
      source,
      ...claimed,
      identifiers,
      person,
      properties: {
        order_id: orderId,
        refund_id: `${orderId}-r1`,
        total: yuan(back.item.price),
        currency: 'CNY',
        kind: 'return',
        reason: random.pick(['size', 'quality', 'taste']),
        products: [{ ...describe(back), quantity: 1, paid: yuan(back.item.price) }],
      },
      ...(context === undefined ? {} : { context }),
    }),
  );
}
