import type { JsonObject } from '../../src/model/json.ts';
import { START_MS } from './fused-engine.ts';

/** Honest people and their ordinary traffic. Even ones are known to servers, odd ones only by what they typed. */
export interface Sent {
  readonly as: 'secret' | 'write';
  readonly event: JsonObject;
}

/** A number that no other i has, nor one of repeated digits; 900,000 of them for each prefix. */
function numberOf(prefix: string, i: number): string {
  return `${prefix}${String(10_000_019 + ((i * 7_919) % 900_000) * 97).slice(0, 8)}`;
}

export const honest = {
  user: (i: number) => `honest-${i}`,
  phone: (i: number) => numberOf('139', i),
  email: (i: number) => `honest.${i}@example.com`,
  cookie: (i: number) => `cookie-of-${i}`,
  device: (i: number) => `device-of-${i}`,
};
export const invented = {
  phone: (i: number) => numberOf('137', i),
  email: (i: number) => `nobody.${i}@example.net`,
};

export function isVerified(i: number): boolean {
  return i % 2 === 0;
}

/** Everything that person i has said of themselves at the start. */
export function identifiersOf(i: number): readonly (readonly [string, string])[] {
  const known = [
    ['phone', honest.phone(i)],
    ['email', honest.email(i)],
    ['anonymous_id', honest.cookie(i)],
  ] as const;
  return isVerified(i) ? [...known, ['user_id', honest.user(i)]] : known;
}

function event(id: string, type: string, identifiers: JsonObject): JsonObject {
  const properties = type === 'product_viewed' ? { item_id: 'spu-1', price: '9.90' } : {};
  return { id, type, time: new Date(START_MS - 60_000).toISOString(), identifiers, properties };
}

/** How person i becomes known. */
export function founding(i: number): readonly Sent[] {
  const [phone, email, anonymous_id] = [honest.phone(i), honest.email(i), honest.cookie(i)];
  const view: Sent = { as: 'write', event: event(`view-${i}`, 'product_viewed', { anonymous_id }) };
  if (!isVerified(i)) {
    const told = event(`told-${i}`, 'profile_identified', { anonymous_id, phone, email });
    return [{ as: 'write', event: told }, view];
  }
  const user_id = honest.user(i);
  return [
    { as: 'secret', event: event(`account-${i}`, 'profile_identified', { user_id, phone, email }) },
    { as: 'secret', event: event(`in-${i}`, 'signed_in', { user_id, anonymous_id }) },
    view,
  ];
}

/** What person i does on an ordinary day. */
export function ordinary(i: number, n: number): readonly Sent[] {
  const [phone, anonymous_id] = [honest.phone(i), honest.cookie(i)];
  const view = event(`browse-${n}`, 'product_viewed', { anonymous_id });
  if (!isVerified(i)) {
    return [
      { as: 'write', event: view },
      { as: 'write', event: event(`again-${n}`, 'product_viewed', { anonymous_id, phone }) },
    ];
  }
  const order: JsonObject = {
    ...event(`order-${n}`, 'order_completed', { user_id: honest.user(i) }),
    properties: { order_id: `o-${n}`, products: [{ item_id: 'spu-1', quantity: 1, price: '9.90' }] },
  };
  return [
    { as: 'write', event: view },
    { as: 'secret', event: order },
  ];
}

/** Person i comes with a device that nobody has seen. */
export function newDevice(i: number): Sent {
  const device_id = honest.device(i);
  return isVerified(i)
    ? { as: 'secret', event: event(`device-${i}`, 'signed_in', { user_id: honest.user(i), device_id }) }
    : { as: 'write', event: event(`device-${i}`, 'product_viewed', { phone: honest.phone(i), device_id }) };
}
