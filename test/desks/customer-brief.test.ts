import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import { customerBrief } from '../../src/desks/recommend/customer-brief.ts';
import { RecommendationDesk } from '../../src/desks/recommend/recommendation-desk.ts';
import { BETWEEN_MOMENTS, itemDeeds } from '../../src/model/item-facts.ts';
import type { JsonValue } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import { compilePlacements } from '../../src/recommend/compile-placements.ts';
import { Recommender } from '../../src/recommend/recommender.ts';

const NOW = 1_760_000_000_000;
const DAY = 86_400_000;
const CAPACITY = { capacity: { sessions: 64, items: 64, postings: 2 ** 10 } };

/** Somebody who owns a slip, and an order that says what goes with it. */
function briefOf(traits: Readonly<Record<string, JsonValue>>) {
  const catalog = new Catalog();
  catalog.take(keys.catalogItem('robe'), { item_id: 'robe', category: 'women/home' });
  const header = { ...emptyHeader('p1', NOW, 'person'), facets: ['f1'] };
  const facet = emptyFacet('f1');
  const said = { time: NOW - DAY, tie: 'web\0e-1', rank: 0 };
  facet.consents.set('personalization', { ...said, value: true });
  for (const [name, value] of Object.entries(traits)) facet.traits.set(name, { ...said, value });
  // The catalog does not have it any more: what it is only the event has said.
  facet.items = [
    // One cart was ordered from, with something left in it; another one is open.
    [
      itemDeeds.indexOf('carted'),
      [`cap\n${NOW - 1_000}`, `hat\n${NOW - 2 * DAY}`, `slip\n${NOW - 2 * DAY}`]
        .map((moment) => `${moment}\n1\nweb`)
        .join(BETWEEN_MOMENTS),
    ],
    [itemDeeds.indexOf('ordered'), `slip\n${NOW - DAY}\n1\npos\n\n\n\nwomen/lingerie`],
  ];
  const entries = new Map<string, object>([
    [keys.header('p1'), header],
    [keys.facet('p1', 'f1'), facet],
  ]);
  const recommender = new Recommender({ sessions: CAPACITY, baskets: CAPACITY });
  recommender.learn({
    profile: 'p2',
    time: NOW - 2 * DAY,
    event: 'e-0',
    kind: 'order',
    channel: 'web',
    order: 'o-0',
    items: [{ item: 'slip' }, { item: 'robe' }],
  });
  const clock = createManualClock(NOW);
  const desk = new RecommendationDesk({
    state: { read: async (wanted) => wanted.map((key) => (entries.has(key) ? new Uint8Array() : undefined)) },
    codec: { encode: () => new Uint8Array(), decode: (key) => entries.get(key) ?? {} },
    definitions: { placements: compilePlacements([{ name: 'store', blend: { bought_together: 1 } }]) },
    clock,
    catalog: { catalog },
    recommender: () => recommender,
    served: () => undefined,
  });
  const view = {
    profile_id: 'p1',
    kind: 'customer',
    identifiers: {},
    traits: {},
    features: {},
    segments: [],
    tags: [],
    lifecycle: null,
    consents: {},
    loyalty: null,
    first_seen: NOW,
    last_seen: NOW,
  };
  return customerBrief(
    'p1',
    { reveal: false },
    { profiles: { byId: async () => view }, desk, catalog: { catalog }, clock },
  );
}

describe('the brief', () => {
  it('says what an offer goes with', async () => {
    expect(await briefOf({})).toMatchObject({
      bought: [{ item_id: 'slip' }],
      in_cart: [{ item_id: 'cap' }],
      offer: [{ item_id: 'robe', reasons: [{ code: 'bought_with_owned', item_id: 'slip' }] }],
    });
  });

  it('names what nobody is to speak of nowhere, not in a reason either, also where the catalog has dropped it', async () => {
    const brief = await briefOf({ sensitive_categories: ['women/lingerie'] });
    expect(brief).toMatchObject({ bought: [], offer: [{ item_id: 'robe' }] });
    expect(JSON.stringify(brief)).not.toContain('slip');
  });

  it('takes sizes of people for sizes, and not how many they are', async () => {
    const brief = await briefOf({ shoe_size: '38', size_tops: 'L', household_size: '4' });
    expect(brief).toMatchObject({ sizes: { stated: ['38', 'L'] } });
  });
});
