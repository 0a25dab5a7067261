import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interaction } from '../../src/model/recommendation.ts';
import { compilePlacements } from '../../src/recommend/compile-placements.ts';
import type { RecommendationQuery, RecommendedList } from '../../src/recommend/recommendation-query.ts';
import { Recommender } from '../../src/recommend/recommender.ts';
import { DEFAULT_CAPACITY, DEFAULT_PARAMETERS } from '../../src/recommend/session-parameters.ts';
import { recommendByOracle } from './recommendation-oracle.ts';
import {
  catalogOf,
  histories,
  NOW,
  people,
  placementTexts,
  questions,
  worlds,
} from './recommendation-worlds.ts';
import { SessionOracle } from './session-oracle.ts';

const CAPACITY = { sessions: 64, items: 64, postings: 2 ** 10 };
const SMALL = {
  sessions: { capacity: CAPACITY },
  baskets: { capacity: CAPACITY },
  trending: { countersMax: 1_000 },
  // More than there is: brute force looks at everything.
  candidatesMin: 40,
};
const IDLE_MS = 12 * 3_600_000;
const WEIGHTS = { view: 1, cart: 2, try: 2, favorite: 2, inquire: 2, order: 4 } as const;

const scenes = fc.record({
  world: worlds,
  history: histories,
  placement: placementTexts,
  question: questions,
  person: fc.option(people, { nil: undefined }),
});
type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never;

function taught(history: readonly Interaction[]): Recommender {
  const recommender = new Recommender(SMALL);
  for (const interaction of history) recommender.learn(interaction);
  return recommender;
}

function bytesOf(recommender: Recommender): Buffer {
  return Buffer.concat([...recommender.parts()]);
}

function queryOf(
  { world, placement, question, person }: Scene,
  order?: (n: number) => number,
): RecommendationQuery {
  const compiled = compilePlacements([placement]).get('place');
  if (compiled === undefined) expect.fail('the placement is there');
  return {
    placement: compiled,
    now: NOW,
    catalog: catalogOf(world, order),
    ...question,
    ...(person && { person }),
    explain: true,
  };
}

/** The sessions that a recommender learns from a history, in the oracle of the index. */
function sessionsOf(history: readonly Interaction[]): SessionOracle {
  const sessions = new SessionOracle(
    { ...DEFAULT_PARAMETERS, current: 0, seen: 0 },
    { ...DEFAULT_CAPACITY, ...CAPACITY, idleMs: IDLE_MS },
  );
  const orders = new Set<string>();
  for (const { profile, kind, order, event, items, time } of history) {
    const key = order ?? event;
    if (kind === 'order' && orders.has(key)) continue;
    if (kind === 'order') orders.add(key);
    if (profile === '') continue;
    for (const { item } of items) sessions.add(profile, { item, weight: WEIGHTS[kind] }, time);
  }
  return sessions;
}

function brief({ items }: RecommendedList): readonly unknown[] {
  return items.map(({ item_id, variant_id, score, strategy }) => ({
    item: item_id,
    variant: variant_id,
    score,
    strategy,
  }));
}

describe('the recommender', () => {
  it('offers what brute force over everything offers, and leaves out what it leaves out, for the same reasons', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { world, history, placement, question, person } = scene;
        const sessions = sessionsOf(history);
        const expected = recommendByOracle({
          ...world,
          history,
          placement,
          ...question,
          person,
          now: NOW,
          sessions,
        });
        const list = taught(history).recommend(queryOf(scene));
        expect(brief(list)).toEqual(expected.items);
        expect(list.filtered).toEqual(expected.filtered);
      }),
      { numRuns: 250 },
    );
  });

  it('answers the same whether all candidates are explained or only as many as are needed', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const recommender = taught(scene.history);
        const query = queryOf(scene);
        const { explain: _, ...plain } = query;
        expect(brief(recommender.recommend(plain))).toEqual(brief(recommender.recommend(query)));
      }),
    );
  });

  it('does not go by the order in which the catalog came', () => {
    fc.assert(
      fc.property(scenes, fc.nat(1_000), (scene, seed) => {
        const recommender = taught(scene.history);
        const shuffled = (n: number): number => (n * 7_919 + seed * 104_729) % 1_009;
        expect(recommender.recommend(queryOf(scene, shuffled))).toEqual(
          recommender.recommend(queryOf(scene)),
        );
      }),
    );
  });

  it('goes on from a snapshot as if it had never stopped', () => {
    fc.assert(
      fc.property(scenes, fc.nat(60), (scene, cut) => {
        const whole = taught(scene.history);
        const half = Recommender.read(bytesOf(taught(scene.history.slice(0, cut))), SMALL);
        for (const interaction of scene.history.slice(cut)) half.learn(interaction);
        expect(half.size).toEqual(whole.size);
        expect(half.recommend(queryOf(scene))).toEqual(whole.recommend(queryOf(scene)));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a snapshot of other settings, and what is none', () => {
    const bytes = bytesOf(new Recommender(SMALL));
    const other = { ...SMALL, sessions: { capacity: { ...CAPACITY, sessions: 128 } } };
    for (const broken of [
      bytes.subarray(0, 3),
      bytes.subarray(0, 40),
      bytes.subarray(0, -1),
      Buffer.alloc(64),
    ])
      expect(() => Recommender.read(broken, SMALL)).toThrow(expect.objectContaining({ code: 'data_format' }));
    expect(() => Recommender.read(bytes, other)).toThrow(expect.objectContaining({ code: 'data_format' }));
    expect(Recommender.read(bytes, SMALL).size.items).toBe(0);
  });

  it('answers an empty list where nothing is known at all', () => {
    const placement = compilePlacements([
      { name: 'place', blend: { trending: 1, session: 1, similar: 1 } },
    ]).get('place');
    if (placement === undefined) expect.fail('the placement is there');
    const catalog = catalogOf({ items: [], stock: [] });
    const query = { placement, now: NOW, catalog, store: 'nowhere', item: 'nothing', cart: ['no', 'such'] };
    expect(new Recommender(SMALL).recommend(query)).toEqual({
      placement: 'place',
      items: [],
      strategy: 'none',
      personalized: false,
      candidates: 0,
      filtered: {},
    });
  });

  it('offers bare ids while there is no catalog, and learns an order once whoever reports it', () => {
    const placement = compilePlacements([{ name: 'place', blend: { bought_together: 1 } }]).get('place');
    if (placement === undefined) expect.fail('the placement is there');
    const order = (event: string, items: readonly string[]): Interaction => ({
      profile: event,
      time: NOW,
      event,
      kind: 'order',
      channel: 'web',
      order: 'o1',
      items: items.map((item) => ({ item })),
    });
    const recommender = taught([order('e1', ['mat', 'block']), order('e2', ['mat', 'strap'])]);
    const query = { placement, now: NOW, catalog: catalogOf({ items: [], stock: [] }), item: 'mat' };
    expect(recommender.recommend(query).items).toEqual([
      {
        item_id: 'block',
        score: 1,
        strategy: 'bought_together',
        reasons: [{ code: 'bought_with_item', item_id: 'mat', text: 'often bought with the mat' }],
      },
    ]);
  });

  it('looks further where the rules leave too little, also where only one strategy has anything to say', () => {
    const placement = compilePlacements([
      { name: 'place', blend: { interest: 1, trending: 1 }, limit: 8, per_category: 3 },
    ]).get('place');
    if (placement === undefined) expect.fail('the placement is there');
    // What trends most is all of one category.
    const items = Array.from({ length: 40 }, (_, n) => ({
      item_id: `item-${String(n).padStart(2, '0')}`,
      category: n < 20 ? 'hot' : `other-${n}`,
    }));
    const views = items.flatMap(({ item_id: item }, n) =>
      Array.from(
        { length: n < 20 ? 2 : 1 },
        (_, k): Interaction => ({
          profile: '',
          time: NOW,
          event: `e-${n}-${k}`,
          kind: 'view',
          channel: 'web',
          items: [{ item }],
        }),
      ),
    );
    const query = { placement, now: NOW, catalog: catalogOf({ items, stock: [] }) };
    expect(
      taught(views)
        .recommend(query)
        .items.map(({ item_id }) => item_id),
    ).toEqual([
      ...['item-00', 'item-01', 'item-02'],
      ...['item-20', 'item-21', 'item-22', 'item-23', 'item-24'],
    ]);
  });
});
