import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { type ContractRig, expectOnePerson, HARDSHIPS, STORY, startRig } from './support/contract-rig.ts';
import { openShopPage, type ShopPage } from './support/shop-page.ts';
import { readSnippet } from './support/snippet.ts';

describeWith(['chromium'], 'sa-sdk-javascript', () => {
  let rig: ContractRig;
  let shop: ShopPage;

  beforeAll(async () => {
    rig = await startRig({ faults: HARDSHIPS });
    const { address } = rig.proxy;
    shop = await openShopPage({
      code: readSnippet('sensors-web', { address, key: rig.writeKey }),
      engine: address,
    });
  });
  afterAll(async () => {
    await shop?.close();
    await rig?.stop();
  });

  it('brings one person and every event once, through overload, outage, restart and repeats', async () => {
    await expectOnePerson(rig, {
      identifiers: { user_id: ['u-1'], email: ['ann@example.com'] },
      events: { ...STORY, profile_identified: 3 },
    });
    expect(shop.strangers).toEqual([]);
  });
});
