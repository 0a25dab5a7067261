import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig, type OpenConsole } from './support/console-rig.ts';
import { visit } from './support/visit.ts';

const PHONE = '13900008888';
const NAME = 'ليلى';
const ITEM = 'فستان';
const STORE = 'متجر';
const OVERRIDE = '\u202e';
const TAG = 'vip';
/** What lies so much lower stands in another line. */
const LINE_PIXELS = 8;

interface Place {
  readonly left: number;
  readonly right: number;
  readonly middle: number;
}

/** Where the parts of a text stand on the screen, in their order. Made of a text: tests know nothing of what browsers have. */
const placesOf = new Function(
  'element',
  'parts',
  `const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) nodes.push(node);
  const text = nodes.map((node) => node.data).join('');
  let from = 0;
  return parts.map((part) => {
    const at = text.indexOf(part, from);
    if (at < 0) throw new Error(part + ' is missing in ' + text);
    from = at + part.length;
    const range = document.createRange();
    let seen = 0;
    for (const node of nodes) {
      const [begin, end] = [at - seen, from - seen];
      if (begin >= 0 && begin < node.length) range.setStart(node, begin);
      if (end > 0 && end <= node.length) range.setEnd(node, end);
      seen += node.length;
    }
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return { left, right, middle: (top + bottom) / 2 };
  });`,
) as (element: unknown, parts: readonly string[]) => readonly Place[];

describeWith(['chromium'], 'text that is written from right to left', () => {
  let rig: ConsoleRig;
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    const { api } = rig.engine;
    const stores = [{ store_id: 'SH-001', name: STORE }];
    expect((await api.send('PUT', '/v1/catalog/stores', JSON.stringify(stores))).status).toBe(200);
    const about = { identifiers: { phone: PHONE }, channel: 'web' };
    const products = [
      { item_id: ITEM, quantity: 3, price: 1 },
      { item_id: `plain${OVERRIDE}turned`, quantity: 2, price: 1 },
      { item_id: 'last', quantity: 1, price: 1 },
    ];
    const { body } = await api.apply([
      { ...about, id: 'b-1', type: 'signed_in', traits: { name: NAME, city: `${OVERRIDE}gpj.exe` } },
      {
        ...about,
        ...{ id: 'b-2', type: 'order_completed', channel: 'pos', context: { store: 'SH-001' } },
        properties: { order_id: ITEM, total: 7, currency: 'CNY', products },
      },
    ]);
    expect(body.rejected).toEqual([]);
    const profile = await api.profile(`phone:${PHONE}`);
    const put = await api.send(
      'PUT',
      `/v1/profiles/${profile.profile_id}/tags/${TAG}`,
      JSON.stringify({ reason: `${NAME}${OVERRIDE}` }),
    );
    expect(put.status).toBe(200);
    await api.settled();
  });
  afterAll(async () => await rig?.stop());

  const standIn = async (
    element: ReturnType<OpenConsole['page']['locator']>,
    parts: readonly string[],
  ): Promise<void> => {
    await element.waitFor();
    const places = await element.evaluate(placesOf, parts);
    for (const [n, place] of places.entries()) {
      const before = places[n - 1];
      if (before === undefined || place.middle > before.middle + LINE_PIXELS) continue;
      expect(place.left, `${parts[n]} after ${parts[n - 1]}`).toBeGreaterThanOrEqual(before.right - 1);
    }
  };

  it('leaves what stands beside it where it is', async () => {
    await visit(rig, { address: `#/customer/phone:${PHONE}` }, async (opened) => {
      const { page } = opened;
      const order = page.getByRole('listitem').filter({ hasText: 'order_completed' }).locator('div').last();
      await standIn(order, [
        'pos',
        'SH-001',
        ITEM,
        '7.00',
        'CNY',
        '3 ×',
        ITEM,
        '2 ×',
        'plain',
        '1 ×',
        'last',
      ]);
      const who = page.getByRole('region', { name: 'Identifiers', exact: true }).first();
      await who.getByText(NAME).waitFor();
      expect(await who.textContent()).toContain('[U+202E]gpj.exe');
      await page
        .getByRole('region', { name: 'Tags', exact: true })
        .first()
        .getByText(`${NAME}[U+202E]`)
        .waitFor();
    });
    await visit(rig, { address: '#/store' }, async (opened) => {
      await standIn(opened.page.getByRole('link', { name: STORE }), ['SH-001', STORE]);
    });
  });

  it('turns nothing in what was kept of a bad event, nor in the list of events', async () => {
    await visit(rig, { address: '#/debug' }, async (opened) => {
      const { page, goTo } = opened;
      await page.getByText(/of the last second shown/).waitFor();
      const bad = {
        ...{ id: `${ITEM} 12`, type: 'product_viewed', channel: 'web', identifiers: { phone: PHONE } },
        properties: { item_id: `a${OVERRIDE}b`, price: 'cheap' },
      };
      const { body } = await rig.engine.api.post('/v1/events', [bad]);
      await page.getByRole('link', { name: ITEM }).waitFor();
      await rig.engine.api.settled();
      await goTo(`#/debug/quarantine/${body.rejected[0].quarantine_id}`);
      const kept = page.locator('pre');
      await kept.waitFor();
      expect(await kept.textContent()).toContain('a[U+202E]b');
      await page.getByRole('link', { name: 'Trace it' }).click();
      const link = page.getByRole('link', { name: /^q-/ });
      await link.waitFor();
      expect(decodeURIComponent(page.url())).toContain(`#/debug/trace/${ITEM} 12`);
      await link.click();
      await kept.waitFor();
    });
  });
});
