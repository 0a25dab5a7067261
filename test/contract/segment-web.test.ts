import { expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describePage } from './support/page-contract.ts';

describePage(
  {
    library: '@segment/analytics-next',
    snippet: 'segment-web',
    through: 'through overload, outage, restart and repeats',
    isDelivery: ({ method, path }) => method === 'POST' && path !== '/v1/m',
  },
  ({ rig, openPage }) => {
    it('sends nothing to anybody where the key is unknown', async () => {
      const before = rig().proxy.deliveries.length;
      const other = await openPage(undefined, 'wk_unknown');
      // What the library says when it has no settings comes after it has asked for them.
      await waitUntil('the library gave up', () => other.said.some((line) => line.includes('401')));
      await other.page.waitForTimeout(1_000);
      await other.close();
      expect(other.strangers).toEqual([]);
      expect(rig().proxy.deliveries.length).toBe(before);
    });
  },
);
