import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { type ContractRig, expectOnePerson, startRig } from './support/contract-rig.ts';
import { openShopPage, type ShopPage } from './support/shop-page.ts';
import { readSnippet } from './support/snippet.ts';

describeWith(['chromium'], 'posthog-js', () => {
  let rig: ContractRig;
  let shop: ShopPage;

  beforeAll(async () => {
    // The library drops what is answered with 429, so the engine says 503 on its paths (test/ingest/dialects/posthog.test.ts).
    rig = await startRig({
      faults: [503, 'restart'],
      isDelivery: ({ method, path }) => method === 'POST' && path.startsWith('/e'),
    });
    const { address } = rig.proxy;
    shop = await openShopPage({
      code: readSnippet('posthog-web', { address, key: rig.writeKey }),
      engine: address,
    });
  });
  afterAll(async () => {
    await shop?.close();
    await rig?.stop();
  });

  it('brings one person and every event once, through an outage, a restart and repeats', async () => {
    await expectOnePerson(rig, { identifiers: { user_id: ['u-1'], email: ['ann@example.com'] } });
    expect(shop.strangers).toEqual([]);
  });
});
