import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { type ContractRig, expectOnePerson, startRig } from './support/contract-rig.ts';
import { openShopPage, type ShopPage } from './support/shop-page.ts';
import { readSnippet } from './support/snippet.ts';

describeWith(['chromium'], '@jitsu/js in a page', () => {
  let rig: ContractRig;
  let shop: ShopPage;

  beforeAll(async () => {
    rig = await startRig({ faults: [] });
    const { address } = rig.proxy;
    shop = await openShopPage({
      code: readSnippet('jitsu-web', { address, key: rig.writeKey }),
      engine: address,
    });
  });
  afterAll(async () => {
    await shop?.close();
    await rig?.stop();
  });

  it('brings one person and every event once, though all of them arrive twice', async () => {
    await expectOnePerson(rig, { identifiers: { user_id: ['u-1'], email: ['ann@example.com'] } });
    expect(shop.strangers).toEqual([]);
  });
});
