import { expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describePage } from './support/page-contract.ts';

describePage(
  {
    library: '@rudderstack/analytics-js',
    snippet: 'rudderstack-web',
    through: 'through overload, outage, restart and repeats',
  },
  ({ rig, openPage }) => {
    it('sends what is left as a beacon when the page is left', async () => {
      const other = await openPage((told) => {
        const code = told
          .replace('{ configUrl', '{ useBeacon: true, configUrl')
          .replaceAll(/(u|o)-1'/g, "$1-2'")
          .replace('ann@', 'bob@');
        return `${code}\nanalytics.ready(() => console.log('ready'));`;
      });
      await waitUntil('the library is ready', () => other.said.includes('ready'));
      await other.page.goto('about:blank');
      await waitUntil('the beacon', () =>
        rig().proxy.deliveries.some(({ path }) => path.startsWith('/beacon/v1/batch?')),
      );
      await other.close();
      const api = rig().api();
      await api.settled();
      expect((await api.profile('user_id:u-2')).features.orders_lifetime?.value).toBe(1);
      expect(other.strangers).toEqual([]);
    });
  },
);
