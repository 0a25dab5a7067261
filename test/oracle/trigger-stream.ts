import { facetKey } from '../../src/ingest/facet-key.ts';
import type { Claim, Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createRandom, type Random } from '../simulation/random.ts';

/** Seeded traffic of people who do everything that triggers ask for, in and out of order, late and twice. */
export type Traffic = { readonly now: number } & (
  | { readonly kind: 'event'; readonly profile: string; readonly event: Event }
  | { readonly kind: 'merge'; readonly from: string; readonly to: string }
  | { readonly kind: 'split'; readonly from: string; readonly to: string; readonly facets: readonly string[] }
);

export const START = Date.UTC(2026, 1, 20);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LENGTH = 15 * DAY;

export interface TrafficOptions {
  readonly seed: number;
  readonly people: number;
  /** Of one person. */
  readonly events: number;
  /** Whether some who were one are two again. */
  readonly splits?: boolean;
}

type Said = Pick<Event, 'type' | 'properties'> &
  Partial<Pick<Event, 'traits' | 'consent' | 'tag' | 'kind' | 'order'>>;

/** In the order of the log. */
export function trafficOf({ seed, people, events, splits = false }: TrafficOptions): readonly Traffic[] {
  const random = createRandom(seed * 7_919);
  const all: Traffic[] = [];
  for (let number = 0; number < people; number++) all.push(...new Shopper(number, random).live(events));
  all.push(...hoarder(people, random), ...nightReader(people + 1, random));
  all.push(...unions(people, random, splits));
  return all.sort((a, b) => a.now - b.now);
}

/** The facet of a person's member number with one of their devices, or without any. */
export function facetOf(
  person: number,
  device: number,
): { readonly claims: readonly Claim[]; readonly facet: string } {
  const member: Claim = { type: 'member_id', hash: `m${person}`, verified: true };
  const claims =
    device < 0 ? [member] : [{ type: 'device_id', hash: `d${person}-${device}`, verified: false }, member];
  return { claims, facet: facetKey(claims) };
}

const ZONES = [
  'America/New_York',
  undefined,
  'Europe/Berlin',
  'Asia/Kolkata',
  undefined,
  'No/Where',
] as const;

class Shopper {
  readonly #number: number;
  readonly #random: Random;
  #count = 0;
  #now: number;
  /** Carts with when something was put into them. */
  readonly #carts: { readonly cart_id: string; readonly item: JsonObject; readonly time: number }[] = [];

  constructor(number: number, random: Random) {
    this.#number = number;
    this.#random = random;
    this.#now = START + random.below(LENGTH / 3);
  }

  live(events: number): readonly Traffic[] {
    const all: Traffic[] = [this.#say(this.#introduction())];
    while (all.length < events) {
      this.#now += this.#pause();
      const said = this.#say(this.#something());
      all.push(said);
      // Senders that have not heard an answer send again.
      if (this.#random.chance(0.02)) all.push({ ...said, now: said.now + 1 + this.#random.below(HOUR) });
    }
    return all;
  }

  #pause(): number {
    const { below, next } = this.#random;
    const chance = next();
    if (chance < 0.35) return below(6) * 10 * SECOND;
    if (chance < 0.75) return below(20) * MINUTE;
    if (chance < 0.93) return below(5) * HOUR;
    return below(30) * HOUR;
  }

  #introduction(): Said {
    const { chance, pick, below } = this.#random;
    const marketing = {
      sms: chance(0.8),
      email: chance(0.85),
      ...(chance(0.8) ? { app_push: chance(0.85) } : {}),
      wechat: chance(0.6),
    };
    // Whoever may turn out to be one lives in one place: a day that a move of house makes known is another story.
    const zone = ZONES[(this.#number >> 1) % ZONES.length];
    const day = (ahead: number): string => new Date(START + ahead * DAY).toISOString().slice(0, 10);
    return {
      type: 'profile_updated',
      properties: {},
      consent: { marketing },
      traits: {
        ...(chance(0.6) ? { birthday: pick([day(below(15)), day(below(15)).slice(5), '2000-02-29']) } : {}),
        ...(chance(0.4) ? { wedding: day(below(15)) } : {}),
        ...(zone === undefined ? {} : { timezone: zone }),
        ...(chance(0.2) ? { preferred_channel: pick(['sms', 'email', 'app_push']) } : {}),
        ...(chance(0.15) ? { contact_limit: pick([1, 2, 3]) } : {}),
        ...(chance(0.1) ? { debtor: true } : {}),
      },
    };
  }

  #something(): Said {
    const { below, pick, chance, next } = this.#random;
    const cart_id = `c${this.#number}-${below(3)}`;
    const item_id = `i${below(6)}`;
    const order_id = `o${this.#number}-${below(4)}`;
    const roll = next();
    if (roll < 0.4)
      return { type: 'product_viewed', properties: { item_id, size: pick(['m', 'xl', 'xxl']) } };
    if (roll < 0.52)
      return { type: 'product_added', properties: { item_id, ...(chance(0.9) ? { cart_id } : {}) } };
    if (roll < 0.56) return { type: 'product_removed', properties: { item_id } };
    if (roll < 0.66) return { type: 'searched', properties: { query: pick(['sale', 'red', 'sale']) } };
    const products: readonly JsonObject[] = [{ item_id }, { item_id: `i${below(6)}` }];
    const bought: JsonObject = chance(0.3) ? { products } : {};
    if (roll < 0.72)
      return { type: 'order_completed', properties: { ...(chance(0.7) ? { cart_id } : {}), ...bought } };
    if (roll < 0.77) return { type: 'order_placed', properties: { order_id } };
    if (roll < 0.83) return { type: 'order_paid', properties: { order_id, amount: below(120), ...bought } };
    if (roll < 0.89) return { type: 'store_entered', properties: {} };
    if (roll < 0.92) return { type: 'subscribed', properties: {} };
    if (roll < 0.935) return this.#long(item_id);
    if (roll < 0.96) return this.#ticket();
    return chance(0.2) ? { type: 'order_cancelled', properties: { order_id } } : this.#opinion();
  }

  /** A case, with the moment by which it must be closed, or without. */
  #ticket(): Said {
    const { pick, below, chance } = this.#random;
    const ticket_id = `t${this.#number}-${below(2)}`;
    const due_at = new Date(this.#now + (below(40) - 4) * 10 * MINUTE).toISOString();
    const type = pick(['ticket_opened', 'ticket_updated', 'ticket_closed']);
    return { type, properties: { ticket_id, ...(chance(0.8) ? { due_at } : {}) } };
  }

  /** More than a deferred decision keeps. */
  #long(item_id: string): Said {
    return { type: 'product_viewed', properties: { item_id, size: 'xl', text: 'x'.repeat(5_000) } };
  }

  #opinion(): Said {
    const { chance, pick } = this.#random;
    const properties = {};
    const type = 'profile_updated';
    const kinds = ['staff', 'customer', 'customer'] as const;
    return pick<Said>([
      { type, properties, consent: { marketing: { sms: chance(0.6) } } },
      { type, properties, consent: { marketing: { email: chance(0.7), wechat: chance(0.7) } } },
      { type, properties, traits: { silent: chance(0.3) } },
      { type, properties, traits: { shy: chance(0.4) } },
      { type, properties, kind: { kind: pick(kinds), by: 'event' } },
      { type, properties, traits: { preferred_channel: pick(['sms', 'email', 'wechat']) } },
      { type, properties, tag: { name: 'rich', on: chance(0.7), author: 'ann', reason: '' } },
      { type, properties, tag: { name: 'marketing_paused', on: chance(0.3), author: 'ann', reason: '' } },
    ]);
  }

  #say(said: Said): Traffic {
    const { chance, below, next } = this.#random;
    const now = this.#now;
    const roll = next();
    // Most arrive at once; some after others that happened later, and some when they are too old to set anything off.
    const delay =
      roll < 0.75
        ? below(3) * SECOND
        : roll < 0.93
          ? below(50) * MINUTE
          : roll < 0.96
            ? below(20) * HOUR
            : below(6 * DAY);
    const arrived = chance(0.1) ? Math.floor((now - delay) / MINUTE) * MINUTE : now - delay;
    const { time, properties } = this.#orderOf(said, arrived);
    const device = below(3) - 1;
    const event: Event = {
      ...{
        id: `e${this.#number}-${String(999 - this.#count++)}`,
        ...said,
        properties,
        time,
        receivedAt: now,
      },
      ...{ source: chance(0.8) ? 'web' : 'pos', channel: 'web', ...facetOf(this.#number, device) },
      ...(now - time > DAY ? { late: true } : {}),
    };
    return { kind: 'event', now, profile: `p${this.#number}`, event };
  }

  /** Some orders become known when somebody has been reminded of the cart already. */
  #orderOf({ type, properties }: Said, time: number): { time: number; properties: Event['properties'] } {
    const { cart_id } = properties;
    const { item_id } = properties;
    if (type === 'product_added' && typeof cart_id === 'string' && typeof item_id === 'string')
      this.#carts.push({ cart_id, item: { item_id }, time });
    const { chance, pick, below } = this.#random;
    if (type !== 'order_completed' || this.#carts.length === 0 || chance(0.6)) return { time, properties };
    const cart = pick(this.#carts);
    const what = chance(0.5) ? { cart_id: cart.cart_id } : { products: [{ ...cart.item }] };
    return { time: Math.min(time, cart.time + below(25 * MINUTE)), properties: what };
  }
}

const CONSENT = { marketing: { sms: true, email: true, app_push: true } };

function plain(person: number, now: number, said: Said & { readonly id: string }): Traffic {
  const event = { time: now, receivedAt: now, source: 'web', channel: 'web', ...facetOf(person, 0), ...said };
  return { kind: 'event', now, profile: `p${person}`, event };
}

/** Begins more carts than a profile keeps timers for. */
function hoarder(person: number, random: Random): readonly Traffic[] {
  const start = START + random.below(DAY);
  const carts = Array.from({ length: 70 }, (_, n) => {
    const properties = { item_id: 'i1', cart_id: `h${n}` };
    return plain(person, start + Math.floor(n / 5) * SECOND, {
      id: `h${n}`,
      type: 'product_added',
      properties,
    });
  });
  const consent = plain(person, start - 1, {
    id: 'h',
    type: 'profile_updated',
    properties: {},
    consent: CONSENT,
  });
  return [consent, ...carts];
}

/** Looks at more things at night than a profile keeps decisions for. */
function nightReader(person: number, random: Random): readonly Traffic[] {
  const start = START + 15 * HOUR + random.below(HOUR);
  const views = Array.from({ length: 40 }, (_, n) => {
    const properties = { item_id: `n${Math.floor(n / 2)}`, size: 'm' };
    return plain(person, start + n * 10 * SECOND, { id: `n${n}`, type: 'product_viewed', properties });
  });
  const consent = plain(person, start - 1, {
    id: 'n',
    type: 'profile_updated',
    properties: {},
    consent: CONSENT,
  });
  return [consent, ...views];
}

/** Some turn out to be one, and some of these to be two after all. */
function unions(people: number, random: Random, splits: boolean): readonly Traffic[] {
  const all: Traffic[] = [];
  for (let number = 0; number + 1 < people; number += 2) {
    if (!random.chance(0.4)) continue;
    const now = START + LENGTH / 3 + random.below(LENGTH / 3);
    all.push({ kind: 'merge', now, from: `p${number + 1}`, to: `p${number}` });
    if (!splits || !random.chance(0.4)) continue;
    const { facet } = facetOf(number, 0);
    all.push({
      kind: 'split',
      now: now + random.below(LENGTH / 3),
      from: `p${number}`,
      to: `s${number}`,
      facets: [facet],
    });
  }
  return all;
}
