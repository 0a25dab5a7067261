import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCoupons, encodeCoupons } from '../../src/features/encode-coupons.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Facet } from '../../src/model/profile.ts';
import { applyCoupon, readCoupons, uniteCoupons } from '../../src/profile/coupons.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { eventOf } from '../support/fold-world.ts';

const CODES = ['A', 'B', 'C'] as const;

const event: fc.Arbitrary<Event> = fc
  .record({
    n: fc.nat(1_000_000),
    type: fc.constantFrom('coupon_issued', 'coupon_redeemed', 'coupon_returned', 'product_viewed'),
    code: fc.constantFrom(...CODES),
    time: fc.nat(20),
    expires: fc.nat(30),
    voided: fc.boolean(),
  })
  .map(({ n, type, code, time, expires, voided }) =>
    eventOf(`e${n}`, ['u1'], {
      type,
      time,
      properties: { coupon_id: code, pool: 'p', order_id: `o${n % 3}`, expires_at: expires, voided },
    }),
  );

const onRefund = (): 'return' => 'return';

function facetOf(events: readonly Event[]): Facet {
  const facet = emptyFacet('f');
  for (const each of events) applyCoupon(facet, each);
  return facet;
}

/** What the rules say of one code, from all of its events at once. */
function naive(code: string, events: readonly Event[], now: number): string | undefined {
  const own = events.filter(({ properties }) => properties.coupon_id === code);
  const newest = (type: string): Event | undefined =>
    own.filter((each) => each.type === type).sort((a, b) => b.time - a.time || (b.id < a.id ? -1 : 1))[0];
  const issued = newest('coupon_issued');
  if (issued === undefined) return undefined;
  const used = newest('coupon_redeemed');
  const returned = newest('coupon_returned');
  const expires = Number(issued.properties.expires_at);
  const back = returned !== undefined && (used === undefined || returned.time >= used.time);
  if (back && returned.properties.voided === true) return 'void';
  if (used !== undefined && !back) return 'used';
  return expires > 0 && expires <= now ? 'expired' : 'held';
}

const statuses = (shown: readonly JsonObject[]): Record<string, unknown> =>
  Object.fromEntries(shown.map(({ code, status }) => [String(code), status]));

describe('the coupons of a profile', () => {
  it('are the same in whatever order their events come, and over whichever facets, folded or not', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 24 }),
        fc.nat(40),
        fc.nat(24),
        (events, now, cut) => {
          const expected: Record<string, string> = {};
          for (const code of CODES) {
            const status = naive(code, events, now);
            if (status !== undefined) expected[code] = status;
          }
          const read = (...facets: readonly Facet[]) => statuses(readCoupons(facets, { now, onRefund }));
          expect(read(facetOf(events))).toEqual(expected);
          expect(read(facetOf([...events].reverse()))).toEqual(expected);
          const [one, other] = [facetOf(events.slice(0, cut)), facetOf(events.slice(cut))];
          expect(read(one, other)).toEqual(expected);
          uniteCoupons(one, other);
          expect(read(one)).toEqual(expected);
        },
      ),
      { seed: 3 },
    );
  });

  it('are stored as they are', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 24 }), (events) => {
        const { coupons } = facetOf(events);
        if (coupons === undefined) return;
        const stored = JSON.parse(JSON.stringify(encodeCoupons(coupons)));
        expect(decodeCoupons(stored)).toEqual(new Map([...coupons].sort(([a], [b]) => (a < b ? -1 : 1))));
      }),
      { seed: 5 },
    );
  });
});
