import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { createRandom, type Random } from '../e2e/support/seeded-random.ts';
import { honest, invented } from './attack-people.ts';
import { START_MS } from './fused-engine.ts';

/** Values that forms and libraries send for nobody. */
const JUNK = [
  'null',
  'undefined',
  '0',
  '-1',
  '[object Object]',
  'anonymous',
  'guest',
  '"null"',
  'NaN',
  'ＴＥＳＴ',
  '00000000-0000-0000-0000-000000000000',
  '13800138000',
  '11111111111',
  ' ',
  '\u202e\u200b',
] as const;

const REPEAT_EVERY = 50;

/** People 0 and 1 get ever new cookies stated, far more than anybody else. */
export const FLOODED = 2;

export interface AttackPlan {
  readonly seed: number;
  /** How many honest people there are to be linked. */
  readonly honest: number;
  /** People who will come later, from this number on. */
  readonly newcomers: number;
}

/** Events from public keys that try to make one person of everybody. */
export class Attack {
  readonly #random: Random;
  readonly #plan: AttackPlan;
  #sent = 0;
  #last: JsonObject = {};
  #values = 0;

  constructor(plan: AttackPlan) {
    this.#plan = plan;
    this.#random = createRandom(plan.seed);
  }

  next(): JsonObject {
    const n = this.#sent++;
    // Now and then a library sends the same event again.
    if (n % REPEAT_EVERY === REPEAT_EVERY - 1) return structuredClone(this.#last);
    const event = this.#made(n);
    this.#last = structuredClone(event);
    return event;
  }

  #made(n: number): JsonObject {
    const { identifiers, ...more } = this.#tricks[n % this.#tricks.length]?.() ?? { identifiers: {} };
    const time = new Date(START_MS - 1_000).toISOString();
    return {
      id: `attack-${n}`,
      type: 'product_viewed',
      time,
      properties: { item_id: 'spu-9' },
      identifiers,
      ...more,
    };
  }

  #victim(): number {
    return this.#random.between(0, this.#plan.honest - 1);
  }

  #fresh(prefix: string): string {
    return `${prefix}-${this.#values++}`;
  }

  /** One of a few cookies, so that each meets many people. */
  #worn(): string {
    return `worn-${this.#random.between(0, 49)}`;
  }

  #many<T extends JsonValue>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  readonly #tricks: readonly (() => JsonObject)[] = [
    () => ({
      identifiers: {
        user_id: this.#random.pick(JUNK),
        phone: this.#random.pick(JUNK),
        anonymous_id: this.#worn(),
      },
    }),
    () => ({
      identifiers: {
        device_id: this.#random.pick(JUNK),
        email: this.#random.pick(JUNK),
        phone: honest.phone(this.#victim()),
      },
    }),
    // Cycling: one cookie with everybody's phone, one phone with ever new cookies.
    () => ({ identifiers: { anonymous_id: this.#worn(), phone: honest.phone(this.#victim()) } }),
    () => ({ identifiers: { anonymous_id: this.#worn(), email: honest.email(this.#victim()) } }),
    () => ({ identifiers: { anonymous_id: this.#fresh('c'), phone: honest.phone(this.#victim()) } }),
    () => ({
      identifiers: {
        anonymous_id: this.#fresh('c'),
        phone: honest.phone(this.#random.between(0, FLOODED - 1)),
      },
    }),
    // Shared devices, with phones and with accounts.
    () => ({
      identifiers: { device_id: `kiosk-${this.#random.between(0, 9)}`, user_id: honest.user(this.#victim()) },
    }),
    () => ({ identifiers: { device_id: `kiosk-${this.#random.between(0, 9)}`, anonymous_id: this.#worn() } }),
    // Everybody in one event.
    () => ({
      identifiers: {
        phone: this.#many(3, () => honest.phone(this.#victim())),
        email: honest.email(this.#victim()),
      },
    }),
    () => ({
      identifiers: {
        phone: honest.phone(this.#victim()),
        email: honest.email(this.#victim()),
        user_id: honest.user(this.#victim()),
      },
    }),
    () => ({
      identifiers: {
        phone: invented.phone(this.#victim()),
        email: honest.email(this.#victim()),
        anonymous_id: this.#worn(),
      },
    }),
    () => ({ identifiers: { phone: invented.phone(this.#victim()), email: invented.email(this.#victim()) } }),
    () => ({
      identifiers: {
        user_id: this.#fresh('u'),
        phone: honest.phone(this.#victim()),
        device_id: `kiosk-${this.#random.between(0, 9)}`,
      },
    }),
    () => ({
      identifiers: {
        phone: this.#many(6, () => honest.phone(this.#victim())),
        email: this.#many(6, () => honest.email(this.#victim())),
        anonymous_id: this.#many(4, () => this.#fresh('c')),
        device_id: this.#many(4, () => this.#fresh('d')),
      },
    }),
    () => ({ identifiers: { anonymous_id: this.#many(21, () => this.#fresh('c')) } }),
    // Values of people who have not come yet.
    () => {
      const [one, other] = [this.#newcomer(), this.#newcomer()];
      return {
        identifiers: { phone: honest.phone(one), email: honest.email(other), anonymous_id: this.#worn() },
      };
    },
    () => ({
      identifiers: { user_id: honest.user(this.#newcomer()), phone: honest.phone(this.#newcomer()) },
    }),
    // What asks something of identity.
    () => ({
      type: 'signed_out',
      properties: {},
      identifiers: { anonymous_id: this.#worn(), phone: honest.phone(this.#victim()) },
    }),
    () => ({
      type: 'signed_in',
      properties: {},
      identifiers: { anonymous_id: this.#worn(), user_id: honest.user(this.#victim()) },
    }),
    () => ({
      type: 'members_merged',
      properties: { kept: honest.user(this.#victim()), merged: honest.user(this.#victim()) },
      identifiers: { member_id: honest.user(this.#victim()) },
    }),
    () => ({
      type: 'profile_identified',
      properties: { kind: 'bot' },
      identifiers: { phone: honest.phone(this.#victim()), anonymous_id: this.#fresh('c') },
    }),
    () => ({ identifiers: { 'wechat_openid@evil': this.#fresh('w'), phone: honest.phone(this.#victim()) } }),
    () => ({
      identifiers: {
        [`wechat_openid@app${this.#random.between(0, 999)}`]: this.#fresh('w'),
        email: honest.email(this.#victim()),
      },
    }),
  ];

  #newcomer(): number {
    return this.#plan.honest + this.#random.between(0, this.#plan.newcomers - 1);
  }
}
