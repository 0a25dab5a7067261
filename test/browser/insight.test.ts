import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig, type Language, type OpenConsole, type OpenOptions } from './support/console-rig.ts';
import { insightViews } from './support/insight-views.ts';
import { naughtyStrings } from './support/naughty-strings.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const now = Date.now();
const began = now - 10 * DAY_MS;
/** An item that every order has beside the other one, so that it is drawn where pairs are. */
const [NAUGHTY = ''] = naughtyStrings;
const LOOKED = 12;
const ADDED = 8;
const BOUGHT = 5;
const AGAIN = 2;
/** More than the two of a hundred events that may be of a type which nobody knows. */
const ODD = 6;
const NUDGED = 24;
const NUDGED_BOUGHT = 3;
const ORDERS = BOUGHT + AGAIN + NUDGED_BOUGHT;
const CUSTOMERS = BOUGHT + NUDGED_BOUGHT;

const people = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

function order(user_id: string, n: number, time: number) {
  const products = [NAUGHTY, 'spu-2'].map((item_id) => ({ item_id, quantity: 1, price: 100 }));
  return {
    ...{
      id: `order-${user_id}-${n}`,
      type: 'order_completed',
      time,
      channel: 'pos',
      identifiers: { user_id },
    },
    properties: { order_id: `o-${user_id}-${n}`, total: 200, currency: 'CNY', products },
  };
}

/** Twelve look on the web, eight of them put it into the cart in the app, five buy in a store, two of them once more. */
const STORY = [
  ...people(LOOKED, 'u').map((user_id, n) => ({
    ...{ id: `view-${n}`, type: 'product_viewed', time: began + n * MINUTE_MS, channel: 'web' },
    ...{ identifiers: { user_id }, properties: { item_id: 'spu-2', category: 'dresses' } },
  })),
  ...people(ADDED, 'u').map((user_id, n) => ({
    ...{ id: `add-${n}`, type: 'product_added', time: began + n * MINUTE_MS + 30_000, channel: 'app' },
    ...{ identifiers: { user_id }, properties: { item_id: 'spu-2', cart_id: `cart-${n}` } },
  })),
  ...people(BOUGHT, 'u').map((user_id) => order(user_id, 1, began + DAY_MS)),
  ...people(AGAIN, 'u').map((user_id) => order(user_id, 2, began + 8 * DAY_MS)),
  ...people(ODD, 'u').map((user_id, n) => ({
    ...{ id: `odd-${n}`, type: 'prodct_viewed', channel: 'web', identifiers: { user_id } },
  })),
];

/** About half of those who like something are told so, and the others are held out. */
const NUDGE = {
  on: { event: 'product_favorited' },
  purpose: 'service',
  limit: { holdout: 0.5 },
  action: { channel: 'sms' },
};

const LOADING = { en: 'Loading…', zh: '加载中…' } as const;

describeWith(['chromium'], 'the page of reports', () => {
  let rig: ConsoleRig;
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    const { api } = rig.engine;
    const put = async (path: string, body: object): Promise<void> =>
      expect(await api.send('PUT', path, JSON.stringify(body))).toMatchObject({ status: 200 });
    await put('/v1/definitions/triggers/nudge', NUDGE);
    await put('/v1/definitions/quality/default', { targets: { events: 2 } });
    await api.apply(STORY);
    const favorites = people(NUDGED, 'n').map((user_id) => ({
      ...{ id: `like-${user_id}`, type: 'product_favorited', channel: 'app', identifiers: { user_id } },
      properties: { item_id: 'spu-2' },
    }));
    await api.apply(favorites);
    await api.apply(people(NUDGED_BOUGHT, 'n').map((user_id) => order(user_id, 1, Date.now())));
    const { body: list } = await api.get('/v1/recommendations?user_id=u-1&placement=store&store=SH-001');
    await api.apply([
      {
        ...{ id: 'shown-1', type: 'recommendation_shown', channel: 'pos', identifiers: { user_id: 'u-1' } },
        properties: {
          recommendation_id: list.id,
          placement: 'store',
          products: [{ item_id: list.items[0]?.item_id ?? 'spu-2' }],
        },
      },
    ]);
    await api.settled();
  });
  afterAll(async () => await rig?.stop());

  const open = async (
    tab: string,
    use: (opened: OpenConsole) => Promise<void>,
    options: OpenOptions = {},
  ): Promise<void> => {
    const opened = await rig.open(options);
    try {
      await opened.goTo(`#/insight/${tab}`);
      await use(opened);
      expect(opened.complaints).toEqual([]);
      expect(opened.strangers).toEqual([]);
    } finally {
      await opened.close();
    }
  };

  /** Numbers at the beginning of each cell of a picture that is a table, row by row. */
  async function heatOf({ page }: OpenConsole): Promise<readonly (readonly number[])[]> {
    const table = page.locator('table.heat').first();
    await table.waitFor();
    const rows = await table.locator('tbody tr').all();
    return await Promise.all(
      rows.map(async (row) =>
        (await row.locator('td').allTextContents()).map((text) => Number.parseFloat(text)),
      ),
    );
  }

  const sum = (numbers: readonly number[]): number =>
    numbers.filter((each) => !Number.isNaN(each)).reduce((all, each) => all + each, 0);

  it('puts every customer into one place of the grid, and into one group', async () => {
    await open('rfm', async (opened) => {
      expect(sum((await heatOf(opened)).flat())).toBe(CUSTOMERS);
      const bars = await opened.page
        .getByRole('list', { name: 'By group' })
        .locator('.number')
        .allTextContents();
      expect(sum(bars.map((text) => Number.parseFloat(text)))).toBe(CUSTOMERS);
    });
  });

  it('shows how many come how far', async () => {
    await open('funnel', async ({ page }) => {
      const steps = page.getByRole('list', { name: 'Funnel' }).getByRole('listitem');
      await steps.first().waitFor();
      expect(await steps.locator('.number').allTextContents()).toEqual([
        String(LOOKED),
        `${ADDED} · 66.7% of the step before`,
        `${BOUGHT} · 62.5% of the step before`,
      ]);
    });
  });

  it('shows who came back, cohort by cohort, and what they were worth', async () => {
    await open('retention', async (opened) => {
      const rows = await heatOf(opened);
      expect(sum(rows.map(([first]) => first ?? 0))).toBe(CUSTOMERS);
      // Everybody is there in their own period; of the five of the first one two are there a week later.
      expect(rows.map(([, own]) => own)).toEqual(rows.map(() => 100));
      expect(rows[0]?.slice(0, 3)).toEqual([BOUGHT, 100, 40]);
      await opened.goTo('#/insight/clv');
      await opened.page.getByText('Net merchandise per customer up to then, in CNY').waitFor();
      const [first = []] = await heatOf(opened);
      // Five orders of 200, and two more the week after.
      expect(first.slice(0, 3)).toEqual([BOUGHT, 200, (200 * (BOUGHT + AGAIN)) / BOUGHT]);
    });
  });

  it('says what a trigger brings over those it left out, with the interval', async () => {
    await open('campaigns', async ({ page }) => {
      const lift = page.getByRole('list', { name: 'Lift over those held out, with its 95 % interval' });
      expect(await lift.getByRole('listitem').getAttribute('title')).toMatch(
        /^nudge: .+, between .+ and .+$/,
      );
      const cells = await page
        .getByRole('row')
        .filter({ hasText: 'nudge' })
        .getByRole('cell')
        .allTextContents();
      const [reached, heldOut] = [Number(cells[6]), Number(cells[10])];
      expect(reached + heldOut).toBe(NUDGED);
      expect(Math.min(reached, heldOut)).toBeGreaterThan(0);
    });
  });

  it('draws the ways from where people looked to where they bought, and says the same in a table', async () => {
    await open('channels', async (opened) => {
      await opened.page.getByRole('img', { name: 'From where people looked to where they bought' }).waitFor();
      const table = opened.page.locator('table.heat');
      const row = table.getByRole('row').filter({ has: opened.page.getByRole('rowheader', { name: 'web' }) });
      expect(await row.getByRole('cell').allTextContents()).toEqual([`${BOUGHT + AGAIN} · 70%`]);
    });
  });

  it('shows what is bought together, whatever it is called, and when', async () => {
    await open('basket', async (opened) => {
      await opened.page.getByRole('list', { name: 'Pairs by lift' }).getByText(NAUGHTY).waitFor();
      await opened.goTo('#/insight/times');
      await opened.page.getByText('When it happens (').waitFor();
      expect(sum((await heatOf(opened)).flat())).toBe(ORDERS);
    });
  });

  it('shows what came of recommendations', async () => {
    await open('recommendations', async ({ page }) => {
      const bars = page.getByRole('list', { name: 'store' }).locator('.number');
      await bars.first().waitFor();
      expect((await bars.allTextContents()).slice(0, 2)).toEqual(['1', '1']);
    });
  });

  it('says what is wrong with the data before it shows any figures, and asks where nobody has looked yet', async () => {
    await open('quality', async ({ page }) => {
      await page.getByText('The engine has not looked yet').waitFor();
      await page.getByRole('button', { name: 'Ask' }).click();
      const findings = page.getByRole('list', { name: 'What to look at' });
      await findings.getByText('Event types that nobody knows').waitFor();
      await page.getByRole('region', { name: 'Unknown types' }).first().getByText('prodct_viewed').waitFor();
      await page.getByRole('list', { name: 'Against the targets' }).getByText('Late events').waitFor();
    });
  });

  it('says whether the engine does well', async () => {
    await open('health', async ({ page }) => {
      await page.getByText('The engine is ready.').waitFor();
      const checks = page.getByRole('list', { name: 'Examinations' });
      await checks.getByText('Batches that failed').waitFor();
      await page.getByText('Everything received is accounted for.').waitFor();
      await page.getByRole('region', { name: 'History, by partition' }).first().getByText('p0').waitFor();
    });
  });

  it('says what is missing where there is nothing to show', async () => {
    await open('times', async ({ page }) => {
      await page.getByLabel('Event').fill('never_sent');
      await page.keyboard.press('Enter');
      await page.getByText('The event did not happen in this time.').waitFor();
    });
  });

  it('says what the engine has against a question', async () => {
    const opened = await rig.open();
    await opened.goTo('#/insight/funnel');
    await opened.page.getByLabel('Steps, separated by commas').fill('NOT A TYPE');
    await opened.page.getByRole('button', { name: 'Ask' }).click();
    expect(await opened.page.getByRole('alert').textContent()).toContain('invalid_parameter');
    await opened.close();
  });

  const WAYS: readonly (readonly [Language, 'light' | 'dark'])[] = [
    ['en', 'dark'],
    ['zh', 'light'],
  ];
  it.each(WAYS)('can be used by everybody, in %s and %s', async (language, colors) => {
    await open(
      'rfm',
      async ({ page, goTo, violations }) => {
        for (const tab of insightViews) {
          await goTo(`#/insight/${tab}`);
          await page.locator(`.tabs a[aria-current][href$="${tab}"]`).waitFor();
          await page.getByText(LOADING[language]).first().waitFor({ state: 'detached' });
          expect(await violations(), tab).toEqual([]);
        }
      },
      { language, colors },
    );
  });
});
