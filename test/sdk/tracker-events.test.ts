import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import type { SentEvent } from './support/engine-gate.ts';
import { readBlock, TrackedShop } from './support/tracked-shop.ts';

const HOUR_MS = 3_600_000;
const TALL = '<div style="height: 3000px"></div>';

describeWith(['chromium'], 'what the tracker reports', () => {
  let shop: TrackedShop;
  /** How many deliveries there were before the test. */
  let before = 0;
  beforeAll(async () => {
    shop = await TrackedShop.open();
  });
  afterAll(() => shop?.close());
  afterEach(async () => {
    for (const context of shop.shop.browser.contexts()) await context.close();
    before = shop.gate.taken.length;
  });

  const taken = (): readonly SentEvent[] => shop.gate.taken.slice(before);
  const typesOf = (events: readonly SentEvent[]): readonly string[] => events.map(({ type }) => type);
  const takenCount = (count: number): Promise<void> =>
    waitUntil(`${count} events`, () => taken().length >= count);

  describe('page views', () => {
    it('are those of a single-page application too, each with where it came from', async () => {
      const page = await shop.visit({ path: '/home?utm_source=letter&utm_campaign=linen' });
      await page.evaluate("history.pushState({}, '', '/women'); document.title = 'Women'");
      await waitUntil('two views', () => page.evaluate("tessera('status').waiting >= 2"));
      await page.evaluate("history.replaceState({ scroll: 1 }, '', '/women#top')");
      await page.evaluate('history.back()');
      await takenCount(3);
      const views = taken();
      expect(typesOf(views)).toEqual(['page_viewed', 'page_viewed', 'page_viewed']);
      expect(views.map(({ properties }) => [properties.path, properties.title])).toEqual([
        ['/home', 'Shop'],
        ['/women', 'Women'],
        ['/home', 'Women'],
      ]);
      expect(views[0]?.properties).not.toHaveProperty('referrer');
      expect(views[1]?.properties.referrer).toBe(
        `${shop.shop.origin}/home?utm_source=letter&utm_campaign=linen`,
      );
      const campaign = { source: 'letter', campaign: 'linen' };
      expect(views.map(({ context }) => context.campaign)).toEqual([campaign, campaign, campaign]);
      expect(new Set(views.map(({ context }) => context.session.id)).size).toBe(1);
      expect(views[0]?.context.library).toEqual({
        name: 'tessera.js',
        version: expect.stringMatching(/^\d+\./),
      });
    });

    it('come only from the page that asks for them where that is switched off', async () => {
      const page = await shop.visit({ attributes: 'data-pages="off"' });
      await page.evaluate("history.pushState({}, '', '/other'); tessera('page', { name: 'Other' })");
      await takenCount(1);
      expect(taken().map(({ properties }) => properties.name)).toEqual(['Other']);
    });
  });

  describe('products', () => {
    it('are viewed, listed, recommended and put into the cart by attributes', async () => {
      const page = await shop.visit({ body: readBlock('tessera-products'), attributes: 'data-pages="off"' });
      await takenCount(3);
      await page.click('button');
      await page.click('[data-tessera-item="spu-3"]');
      await page.click('[data-tessera-item="spu-4"]');
      await takenCount(6);
      const [viewed, listed, shown, added, clicked, followed] = [...taken()].sort(byTypes);
      const product = { item_id: 'spu-1', category: 'women/dresses', brand: 'Lumen', price: '399' };
      expect(viewed).toMatchObject({ type: 'product_viewed', currency: 'CNY', properties: product });
      expect(listed?.properties).toEqual({
        list_id: 'new-in',
        products: [
          { item_id: 'spu-2', price: '459', position: 1 },
          { item_id: 'spu-3', price: '299', position: 2 },
        ],
      });
      expect(shown?.properties).toEqual({
        recommendation_id: 'r-5f0c1e',
        placement: 'product',
        products: [{ item_id: 'spu-4', position: 1 }],
      });
      expect(added?.properties).toEqual({ ...product, quantity: 1 });
      expect(clicked?.properties).toEqual({ list_id: 'new-in', item_id: 'spu-3', price: '299', position: 2 });
      expect(followed?.properties).toMatchObject({
        recommendation_id: 'r-5f0c1e',
        item_id: 'spu-4',
        position: 1,
      });
      await shop.engine.api.settled();
      expect(await shop.engine.api.numbers('SELECT count() AS n FROM quarantine')).toEqual({ n: 0 });
    });

    it('say on their own page which recommendation they were opened from', async () => {
      const page = await shop.visit({
        attributes: 'data-pages="off"',
        body: '<ul data-tessera-recommendation="r-1" data-tessera-placement="home"><li data-tessera-item="spu-9">Hat</li></ul>',
      });
      await page.click('li');
      shop.shop.show({
        head: (await page.content()).match(/<head>([\s\S]*)<\/head>/)?.[1] ?? '',
        body: '<main data-tessera-item="spu-9">Hat</main>',
      });
      await page.goto(`${shop.shop.origin}/spu-9`);
      await waitUntil('it is viewed', () => taken().some(({ type }) => type === 'product_viewed'));
      expect(taken().find(({ type }) => type === 'product_viewed')?.properties).toEqual({
        item_id: 'spu-9',
        recommendation_id: 'r-1',
      });
    });

    it('are seen only for as long as it takes, where they are, and once a page', async () => {
      const page = await shop.visit({
        stopped: true,
        attributes: 'data-pages="off"',
        body: `<main data-tessera-item="top">Top</main>${TALL}<section data-tessera-item="below">Below</section>`,
      });
      const seen = async (): Promise<unknown> => {
        // The observer of the browser tells in frames, which a stopped clock does not stop.
        await page.evaluate(FRAMES);
        return await page.evaluate("tessera('status').waiting");
      };
      await seen();
      await page.clock.runFor(900);
      expect(await seen()).toBe(0);
      await page.clock.runFor(100);
      expect(await seen()).toBe(1);
      await page.evaluate("document.querySelector('section').scrollIntoView()");
      await seen();
      await page.clock.runFor(500);
      await page.evaluate('scrollTo(0, 0)');
      await seen();
      await page.clock.runFor(5000);
      await waitUntil('the first is taken', () => taken().length === 1);
      await page.evaluate("document.querySelector('section').scrollIntoView()");
      await seen();
      await page.clock.runFor(1000);
      await page.evaluate(`const late = document.createElement('p'); late.dataset.tesseraItem = 'late'; late.textContent = 'Late';
        document.querySelector('section').append(late); late.scrollIntoView()`);
      await seen();
      await page.clock.runFor(1000);
      await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);
      expect(taken().map(({ properties }) => properties.item_id)).toEqual(['top', 'below', 'late']);
    });
  });

  describe('visitors', () => {
    it('are asked before anything is stored or sent, where the page says so', async () => {
      const page = await shop.visit({
        attributes: 'data-consent="required"',
        body: readBlock('tessera-products'),
        stopped: true,
      });
      const requests = shop.gate.requests;
      await page.evaluate("tessera('track', 'early'); tessera('identify', 'u-9')");
      await page.evaluate(FRAMES);
      await page.clock.runFor(10_000);
      await page.click('[data-tessera-item="spu-3"]');
      await page.evaluate("dispatchEvent(new Event('pagehide'))");
      const stored =
        'JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage), document.cookie])';
      expect(await page.evaluate(stored)).toBe('[[],[],""]');
      expect([await shop.begun(page), shop.gate.requests - requests]).toEqual([[], 0]);

      await page.evaluate(
        "tessera('consent', { personalization: true, marketing: { sms: false } }, { method: 'banner' })",
      );
      await page.evaluate(FRAMES);
      await page.clock.runFor(1000);
      await takenCount(2);
      expect(typesOf(taken()).slice(0, 2)).toEqual(['consent_changed', 'page_viewed']);
      expect(taken()[0]).toMatchObject({
        consent: { personalization: true, marketing: { sms: false } },
        properties: { method: 'banner' },
      });
      await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);

      await page.evaluate(
        "tessera('consent', { marketing: { sms: false } }); tessera('track', 'still_there')",
      );
      await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);
      expect(typesOf(taken())).toContain('still_there');

      await page.evaluate("tessera('consent', false); tessera('track', 'after'); tessera('page')");
      await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);
      expect(typesOf(taken()).filter((type) => type === 'early' || type === 'after')).toEqual([]);
      const last = taken().at(-1);
      expect([last?.type, last?.consent]).toEqual(['consent_changed', { personalization: false }]);
      expect(await page.evaluate('Object.keys(localStorage)')).toEqual([shop.key('consent')]);
    });

    it('have a new id after they sign out, and when another user signs in', async () => {
      const page = await shop.visit({ attributes: 'data-pages="off"' });
      for (const user of ['u-1', 'u-2'])
        await page.evaluate(
          `tessera('identify', { user_id: '${user}', phone: '13900001111' }); tessera('track', 'step')`,
        );
      await page.evaluate("tessera('reset'); tessera('track', 'step')");
      await takenCount(6);
      const steps = taken().filter(({ type }) => type === 'step');
      expect(steps.map(({ identifiers }) => identifiers.user_id)).toEqual(['u-1', 'u-2', undefined]);
      expect(new Set(steps.map(({ identifiers }) => identifiers.anonymous_id)).size).toBe(3);
      expect(steps.every(({ identifiers }) => identifiers.phone === undefined)).toBe(true);
      const out = taken().find(({ type }) => type === 'signed_out');
      expect(out?.identifiers).toEqual(steps[1]?.identifiers);
    });

    it('begin a new session after half an hour without an event', async () => {
      const page = await shop.visit({ attributes: 'data-pages="off"', stopped: true });
      for (const minutes of [29, 29, 31]) {
        await page.evaluate("tessera('track', 'step')");
        await page.clock.fastForward(minutes * 60_000);
      }
      await page.evaluate("tessera('track', 'step')");
      await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);
      // A request that lasts for half an hour of the page's clock is given up, and so repeated.
      const once = new Map(taken().map(({ id, context }) => [id, context.session.id]));
      const sessions = [...once.values()];
      expect(sessions).toHaveLength(4);
      expect(sessions.map((id) => sessions.indexOf(id))).toEqual([0, 0, 0, 3]);
    });

    it('whose clock is wrong are reported at the right time', async () => {
      const type = shop.newType();
      const page = await shop.visit({ attributes: 'data-pages="off"' });
      await page.clock.setSystemTime(Date.now() - 30 * HOUR_MS);
      await page.evaluate(`tessera('track', '${type}', { n: 1 })`);
      await shop.arrived(type, 1);
      await shop.engine.api.settled();
      const query = `SELECT abs(dateDiff('minute', time, received_at)) AS minutes FROM events WHERE type = '${type}'`;
      const { minutes } = await shop.engine.api.numbers(query);
      expect(minutes).toBeLessThan(60);
    });
  });

  it('never throws into the page, and keeps what was called before the script came', async () => {
    const page = await shop.visit({
      attributes: 'data-pages="off"',
      before: `window.tessera = function () { (tessera.q = tessera.q || []).push(arguments) };
        tessera('context', { store: 'SH-001' }); tessera('track', 'early', { n: 1 });`,
    });
    expect(
      await page.evaluate(`const loop = {}; loop.loop = loop;
        [tessera('track', 'late', loop), tessera('nothing'), tessera('identify', null), tessera('track', 'late', { n: 2 })]`),
    ).toEqual([false, true, false, true]);
    await takenCount(2);
    expect(taken().map(({ type, properties, context }) => [type, properties, context.store])).toEqual([
      ['early', { n: 1 }, 'SH-001'],
      ['late', { n: 2 }, 'SH-001'],
    ]);
  });
});

const ORDER = [
  'product_viewed',
  'product_list_viewed',
  'recommendation_shown',
  'product_added',
  'product_clicked',
  'recommendation_clicked',
];

function byTypes(a: SentEvent, b: SentEvent): number {
  return ORDER.indexOf(a.type) - ORDER.indexOf(b.type);
}

/** Two frames of the browser, by a message instead of the clock that the test has stopped. */
const FRAMES = `new Promise((resolve) => {
  const target = document.createElement('i');
  document.body.append(target);
  const observer = new IntersectionObserver(() => { observer.disconnect(); target.remove(); resolve(); });
  observer.observe(target);
})`;
