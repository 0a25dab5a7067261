import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/find-server.ts';
import {
  type ContractRig,
  expectOnePerson,
  HARDSHIPS,
  type Person,
  type RigOptions,
  startRig,
} from './contract-rig.ts';
import { openShopPage, type ShopPage } from './shop-page.ts';
import { readSnippet } from './snippet.ts';

/** What a library for pages promises. */
export interface PageContract extends Partial<RigOptions>, Pick<Person, 'events'> {
  readonly library: string;
  /** The snippet of docs/trackers.md that the page runs. */
  readonly snippet: string;
  /** What it brings its events through. */
  readonly through: string;
}

/** For the tests of one library beyond the story. */
export interface OpenedContract {
  readonly rig: () => ContractRig;
  /** Another page with the snippet, as `change` makes it. */
  readonly openPage: (change?: (code: string) => string, key?: string) => Promise<ShopPage>;
}

/** The story of a page in Chromium, told by a library against an engine whose life is hard; then `further` tests. */
export function describePage(contract: PageContract, further?: (opened: OpenedContract) => void): void {
  const { library, snippet, through, events, ...options } = contract;
  describeWith(['chromium'], library, () => {
    let rig: ContractRig;
    let shop: ShopPage;
    const openPage: OpenedContract['openPage'] = async (change = (code) => code, key = rig.writeKey) => {
      const { address } = rig.proxy;
      return await openShopPage({ code: change(readSnippet(snippet, { address, key })), engine: address });
    };
    beforeAll(async () => {
      rig = await startRig({ faults: HARDSHIPS, ...options });
      shop = await openPage();
    });
    afterAll(async () => {
      await shop?.close();
      await rig?.stop();
    });

    it(`brings one person and every event once, ${through}`, async () => {
      const identifiers = { user_id: ['u-1'], email: ['ann@example.com'] };
      await expectOnePerson(rig, events === undefined ? { identifiers } : { identifiers, events });
      expect(shop.strangers).toEqual([]);
    });
    further?.({ rig: () => rig, openPage });
  });
}
