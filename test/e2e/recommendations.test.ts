import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';
import { storageSettings, testedOn } from './support/engine-storage.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const WRITE_KEY = `wk_${'0'.repeat(32)}`;
/** Nodes of one space have one. */
const MASTER_KEY = '0'.repeat(64);
const HOUR_MS = 3_600_000;

const sizes = (id: string, ...names: readonly string[]) =>
  names.map((size) => ({ variant_id: `${id}-${size}`, size }));
const GOODS = [
  { item_id: 'mat', name: 'Yoga mat', category: 'sport/yoga/mats', brand: 'Lotus', price: '199.00' },
  { item_id: 'block', name: 'Yoga block', category: 'sport/yoga/blocks', brand: 'Lotus', price: '49.00' },
  {
    item_id: 'leggings',
    name: 'Leggings',
    category: 'sport/yoga/wear',
    brand: 'Lotus',
    price: '399.00',
    variants: sizes('leggings', 'S', 'L'),
  },
  {
    item_id: 'top',
    name: 'Top',
    category: 'sport/yoga/wear',
    brand: 'Lotus',
    price: '199.00',
    variants: sizes('top', 'S'),
  },
  { item_id: 'kettle', name: 'Kettle', category: 'home/kitchen', brand: 'Brew', price: '299.00' },
  { item_id: 'cup', name: 'Cup', category: 'home/kitchen', brand: 'Brew', price: '39.00' },
];
const STOCK = [
  { item_id: 'mat', store: 'SH-001', quantity: 4 },
  { item_id: 'block', store: 'SH-001', quantity: 0 },
  { item_id: 'leggings', variant_id: 'leggings-S', store: 'SH-001', quantity: 3 },
  { item_id: 'leggings', variant_id: 'leggings-L', store: 'SH-001', quantity: 2 },
];
const TEMPLATE = {
  default_locale: 'en',
  locales: {
    en: { body: 'For you: {% for item in items %}{{ item.name }} ({{ item.price }}) {% endfor %}' },
  },
};
const TRIGGER = {
  purpose: 'service',
  on: { event: 'checkout_started' },
  action: {
    channel: 'none',
    template: 'for_you',
    data: { items: { recommend: { placement: 'message', limit: 2 } } },
  },
};

interface Item {
  readonly item_id: string;
  readonly variant_id?: string;
  readonly reasons: readonly { readonly code: string; readonly item_id?: string; readonly text: string }[];
}

interface Node {
  readonly engine: Engine;
  readonly api: EngineApi;
}

describe(`recommendations over HTTP, ${testedOn}`, () => {
  let directory: TemporaryDirectory;
  let other: TemporaryDirectory | undefined;
  const nodes: Node[] = [];
  let api: EngineApi;
  let sent = 0;

  const start = async (dataDir: string, more: Record<string, string> = {}): Promise<Node> => {
    const flags = { dataDir, port: '0', logLevel: 'silent' };
    const env = {
      TESSERA_SECRET_KEY: SECRET_KEY,
      TESSERA_WRITE_KEY: WRITE_KEY,
      TESSERA_MASTER_KEY: MASTER_KEY,
      ...storageSettings(directory.path),
      ...more,
    };
    const engine = await openEngine(
      loadConfig({ env, flags, readFile: (path) => readFileSync(path) }),
      'test',
    );
    const node = {
      engine,
      api: new EngineApi({
        address: await engine.listen(),
        write_key: WRITE_KEY,
        secret_key: SECRET_KEY,
      }),
    };
    nodes.push(node);
    return node;
  };
  const put = async (path: string, body: unknown): Promise<void> => {
    const { status, text } = await api.send('PUT', path, JSON.stringify(body));
    expect(status, text).toBe(200);
  };
  /** An event of somebody, `hours` ago. */
  const deed = (user: string, type: string, hours: number, more: object = {}) => ({
    id: `e-${sent++}`,
    type,
    time: Date.now() - hours * HOUR_MS,
    channel: 'web',
    identifiers: { user_id: user },
    ...more,
  });
  const view = (user: string, item_id: string, hours: number) =>
    deed(user, 'product_viewed', hours, { properties: { item_id } });
  const agrees = (user: string, hours = 200, personalization = true) =>
    deed(user, 'consent_changed', hours, { consent: { personalization } });
  const bought = (user: string, order_id: string, hours: number, products: readonly object[]) =>
    deed(user, 'order_completed', hours, {
      channel: 'pos',
      context: { store: 'SH-001' },
      properties: { order_id, total: 100, currency: 'CNY', products },
    });
  const ask = async (query: string, from = api) => {
    const { status, body } = await from.get(`/v1/recommendations?${query}`);
    expect(status, JSON.stringify(body)).toBe(200);
    return body as {
      readonly id: string;
      readonly profile_id?: string;
      readonly items: readonly Item[];
      readonly strategy: string;
      readonly personalized: boolean;
      readonly explain?: { readonly candidates: number; readonly filtered: Record<string, number> };
    };
  };
  const namesOf = ({ items }: { readonly items: readonly Item[] }) => items.map(({ item_id }) => item_id);

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    ({ api } = await start(directory.path));
  }, 60_000);
  afterAll(async () => {
    for (const { engine } of nodes) await engine.stop();
    directory.remove();
    other?.remove();
  });

  it('answers an empty list where nothing is known: no goods, nobody, no store', async () => {
    const empty = await ask('phone=13900001111&store=nowhere&placement=store&item=nothing&cart=x,y');
    expect(empty).toMatchObject({ items: [], strategy: 'none', personalized: false, placement: 'store' });
    expect(empty.profile_id).toBeUndefined();
    const unknown = await api.get('/v1/recommendations?placement=window');
    expect([unknown.status, unknown.body.code]).toEqual([404, 'placement_not_found']);
    expect(unknown.body.detail).toContain('cart, fitting_room, home, item, message, store');
  });

  it('offers in the store what was looked at online and is there, with the reason', async () => {
    await put('/v1/catalog/items', GOODS);
    await put('/v1/catalog/stores', [{ store_id: 'SH-001', aliases: ['310001'], zone: 'Asia/Shanghai' }]);
    await put('/v1/catalog/stock', STOCK);
    await api.apply([agrees('ann'), view('ann', 'mat', 24), view('ann', 'block', 23)]);
    const offered = await ask('user_id=ann&store=310001&placement=store');
    expect(offered).toMatchObject({ personalized: true });
    expect(offered.items[0]).toMatchObject({
      item_id: 'mat',
      name: 'Yoga mat',
      price: '199.00',
      currency: 'CNY',
      strategy: 'interest',
    });
    expect(offered.items[0]?.reasons.map(({ text }) => text).join('; ')).toMatch(/viewed online/);
    // None is left of the block there; somewhere else nobody has said so.
    expect(namesOf(offered)).not.toContain('block');
    expect(namesOf(await ask('user_id=ann&placement=home'))).toContain('mat');
    const { explain } = await ask('user_id=ann&store=310001&placement=store&explain=1');
    expect(explain?.candidates).toBeGreaterThan(0);
    expect(Object.values(explain?.filtered ?? {}).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });

  it('has a brief for the associate: who it is, what they looked at, what is there', async () => {
    const { status, body } = await api.get('/v1/profiles/user_id:ann/brief?store=SH-001');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'customer',
      personalized: true,
      store: 'SH-001',
      looked_at: [
        { item_id: 'block', name: 'Yoga block', channel: 'web', in_store: 0 },
        { item_id: 'mat', name: 'Yoga mat', channel: 'web', in_store: 4 },
      ],
      in_cart: [],
      open_tickets: [],
      avoid: [],
      recommendation: { placement: 'store' },
    });
    expect(body.offer[0]).toMatchObject({ item_id: 'mat', in_store: 4 });
    expect((await api.get('/v1/profiles/user_id:nobody/brief')).status).toBe(404);
  });

  it('tells in the brief what is in the cart and the fitting room, what is open, and what not to mention', async () => {
    const at = { context: { store: '310001' }, channel: 'pos' };
    await api.apply([
      {
        ...agrees('gil'),
        traits: { name: '张三', sensitive_categories: ['sport/yoga/mats'], shoe_size: '38' },
      },
      // After the order, which has closed the cart before it.
      deed('gil', 'product_added', 3, {
        properties: { item_id: 'leggings', variant_id: 'leggings-L', quantity: 2 },
      }),
      deed('gil', 'product_added', 5, { properties: { item_id: 'cup', quantity: 1 } }),
      bought('gil', 'o-5', 4, [{ item_id: 'cup', quantity: 1, price: 39 }]),
      deed('gil', 'product_tried', 1, {
        ...at,
        properties: { item_id: 'top', variant_id: 'top-S', size: 'S' },
      }),
      deed('gil', 'product_tried', 9, { ...at, properties: { item_id: 'kettle' } }),
      view('gil', 'mat', 2),
      deed('gil', 'ticket_opened', 3, { properties: { ticket_id: 't-1', theme: 'delivery' } }),
      deed('gil', 'ticket_opened', 2, {
        properties: { ticket_id: 't-2', complaint: true, theme: 'quality' },
      }),
      deed('gil', 'ticket_closed', 1, { properties: { ticket_id: 't-1' } }),
    ]);
    const { body } = await api.get('/v1/profiles/user_id:gil/brief?store=SH-001&locale=en');
    expect(body).toMatchObject({
      name: '张三',
      in_cart: [{ item_id: 'leggings', variant_id: 'leggings-L', quantity: 2, in_store: 5 }],
      in_fitting_room: [{ item_id: 'top', size: 'S' }],
      bought: [{ item_id: 'cup', store: 'SH-001' }],
      looked_at: [],
      sizes: { stated: ['38'] },
      open_tickets: [{ ticket_id: 't-2', complaint: true, theme: 'quality' }],
      // Nobody sells to who complains.
      offer: [],
    });
    const codes = body.avoid.map(({ code }: { code: string }) => code);
    expect(codes).toContain('open_complaint');
    expect(body.avoid).toContainEqual({
      code: 'sensitive',
      category: 'sport/yoga/mats',
      text: 'Do not bring up: sport/yoga/mats',
    });
    const elsewhere = await api.get('/v1/profiles/user_id:gil/brief?store=SH-002&locale=zh-CN');
    expect(elsewhere.body.in_fitting_room).toEqual([]);
    expect(elsewhere.body.avoid[0].text).toContain('投诉');
  });

  it('offers no size S to who wears L, and nothing that was brought back', async () => {
    const shirts = [
      {
        item_id: 'shirt-1',
        variant_id: 'shirt-1-L',
        size: 'L',
        category: 'sport/yoga/wear',
        quantity: 1,
        price: 50,
      },
      {
        item_id: 'shirt-2',
        variant_id: 'shirt-2-L',
        size: 'L',
        category: 'sport/yoga/wear',
        quantity: 1,
        price: 50,
      },
    ];
    const returned = deed('ben', 'order_refunded', 2, {
      properties: {
        order_id: 'o-2',
        total: 199,
        currency: 'CNY',
        kind: 'return',
        products: [{ item_id: 'mat', quantity: 1, price: 199 }],
      },
    });
    await api.apply([
      agrees('ben'),
      bought('ben', 'o-1', 100, shirts),
      bought('ben', 'o-2', 90, [{ item_id: 'mat', quantity: 1, price: 199 }]),
      returned,
      view('ben', 'leggings', 3),
      view('ben', 'top', 3),
      view('ben', 'mat', 1),
    ]);
    const offered = await ask('user_id=ben&placement=home');
    expect(offered.items).toContainEqual(
      expect.objectContaining({ item_id: 'leggings', variant_id: 'leggings-L', size: 'L' }),
    );
    expect(namesOf(offered)).not.toContain('top');
    expect(namesOf(offered)).not.toContain('mat');
    const { body } = await api.get('/v1/profiles/user_id:ben/brief');
    expect(body.sizes.bought).toEqual([{ size: 'L', items: 2 }]);
    expect(body.brought_back).toMatchObject([{ item_id: 'mat' }]);
  });

  it('shows nothing personal without consent, and teaches all the same', async () => {
    await api.apply([
      view('cat', 'kettle', 5),
      view('cat', 'cup', 4),
      agrees('dan', 200, false),
      view('dan', 'kettle', 2),
    ]);
    for (const user of ['cat', 'dan']) {
      const offered = await ask(`user_id=${user}&placement=home`);
      expect(offered).toMatchObject({ personalized: false });
      expect(offered.items.flatMap(({ reasons }) => reasons.map(({ code }) => code))).not.toContain(
        'viewed_online',
      );
      expect(new Set(namesOf(offered))).toEqual(new Set(namesOf(await ask('placement=home'))));
      const { body } = await api.get(`/v1/profiles/user_id:${user}/brief?store=SH-001`);
      expect(body).toMatchObject({ personalized: false, avoid: [{ code: 'no_consent' }] });
      expect(Object.keys(body)).not.toContain('looked_at');
      expect(JSON.stringify(body.offer)).not.toContain('viewed_online');
    }
    // What they looked at is what others look at.
    await waitUntil('their views have taught', async () =>
      namesOf(await ask('placement=home')).includes('kettle'),
    );
  });

  it('does not offer the same list every time', async () => {
    await api.apply([
      agrees('eve'),
      ...['mat', 'kettle', 'cup', 'leggings'].map((item, n) => view('eve', item, 10 - n)),
    ]);
    const first = await ask('user_id=eve&placement=home&limit=2');
    expect(first.items).toHaveLength(2);
    const products = namesOf(first).map((item_id) => ({ item_id }));
    await api.apply([
      deed('eve', 'recommendation_shown', 0, {
        properties: { recommendation_id: first.id, placement: 'home', products },
      }),
    ]);
    expect(namesOf(await ask('user_id=eve&placement=home&limit=2'))).not.toEqual(namesOf(first));
  });

  it('follows a placement that is changed at run time', async () => {
    await put('/v1/definitions/placements/window', {
      description: 'The window',
      limit: 1,
      blend: { trending: 1 },
      pins: [{ item: 'cup' }],
    });
    expect(namesOf(await ask('placement=window'))).toEqual(['cup']);
    await put('/v1/definitions/placements/window', {
      limit: 1,
      blend: { trending: 1 },
      exclude: { items: ['cup'] },
    });
    expect(namesOf(await ask('placement=window'))).not.toContain('cup');
    expect((await api.send('DELETE', '/v1/definitions/placements/window')).status).toBeLessThan(300);
    expect((await api.get('/v1/recommendations?placement=window')).status).toBe(404);
  });

  it('puts items into the message of a trigger, and into the answer to its event', async () => {
    const unknown = {
      ...TRIGGER,
      action: { ...TRIGGER.action, data: { items: { recommend: { placement: 'attic' } } } },
    };
    const refused = await api.send('PUT', '/v1/definitions/triggers/for_you', JSON.stringify(unknown));
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_definition']);
    expect(refused.text).toContain('placement');
    await put('/v1/definitions/templates/for_you', TEMPLATE);
    await put('/v1/definitions/triggers/for_you', TRIGGER);
    const taken = await api.send('DELETE', '/v1/definitions/placements/message');
    // What the directory ships comes back instead of going.
    expect([200, 409]).toContain(taken.status);

    const started = deed('ann', 'checkout_started', 0, { context: { store: 'SH-001' } });
    const { body } = await api.apply([started]);
    // The answer has them, or says on a slow machine that they are on their way.
    const [answered] = body.results[0].triggers;
    expect(['choosing', 'chosen']).toContain(answered.payload.recommendation.status);
    const decisions = async () =>
      (await api.get('/v1/profiles/user_id:ann/triggers?trigger=for_you')).body.decisions ?? [];
    await waitUntil('the decision is in history', async () => (await decisions()).length > 0);
    const [firing, ...others] = await decisions();
    expect(others).toEqual([]);
    expect(firing.id).toBe(answered.id);
    expect(firing.payload).toMatchObject({
      data: { items: [{ item_id: expect.any(String), name: expect.any(String) }, expect.anything()] },
      recommendation: { status: 'chosen', placement: 'message', id: expect.any(String) },
    });
    const [first] = firing.payload.data.items;
    expect(firing.payload.message.body).toContain(`For you: ${first.name} (${first.price})`);
  });

  it('answers a sale with what to offer next', async () => {
    const sale = bought('fay', 'o-9', 0, [{ item_id: 'mat', quantity: 1, price: 199 }]);
    const { body } = await api.apply(
      [agrees('fay'), sale],
      '&include=profile,recommendations&placement=store',
    );
    const [, result] = body.results;
    expect(result.profile.profile_id).toBe(result.profile_id);
    expect(result.recommendations).toMatchObject({ placement: 'store', profile_id: result.profile_id });
    expect(namesOf(result.recommendations)).not.toContain('mat');
    const wrong = await api.post('/v1/events?wait=applied&include=recommendations&placement=attic', [
      view('fay', 'mat', 0),
    ]);
    expect([wrong.status, wrong.body.code]).toEqual([404, 'placement_not_found']);
  });

  it('says what came of it', async () => {
    const served = await ask('user_id=ann&placement=store&store=SH-001');
    const [first] = served.items;
    const properties = { recommendation_id: served.id, placement: 'store' };
    await api.apply([
      deed('ann', 'recommendation_shown', 0, {
        properties: { ...properties, products: served.items.map(({ item_id }) => ({ item_id })) },
      }),
      deed('ann', 'recommendation_clicked', 0, { properties: { ...properties, item_id: first?.item_id } }),
      deed('ann', 'order_completed', 0, {
        properties: {
          order_id: 'o-77',
          total: 199,
          currency: 'CNY',
          products: [{ item_id: first?.item_id, quantity: 1, price: 199 }],
        },
      }),
    ]);
    const report = async () => {
      const { status, body, text } = await api.get('/v1/recommendations/report?placement=store');
      expect(status, text).toBe(200);
      return body.placements[0];
    };
    await waitUntil(
      'the list, its click and its order are in history',
      async () => (await report())?.ordered === 1,
    );
    const told = await report();
    expect(told).toMatchObject({
      placement: 'store',
      shown: 1,
      clicked: 1,
      ordered: 1,
      click_rate: 1,
      order_rate: 1,
    });
    expect(told.served).toBeGreaterThan(1);
    const interest = told.strategies.find((each: { strategy: string }) => each.strategy === 'interest');
    expect(interest).toMatchObject({ clicked: 1, ordered: 1 });
  });

  it.runIf(testedOn === 'servers')('answers alike on another node', async () => {
    other = createTemporaryDirectory();
    // History in the process can be opened once.
    const second = await start(other.path, { TESSERA_ROLES: 'ingest,engine,serve' });
    const query = 'user_id=hal&placement=home';
    await api.apply([agrees('hal'), view('hal', 'cup', 2)]);
    expect((await ask(query, second.api)).items[0]).toMatchObject({ item_id: 'cup', strategy: 'interest' });
    // What is done on one teaches both.
    await api.apply(['u1', 'u2', 'u3', 'u4'].map((user) => view(user, 'leggings', 0)));
    const trends = async (from: EngineApi) => namesOf(await ask('placement=home', from));
    await waitUntil('the other node has heard', async () => (await trends(second.api)).includes('leggings'));
    // A message is asked for where its partition is, whichever node that is by now.
    for (const from of [api, second.api]) {
      const { body } = await from.apply([deed('hal', 'checkout_started', 0)]);
      expect(body.results[0].triggers[0].payload.recommendation).toMatchObject({ placement: 'message' });
    }
  });
});
