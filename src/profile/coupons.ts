import { limits } from '../limits.ts';
import type { CouponFacts, CouponPoolDefinition, CouponWord } from '../model/coupon.ts';
import { readMoment } from '../model/date-time.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Facet } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';

/**
 * Coupons are facts of the facet whose event brought them about, by their codes: issued, used, returned. So a merge unites
 * them, an unmerge takes along those of the identifier that leaves, and neither makes nor loses one. What a coupon is now
 * (held, used, expired, void) is worked out when it is read, over all facets: it may have been used under another identifier.
 */
export function applyCoupon(facet: Facet, event: Event): void {
  const read = READERS[event.type];
  if (read === undefined) return;
  const { coupon_id: code } = event.properties;
  if (typeof code !== 'string' || code === '') return;
  const word = { time: event.time, tie: `${event.source}\0${event.id}` };
  take(facet, code, read(event.properties, word));
}

const READERS: Readonly<Record<string, (properties: JsonObject, word: CouponWord) => CouponFacts>> = {
  coupon_issued: ({ pool, expires_at: expires, firing_id: firing }, word) => ({
    issued: { ...word, pool: textOf(pool), expires: momentOf(expires), firing: textOf(firing) },
  }),
  coupon_redeemed: ({ order_id: order }, word) => ({ used: { ...word, order: textOf(order) } }),
  coupon_returned: ({ voided }, word) => ({ returned: { ...word, voided: voided === true } }),
};

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** 0: never. */
function momentOf(value: JsonValue | undefined): EpochMs {
  if (typeof value === 'number') return value;
  return (typeof value === 'string' ? readMoment(value) : undefined) ?? 0;
}

/** Takes over another facet's coupons for good. */
export function uniteCoupons(into: Facet, from: Facet): void {
  for (const [code, facts] of from.coupons ?? []) take(into, code, facts);
}

function take(facet: Facet, code: string, facts: CouponFacts): void {
  facet.coupons ??= new Map();
  const known = facet.coupons.get(code);
  facet.coupons.set(code, known === undefined ? facts : unite(known, facts));
  if (facet.coupons.size > limits.couponsPerFacetMax) dropOldest(facet.coupons);
}

function unite(one: CouponFacts, other: CouponFacts): CouponFacts {
  const issued = newer(one.issued, other.issued);
  const used = newer(one.used, other.used);
  const returned = newer(one.returned, other.returned);
  return { ...(issued && { issued }), ...(used && { used }), ...(returned && { returned }) };
}

function newer<Word extends CouponWord>(a: Word | undefined, b: Word | undefined): Word | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.time > b.time || (a.time === b.time && a.tie >= b.tie) ? a : b;
}

function dropOldest(coupons: Map<string, CouponFacts>): void {
  const [oldest] = [...coupons].sort((a, b) => latest(a[1]) - latest(b[1]) || (a[0] < b[0] ? -1 : 1));
  if (oldest !== undefined) coupons.delete(oldest[0]);
}

function latest({ issued, used, returned }: CouponFacts): EpochMs {
  return Math.max(issued?.time ?? 0, used?.time ?? 0, returned?.time ?? 0);
}

/** What is left of a pool once its definition is gone: what holds by default. */
type RefundRule = CouponPoolDefinition['on_refund'];
export type RefundRules = (pool: string) => RefundRule;

/** The coupons that a profile was issued, the newest first, as they are at the moment. */
export function readCoupons(
  facets: readonly Facet[],
  { now, onRefund }: { readonly now: EpochMs; readonly onRefund: RefundRules },
): readonly JsonObject[] {
  const all = new Map<string, CouponFacts>();
  for (const { coupons } of facets)
    for (const [code, facts] of coupons ?? []) all.set(code, unite(all.get(code) ?? {}, facts));
  const takenBack = ordersTakenBack(facets);
  return [...all]
    .filter(([, { issued }]) => issued !== undefined)
    .sort(([a, one], [b, other]) => issuedAt(other) - issuedAt(one) || (a < b ? -1 : 1))
    .map(([code, facts]) => shown(code, facts, { now, onRefund, takenBack }));
}

function issuedAt({ issued }: CouponFacts): EpochMs {
  return issued?.time ?? 0;
}

/** Orders that were refunded or cancelled, by their numbers, and when. */
function ordersTakenBack(facets: readonly Facet[]): ReadonlyMap<string, EpochMs> {
  const found = new Map<string, EpochMs>();
  for (const { orders } of facets) {
    for (const { key, time } of orders.values()) {
      const [, order = '', transition] = key.split('\0');
      if (transition === 'completed') continue;
      found.set(order, Math.max(time, found.get(order) ?? 0));
    }
  }
  return found;
}

interface Reading {
  readonly now: EpochMs;
  readonly onRefund: RefundRules;
  readonly takenBack: ReadonlyMap<string, EpochMs>;
}

function shown(code: string, facts: CouponFacts, reading: Reading): JsonObject {
  const { issued, used } = facts;
  const { pool = '', expires = 0, firing = '', time = 0 } = issued ?? {};
  const status = statusOf(facts, reading);
  return {
    code,
    pool,
    status,
    issued_at: time,
    ...(expires === 0 ? {} : { expires_at: expires }),
    ...(firing === '' ? {} : { firing_id: firing }),
    ...(status !== 'used' || used === undefined ? {} : { used_at: used.time, order_id: used.order }),
  };
}

type Status = 'held' | 'used' | 'expired' | 'void';

function statusOf({ issued, used, returned }: CouponFacts, { now, onRefund, takenBack }: Reading): Status {
  const back = returned !== undefined && (used === undefined || returned.time >= used.time);
  if (back && returned.voided) return 'void';
  if (used !== undefined && !back) {
    const refunded = used.order !== '' && (takenBack.get(used.order) ?? 0) >= used.time;
    const rule = refunded ? onRefund(issued?.pool ?? '') : 'keep';
    if (rule !== 'return') return rule === 'void' ? 'void' : 'used';
  }
  return issued !== undefined && issued.expires > 0 && issued.expires <= now ? 'expired' : 'held';
}
