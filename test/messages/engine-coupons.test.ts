import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { CouponPoolDefinition } from '../../src/model/coupon.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { DefinitionsRecord, LogRecord } from '../../src/model/record.ts';
import type { TemplateDefinition } from '../../src/model/template.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { readCoupons } from '../../src/profile/coupons.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner, type FusedRunner, testPolicy } from '../support/fused-runner.ts';
import { createStagedRig } from '../support/staged-rig.ts';

const offer: TriggerDefinition = {
  name: 'offer',
  purpose: 'service',
  on: { event: 'checkout_started' },
  action: { channel: 'none', template: 'offer', coupon: { pool: 'plus' } },
};
const template: TemplateDefinition = {
  name: 'offer',
  default_locale: 'en',
  locales: {
    en: {
      body: "{{ traits.nickname | default: 'You' }}: {{ coupon.code | default: 'no code' }} {{ event.properties.cart }}",
    },
  },
};
const pool: CouponPoolDefinition = { name: 'plus', valid: '14d', on_refund: 'return' };

function definitionsOf(change: Partial<DefinitionsRecord> = {}): DefinitionsRecord {
  return {
    kind: 'definitions',
    author: 'test',
    features: [],
    triggers: [offer],
    templates: [template],
    coupons: [pool],
    identity: testPolicy,
    ...change,
  };
}

function codes(...added: readonly string[]): LogRecord {
  return { kind: 'command', author: 'ann', command: { type: 'add_codes', pool: 'plus', codes: added } };
}

function checkout(id: string, who: readonly string[], at: number, cart = 'c1'): Event {
  return eventOf(id, who, { type: 'checkout_started', time: at, receivedAt: at, properties: { cart } });
}

async function fusedWith(
  change: Partial<DefinitionsRecord> = {},
  ...added: readonly string[]
): Promise<FusedRunner> {
  const engine = createFusedRunner();
  await engine.append(definitionsOf(change));
  if (added.length > 0) await engine.append(codes(...added));
  await engine.drain();
  return engine;
}

/** The coupons of everybody who has a profile of their own, by profile. */
function held(engine: FusedRunner, now = engine.clock.now()): Map<string, readonly JsonObject[]> {
  const found = new Map<string, readonly JsonObject[]>();
  for (const key of engine.state().keys()) {
    if (!key.startsWith('h/')) continue;
    const header = engine.entry<Header>(key);
    if (header === undefined || header.forward !== undefined) continue;
    const facets = header.facets.flatMap((id) => engine.entry<Facet>(`f/${header.id}/${id}`) ?? []);
    found.set(
      header.id,
      readCoupons(facets, {
        now,
        onRefund: (name) => engine.definitions.outgoing.pools.get(name)?.definition.on_refund ?? 'return',
      }),
    );
  }
  return found;
}

function allHeld(engine: FusedRunner, now?: number): readonly JsonObject[] {
  return [...held(engine, now).values()].flat();
}

const firingsOf = (engine: FusedRunner): readonly Firing[] =>
  engine.committed.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.kind === 'firing' ? [effect.firing] : [])),
  );

describe('a firing with a coupon', () => {
  it('is told of with its code, to whoever waits for the event as well, and the profile holds it', async () => {
    const engine = await fusedWith({}, 'AAA', 'BBB');
    const [outcome] = await engine.apply(checkout('e1', ['u1'], BEGIN_MS));
    const coupon = {
      status: 'drawn',
      pool: 'plus',
      code: 'AAA',
      expires_at: new Date(BEGIN_MS + 14 * DAY_MS).toISOString(),
    };
    expect(outcome?.firings[0]?.payload).toMatchObject({
      coupon,
      message: { locale: 'en', body: 'You: AAA c1' },
    });
    expect(firingsOf(engine).map(({ payload }) => payload)).toEqual([outcome?.firings[0]?.payload]);
    expect(allHeld(engine)).toEqual([
      {
        code: 'AAA',
        pool: 'plus',
        status: 'held',
        issued_at: BEGIN_MS,
        expires_at: BEGIN_MS + 14 * DAY_MS,
        firing_id: outcome?.firings[0]?.id,
      },
    ]);
    // Nothing that the customer did.
    const [facet] = [...engine.state().keys()].filter((key) => key.startsWith('f/'));
    expect(engine.entry<Facet>(facet ?? '')).toMatchObject({ events: 1, last: BEGIN_MS });
    const rows = engine.rows('events').map(({ line }) => line);
    expect(rows.filter((line) => line.includes('coupon_issued'))).toHaveLength(1);
    expect([...engine.state().keys()].filter((key) => key.startsWith('u/'))).toEqual([]);
  });

  it('stays fired and says so when no code is left', async () => {
    const engine = await fusedWith({}, 'AAA');
    await engine.apply(checkout('e1', ['u1'], BEGIN_MS), checkout('e2', ['u2'], BEGIN_MS));
    expect(
      firingsOf(engine).map(({ decision, payload }) => [decision, payload.coupon, payload.message]),
    ).toEqual([
      [
        'fired',
        expect.objectContaining({ status: 'drawn', code: 'AAA' }),
        expect.objectContaining({ body: 'You: AAA c1' }),
      ],
      ['fired', { status: 'none_left', pool: 'plus' }, expect.objectContaining({ body: 'You: no code c1' })],
    ]);
    const counters = engine.committed.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'counter' ? [effect.name] : [])),
    );
    expect(counters).toEqual(expect.arrayContaining(['coupons_drawn', 'coupons_none_left']));
    expect(allHeld(engine)).toHaveLength(1);
  });

  it('takes its code from the pool of the first band that holds', async () => {
    const views = { name: 'views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' } as const;
    const bands = [
      { feature: 'views', gte: 3, pool: 'gold' },
      { feature: 'views', gte: 1, pool: 'silver' },
    ];
    const engine = createFusedRunner();
    const pools = [
      { ...pool, bands },
      { ...pool, name: 'gold' },
      { ...pool, name: 'silver' },
    ];
    await engine.append(definitionsOf({ features: [views], coupons: pools }));
    for (const name of ['plus', 'gold', 'silver']) {
      const added = [`${name}-1`, `${name}-2`];
      await engine.append({
        kind: 'command',
        author: 'ann',
        command: { type: 'add_codes', pool: name, codes: added },
      });
    }
    const view = (id: string, who: string): Event =>
      eventOf(id, [who], { time: BEGIN_MS, receivedAt: BEGIN_MS });
    await engine.apply(view('a', 'u1'), view('b', 'u1'), view('c', 'u1'), view('d', 'u2'));
    await engine.apply(...['u1', 'u2', 'u3'].map((who) => checkout(`e-${who}`, [who], BEGIN_MS)));
    expect(
      allHeld(engine)
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['gold-1', 'plus-1', 'silver-1']);
  });
});

describe('codes of a pool', () => {
  it('are drawn in the order in which they were added, and added once however often they are sent', async () => {
    const engine = await fusedWith({}, 'B', 'A', 'B');
    await engine.append(codes('A', 'C'));
    await engine.drain();
    const details = engine.committed.flatMap(({ outcomes }) =>
      outcomes.flatMap(({ outcome }) => (outcome.detail === undefined ? [] : [outcome.detail])),
    );
    expect(details).toEqual([
      { added: 2, known: 1, refused: 0, left: 2 },
      { added: 1, known: 1, refused: 0, left: 3 },
    ]);
    await engine.apply(...['u1', 'u2', 'u3'].map((who) => checkout(`e-${who}`, [who], BEGIN_MS)));
    expect(firingsOf(engine).map(({ payload }) => payload.coupon)).toMatchObject(
      ['B', 'A', 'C'].map((code) => ({ code })),
    );
    // One that was drawn is known for ever.
    await engine.append(codes('A'));
    await engine.drain();
    expect(engine.committed.at(-1)?.outcomes[0]?.outcome.detail).toMatchObject({
      added: 0,
      known: 1,
      left: 0,
    });
  });
});

describe('a coupon that is held', () => {
  const redeemed = (id: string, at: number, more: JsonObject = {}): Event =>
    eventOf(id, ['u1'], {
      type: 'coupon_redeemed',
      time: at,
      receivedAt: at,
      properties: { coupon_id: 'AAA', order_id: 'O-1', ...more },
    });
  const refund = (at: number): Event =>
    eventOf('refund', ['u1'], {
      type: 'order_refunded',
      time: at,
      receivedAt: at,
      order: {
        namespace: 'default',
        order_id: 'O-1',
        transition: 'refunded',
        refund_id: 'R-1',
        ledger: true,
        total: -100,
        spend: -100,
        refund: 100,
        total_only: false,
      },
    });
  const statusOf = async (
    rule: CouponPoolDefinition['on_refund'],
    events: readonly Event[],
    after = 0,
  ): Promise<unknown> => {
    const engine = await fusedWith({ coupons: [{ ...pool, on_refund: rule }] }, 'AAA');
    await engine.apply(checkout('e1', ['u1'], BEGIN_MS));
    await engine.apply(...events);
    return allHeld(engine, BEGIN_MS + after)[0]?.status;
  };

  it('expires', async () => {
    expect(await statusOf('return', [], 14 * DAY_MS - 1)).toBe('held');
    expect(await statusOf('return', [], 14 * DAY_MS)).toBe('expired');
    expect(await statusOf('return', [redeemed('r', BEGIN_MS + 5)], 15 * DAY_MS)).toBe('used');
  });

  it.each([
    ['return', 'held'],
    ['void', 'void'],
    ['keep', 'used'],
  ] as const)('and used by an order that is refunded: %s makes it %s', async (rule, status) => {
    expect(await statusOf(rule, [redeemed('r', BEGIN_MS + 5)])).toBe('used');
    expect(await statusOf(rule, [redeemed('r', BEGIN_MS + 5), refund(BEGIN_MS + 9)])).toBe(status);
    // In whatever order they come.
    expect(await statusOf(rule, [refund(BEGIN_MS + 9), redeemed('r', BEGIN_MS + 5)])).toBe(status);
    // Another order's refund is another's.
    expect(
      await statusOf(rule, [redeemed('r', BEGIN_MS + 5, { order_id: 'O-2' }), refund(BEGIN_MS + 9)]),
    ).toBe('used');
  });

  it('comes back or is void when an event says so', async () => {
    const returned = (voided: boolean): Event =>
      eventOf('back', ['u1'], {
        type: 'coupon_returned',
        time: BEGIN_MS + 9,
        receivedAt: BEGIN_MS + 9,
        properties: { coupon_id: 'AAA', voided },
      });
    expect(await statusOf('keep', [redeemed('r', BEGIN_MS + 5), returned(false)])).toBe('held');
    expect(await statusOf('keep', [redeemed('r', BEGIN_MS + 5), returned(true)])).toBe('void');
    expect(await statusOf('keep', [redeemed('r', BEGIN_MS + 11), returned(false)])).toBe('used');
  });

  it('stays with its identifier through a merge and an unmerge', async () => {
    const engine = await fusedWith({}, 'AAA', 'BBB');
    await engine.apply(checkout('e1', ['u1'], BEGIN_MS), checkout('e2', ['p1'], BEGIN_MS));
    const before = held(engine);
    expect([...before.values()].map((coupons) => coupons.map(({ code }) => code))).toEqual([
      ['AAA'],
      ['BBB'],
    ]);
    await engine.append({
      kind: 'command',
      author: 'ann',
      command: { type: 'merge', identifiers: ['user_id:u1', 'phone:p1'] },
    });
    await engine.drain();
    expect([...held(engine).values()].map((coupons) => coupons.map(({ code }) => code).sort())).toEqual([
      ['AAA', 'BBB'],
    ]);
    await engine.append({
      kind: 'command',
      author: 'ann',
      command: { type: 'split', identifier: 'phone:p1' },
    });
    await engine.drain();
    const after = [...held(engine).values()].map((coupons) => coupons.map(({ code }) => code));
    expect(after.sort()).toEqual([['AAA'], ['BBB']]);
  });

  it('is one of a bounded number', async () => {
    const engine = await fusedWith({});
    const most = limits.couponsPerFacetMax;
    const issued = Array.from({ length: most + 5 }, (_, n) =>
      eventOf(`i${n}`, ['u1'], {
        type: 'coupon_issued',
        time: BEGIN_MS + n,
        receivedAt: BEGIN_MS + n,
        properties: { coupon_id: `C${n}` },
      }),
    );
    await engine.apply(...issued);
    const found = allHeld(engine);
    expect(found).toHaveLength(most);
    expect(found[0]?.code).toBe(`C${most + 4}`);
  });
});

describe('draws from several partitions at once', () => {
  it.each([1, 2, 3, 4, 5])(
    'give each code to one firing, and each firing one code (seed %d)',
    async (seed) => {
      const random = createRandom(seed);
      const rig = createStagedRig(BEGIN_MS);
      const CODES = 40;
      await rig.append(definitionsOf());
      await rig.append(codes(...Array.from({ length: CODES }, (_, n) => `C${n}`)));
      await rig.settle(random);
      const people = Array.from({ length: 30 }, (_, n) => `u${n}`);
      for (let round = 0; round < 2; round++) {
        const events = people.map((who) => checkout(`e${round}-${who}`, [who], BEGIN_MS, `cart-${who}`));
        await rig.append(...events.map((event) => ({ kind: 'event', event }) as const));
        // Some people become one while their coupons are on their way.
        const [one, other] = [random.pick(['u0', 'u1', 'u2']), random.pick(['u3', 'u4', 'u5'])];
        await rig.append({
          kind: 'command',
          author: 'ann',
          command: { type: 'merge', identifiers: [`user_id:${one}`, `user_id:${other}`] },
        });
        await rig.settle(random);
      }
      const told = new Map<string, Firing>();
      // A commit whose answer went to two workers would be told of twice: ids tell.
      for (const firing of rig.firings) told.set(firing.id, firing);
      expect(told.size).toBe(2 * people.length);
      const drawn = [...told.values()].flatMap(({ payload }) => {
        const coupon = payload.coupon as JsonObject;
        return coupon.status === 'drawn' ? [coupon.code] : [];
      });
      expect(drawn).toHaveLength(CODES);
      expect(new Set(drawn).size).toBe(CODES);
      const heldNow = rig.topology.people.flatMap((partition) =>
        rig.entries<Facet>(partition, 'f/').flatMap(([, facet]) => [...(facet.coupons?.keys() ?? [])]),
      );
      expect(heldNow.sort()).toEqual([...drawn].map(String).sort());
      for (const partition of rig.topology.people) expect(rig.entries(partition, 'u/')).toEqual([]);
      expect(rig.entries(rig.topology.identity, 'k/')).toEqual([['k/plus', { added: CODES, drawn: CODES }]]);
    },
  );
});
