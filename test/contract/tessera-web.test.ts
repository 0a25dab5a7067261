import { expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { openShop } from '../sdk/support/shop-browser.ts';
import { readBlock } from '../sdk/support/tracked-shop.ts';
import { describeWith } from '../support/find-server.ts';
import { expectOnePerson, HARDSHIPS, STORY, startRig } from './support/contract-rig.ts';

/** What the attributes of the snippet add to the story. */
const TAGGED = { product_list_viewed: 1, recommendation_shown: 1 };

describeWith(['chromium'], 'tessera.js', () => {
  it('brings the whole story of a page to one person, through overload, an outage and a restart', async () => {
    const rig = await startRig({ faults: HARDSHIPS });
    const shop = await openShop();
    try {
      const fill = (text: string): string =>
        text.replaceAll('https://cdp.shop.example', rig.proxy.address).replaceAll('WRITE_KEY', rig.writeKey);
      shop.show({
        head: fill(readBlock('tessera-web')) + readBlock('tessera-calls'),
        body: readBlock('tessera-products'),
      });
      const page = await shop.browser.newPage();
      await page.goto(`${shop.origin}/p/spu-1`);
      await waitUntil('nothing waits', () =>
        page.evaluate("window.tessera?.started === true && tessera('status').waiting === 0"),
      );
      await expectOnePerson(rig, {
        identifiers: { user_id: ['u-1'], email: ['ann@example.com'] },
        events: { ...STORY, ...TAGGED },
      });
      expect(rig.proxy.deliveries.length).toBeGreaterThan(HARDSHIPS.length);
    } finally {
      await shop.close();
      await rig.stop();
    }
  });
});
