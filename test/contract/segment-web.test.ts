import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { type ContractRig, expectOnePerson, HARDSHIPS, startRig } from './support/contract-rig.ts';
import { openShopPage, type ShopPage } from './support/shop-page.ts';
import { readSnippet } from './support/snippet.ts';

describeWith(['chromium'], '@segment/analytics-next', () => {
  let rig: ContractRig;
  let shop: ShopPage;

  beforeAll(async () => {
    rig = await startRig({
      faults: HARDSHIPS,
      isDelivery: ({ method, path }) => method === 'POST' && path !== '/v1/m',
    });
    const { address } = rig.proxy;
    shop = await openShopPage({
      code: readSnippet('segment-web', { address, key: rig.writeKey }),
      engine: address,
    });
  });
  afterAll(async () => {
    await shop?.close();
    await rig?.stop();
  });

  it('brings one person and every event once, through overload, outage, restart and repeats', async () => {
    await expectOnePerson(rig, { identifiers: { user_id: ['u-1'], email: ['ann@example.com'] } });
    expect(shop.strangers).toEqual([]);
  });

  it('sends nothing to anybody where the key is unknown', async () => {
    const { address } = rig.proxy;
    const before = rig.proxy.deliveries.length;
    const other = await openShopPage({
      code: readSnippet('segment-web', { address, key: 'wk_unknown' }),
      engine: address,
    });
    // What the library says when it has no settings comes after it has asked for them.
    await waitUntil('the library gave up', () => other.said.some((line) => line.includes('401')));
    await other.page.waitForTimeout(1_000);
    await other.close();
    expect(other.strangers).toEqual([]);
    expect(rig.proxy.deliveries.length).toBe(before);
  });
});
