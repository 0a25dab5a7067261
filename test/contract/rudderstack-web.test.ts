import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { type ContractRig, expectOnePerson, HARDSHIPS, startRig } from './support/contract-rig.ts';
import { openShopPage, type ShopPage } from './support/shop-page.ts';
import { readSnippet } from './support/snippet.ts';

describeWith(['chromium'], '@rudderstack/analytics-js', () => {
  let rig: ContractRig;
  let shop: ShopPage;

  beforeAll(async () => {
    rig = await startRig({ faults: HARDSHIPS });
    const { address } = rig.proxy;
    shop = await openShopPage({
      code: readSnippet('rudderstack-web', { address, key: rig.writeKey }),
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

  it('sends what is left as a beacon when the page is left', async () => {
    const { address } = rig.proxy;
    const told = readSnippet('rudderstack-web', { address, key: rig.writeKey });
    const code = told
      .replace('{ configUrl', '{ useBeacon: true, configUrl')
      .replaceAll(/(u|o)-1'/g, "$1-2'")
      .replace('ann@', 'bob@');
    const other = await openShopPage({
      code: `${code}\nanalytics.ready(() => console.log('ready'));`,
      engine: address,
    });
    await waitUntil('the library is ready', () => other.said.includes('ready'));
    await other.page.goto('about:blank');
    const orders = async () => (await rig.api().profile('user_id:u-2')).features.orders_lifetime?.value;
    await waitUntil('the beacon', () =>
      rig.proxy.deliveries.some(({ path }) => path.startsWith('/beacon/v1/batch?')),
    );
    await other.close();
    await rig.api().settled();
    expect(await orders()).toBe(1);
    expect(other.strangers).toEqual([]);
  });
});
