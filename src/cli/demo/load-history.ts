import type { GeneratedWorld } from '../../generate/generate.ts';
import type { GeneratedItem } from '../../generate/outbox.ts';
import { Random } from '../../generate/random.ts';
import type { JsonObject } from '../../model/json.ts';
import { type EpochMs, MINUTE_MS } from '../../model/time.ts';
import type { Sender } from '../generate/sender.ts';
import type { Progress } from '../progress.ts';
import type { Goods } from './goods.ts';
import type { Town } from './stage.ts';
import { AGREED, isMember } from './story.ts';

/** When carts and orders are reminded of, by the shipped triggers, and how many of them wait for it. */
const CART_MS = 30 * MINUTE_MS;
const PAYMENT_MS = 15 * MINUTE_MS;
const CARTS = 60;
const UNPAID = 20;

/** Tells the past up to now. Answers how many events were sent. */
export async function loadHistory(
  world: GeneratedWorld,
  now: EpochMs,
  { sender, progress }: { readonly sender: Sender; readonly progress: Progress },
): Promise<number> {
  progress.start('Telling the past');
  for (const item of pastOf(world, now)) {
    await sender.send(item);
    progress.update(world.progress(), sender.sent.events);
  }
  await sender.flush();
  progress.stop();
  return sender.sent.events;
}

/** Tells nobody, only to know who is where by now. */
export function letThePastHappen(world: GeneratedWorld, now: EpochMs): void {
  for (const _ of pastOf(world, now));
}

function* pastOf(world: GeneratedWorld, now: EpochMs): Generator<GeneratedItem, void, undefined> {
  for (const item of world.items()) {
    // The world lives until midnight; the rest of today is still to come.
    if (item.arrivesAt < now) yield item;
  }
}

/**
 * Carts that were left and orders that were not paid within the last half hour, minute by minute: so triggers that wait
 * that long fire from the first minute on.
 */
export async function leaveUnfinished(town: Town, seed: number): Promise<void> {
  const random = new Random(`demo ${seed} unfinished`);
  const members = town.people.filter(isMember);
  const events = Array.from({ length: CARTS + UNPAID }, (_, n): JsonObject => {
    const person = members[random.below(members.length)];
    if (person === undefined) return {};
    const cart = n < CARTS;
    const within = cart ? CART_MS : PAYMENT_MS;
    const ago = (within * (cart ? n + 1 : n - CARTS + 1)) / (cart ? CARTS : UNPAID);
    return {
      id: `${town.run}-unfinished-${n}`,
      time: new Date(town.clock.now() - ago + UNSEEN_MS).toISOString(),
      channel: 'web',
      source: 'shop',
      identifiers: { user_id: town.values.user(person), phone: town.values.phone(person.phone) },
      consent: AGREED,
      ...(cart
        ? leftCart(town.goods, random, `${town.run}-cart-${n}`)
        : unpaid(town.goods, random, `${town.run}-order-${n}`)),
    };
  });
  await town.asSystem({ method: 'POST', path: '/v1/events', body: { events } });
}

/** What is due at the very beginning would be over before anybody looks. */
const UNSEEN_MS = 10_000;

function leftCart(goods: Goods, random: Random, cartId: string): JsonObject {
  const properties = { ...goods.facts(goods.pick(random)), cart_id: cartId, quantity: 1 };
  return { type: 'product_added', properties };
}

function unpaid(goods: Goods, random: Random, orderId: string): JsonObject {
  const facts = goods.facts(goods.pick(random));
  const products = [{ ...facts, quantity: 1 }];
  return {
    type: 'order_placed',
    properties: {
      order_id: orderId,
      total: facts.price ?? '',
      currency: 'CNY',
      payment_method: 'alipay',
      products,
    },
  };
}
