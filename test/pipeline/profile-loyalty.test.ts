import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { readFact } from '../../src/loyalty/read-fact.ts';
import { readLedger } from '../../src/loyalty/standing.ts';
import type { Event } from '../../src/model/event.ts';
import { emptyLedger, putFact } from '../../src/model/ledger-facts.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { concernsPoints, pointsOnWake, refusalOf } from '../../src/pipeline/profile-loyalty.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import { compiled, memberEvent, orderEvent, T0 } from '../loyalty/loyalty-world.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const program = compiled({ expiry: { months: 1 } });
const inForce = { loyalty: program };

function facetOf(id: string, events: readonly Event[]): Facet {
  const facet = emptyFacet(id);
  facet.ledger = emptyLedger();
  for (const event of events) {
    const fact = readFact(program, event, event.time);
    if (fact !== undefined) putFact(facet.ledger.facts, fact);
  }
  return facet;
}

const orders = (count: number, from: number): Event[] =>
  Array.from({ length: count }, (_, n) => orderEvent(`${from}-${n}`, T0 + n * 1_000, 10_000));

function take(facets: readonly Facet[], now: number, event: Event) {
  const header: Header = { ...emptyHeader('p', T0, 'person'), facets: facets.map(({ id }) => id) };
  const context = recordingContext(new MapView(), { seq: 1, now });
  const [facet = emptyFacet('new')] = facets;
  const refusal = refusalOf({ profileId: 'p', header, facets, facet, event }, inForce, context);
  return { refusal, context, header };
}

describe('the ledger of a profile', () => {
  it('lets go what has settled once a facet holds many facts, in all facets, and the balance stays', () => {
    const one = facetOf('f1', orders(limits.ledgerSettleFacts, 1));
    const burn = { id: 'b', type: 'points_redeemed', properties: { points: 15 } };
    const other = facetOf('f2', [...orders(2, 2), memberEvent('b', { ...burn, time: T0 + 5_000 })]);
    const now = T0 + limits.orderFactMs + DAY_MS;
    const late = orderEvent('late', now, 10_000);
    const sums = (at: number) => {
      const { available, pending, debt } = readLedger([one.ledger, other.ledger], program, at);
      return { available, pending, debt };
    };
    const before = sums(now);
    expect(take([one, other], now, late).refusal).toBeUndefined();
    expect([one.ledger?.facts.size, other.ledger?.facts.size]).toEqual([0, 0]);
    expect(one.ledger?.settled).toEqual({ earned: 2_580, burned: 15, expired: 2_565, returned: 0 });
    expect(sums(now)).toEqual(before);
  });

  it('keeps what may still change, and is full at its bound', () => {
    const one = facetOf('f1', orders(limits.ledgerSettleFacts, 1));
    take([one], T0 + 100 * DAY_MS, orderEvent('late', T0 + 100 * DAY_MS, 10_000));
    expect(one.ledger?.facts.size).toBe(limits.ledgerSettleFacts);
    const full = facetOf('f1', orders(limits.ledgerFactsPerFacetMax, 1));
    expect(take([full], T0 + DAY_MS, orderEvent('late', T0, 10_000)).refusal).toBe('ledger_full');
  });

  it('refuses a burn with a row that says who asked for how much', () => {
    const { refusal, context } = take([facetOf('f1', orders(1, 1))], T0 + DAY_MS, burnOf(11));
    expect(refusal).toBe('points_insufficient');
    expect(context.rows).toMatchObject([
      { table: 'points', values: expect.arrayContaining(['refused', 'p', -11]) },
    ]);
    expect(take([facetOf('f1', orders(1, 1))], T0 + DAY_MS, burnOf(10)).refusal).toBeUndefined();
  });

  it('does not wake for people without points, nor without a program', () => {
    const header = emptyHeader('p', T0, 'person');
    const context = recordingContext(new MapView(), { seq: 1, now: T0 });
    pointsOnWake({ header, facets: [emptyFacet('f')] }, inForce, context);
    pointsOnWake({ header, facets: [facetOf('f1', orders(1, 1))] }, {}, context);
    expect([header.pointsAt, context.rows, context.effects]).toEqual([undefined, [], []]);
    expect(concernsPoints(burnOf(1), {})).toBe(false);
    const sale = orderEvent('1', T0, 100);
    expect(concernsPoints({ ...sale, claims: [] }, inForce)).toBe(false);
    // A burn of nobody has to be refused.
    expect(concernsPoints({ ...burnOf(1), claims: [] }, inForce)).toBe(true);
    expect(concernsPoints(memberEvent('v', {}), inForce)).toBe(false);
  });
});

function burnOf(points: number): Event {
  return memberEvent('b-1', { type: 'points_redeemed', time: T0, properties: { points } });
}
