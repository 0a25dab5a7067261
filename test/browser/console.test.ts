import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig, type Language, type OpenConsole } from './support/console-rig.ts';

const NAUGHTY = '<img src=x onerror=alert(1)>"\' ﷽ {{1+1}}';
const ANN = '13900001111';

/** Ann looks, and signs in with a number and a name that nobody should have. */
const STORY = [
  {
    id: 'b-1',
    type: 'product_viewed',
    channel: 'web',
    identifiers: { anonymous_id: 'a-1' },
    properties: { item_id: 'spu-1', price: 399 },
  },
  {
    id: 'b-2',
    type: 'signed_in',
    channel: 'app',
    identifiers: { anonymous_id: 'a-1', phone: ANN },
    traits: { name: NAUGHTY },
    consent: { personalization: true },
  },
  {
    id: 'b-3',
    type: 'order_completed',
    channel: 'pos',
    identifiers: { phone: ANN },
    properties: {
      order_id: 'o-1',
      total: 399,
      currency: 'CNY',
      products: [{ item_id: NAUGHTY, quantity: 1, price: 399 }],
    },
  },
];

describeWith(['chromium'], 'the console', () => {
  let rig: ConsoleRig;
  let reader: string;
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    await rig.engine.api.post('/v1/events?wait=applied', STORY);
    const made = await rig.engine.api.post('/v1/keys', { name: 'no-pii', kind: 'secret', scopes: ['read'] });
    reader = String(made.body.key);
  });
  afterAll(async () => await rig?.stop());

  const open = async <Result>(
    use: (opened: OpenConsole) => Promise<Result>,
    options = {},
  ): Promise<Result> => {
    const opened = await rig.open(options);
    try {
      const result = await use(opened);
      expect(opened.complaints).toEqual([]);
      expect(opened.strangers).toEqual([]);
      return result;
    } finally {
      await opened.close();
    }
  };

  it('asks for a key, refuses a wrong one, and keeps none where nobody asked for it', async () => {
    const opened = await rig.openSignedOut();
    const { page } = opened;
    await page.getByLabel('Secret key').fill('sk_wrongwrongwrongwrongwrongwrongwrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('not known');
    await page.getByLabel('Secret key').fill(rig.engine.api.secretKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Live', exact: true }).waitFor();
    expect(await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])')).not.toContain(
      'sk_',
    );
    await page.reload();
    await page.getByLabel('Secret key').waitFor();
    await opened.close();
  });

  it('takes a key from the address, and the address forgets it', async () => {
    await open(async ({ page }) => {
      await page.getByRole('heading', { name: 'Live', exact: true }).waitFor();
      expect(page.url()).not.toContain('sk_');
      await page.reload();
      await page.getByRole('heading', { name: 'Live', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Secret key').waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
    });
  });

  it('says in sight what is chosen at the top', async () => {
    await open(async ({ page }) => {
      for (const [label, choice] of [
        ['Colors', 'dark'],
        ['Language', '简体中文'],
      ] as const) {
        expect(await page.getByText(label, { exact: true }).isVisible()).toBe(true);
        await page.getByLabel(label).selectOption(choice);
      }
      await page.getByText('配色', { exact: true }).waitFor();
    });
  });

  it('shows events and firings as they come', async () => {
    await open(async ({ page }) => {
      await page.getByText('connected', { exact: true }).waitFor();
      const sent = Array.from({ length: 20 }, (_, i) => ({ ...STORY[0], id: `live-${i}` }));
      await rig.engine.api.post('/v1/events', sent);
      await page.getByRole('list', { name: 'By channel' }).getByText('web', { exact: true }).waitFor();
    });
  });

  it('shows what a trigger did for whom, and why it did not the next time', async () => {
    const trigger = {
      on: { event: 'product_shared' },
      purpose: 'service',
      limit: { cooldown: '1d' },
      action: { channel: 'sms' },
    };
    await rig.engine.api.send('PUT', '/v1/definitions/triggers/shared', JSON.stringify(trigger));
    const share = async (id: string): Promise<void> => {
      await rig.engine.api.apply([
        {
          id,
          type: 'product_shared',
          channel: 'app',
          identifiers: { phone: ANN },
          properties: { item_id: NAUGHTY },
        },
      ]);
    };
    await open(async ({ page, violations }) => {
      await page.getByText('connected', { exact: true }).waitFor();
      // What was decided before somebody listens is not told again.
      const listening = page.waitForResponse((response) => response.url().includes('trigger=shared'));
      await page.getByRole('combobox', { name: 'Trigger', exact: true }).selectOption('shared');
      await listening;
      const cards = page.getByRole('list', { name: 'Triggers firing' }).getByRole('listitem');
      await share('share-1');
      const fired = cards.filter({ hasText: 'fired' }).filter({ hasText: 'share-1' });
      await fired.getByRole('link').waitFor();
      expect(await fired.textContent()).toContain('sms');
      await fired.getByText('Why').click();
      await fired.getByText('✓ not again so soon').waitFor();
      await share('share-2');
      await cards.filter({ hasText: 'share-2' }).getByText('it fired for them not long ago').waitFor();
      expect(await violations()).toEqual([]);
      const again = page.waitForResponse((response) => response.url().includes('decision=suppressed'));
      await page.getByRole('combobox', { name: 'Decision', exact: true }).selectOption('suppressed');
      await again;
      await page.getByText('No trigger has decided anything since you came.').waitFor();
      await share('share-3');
      await cards.filter({ hasText: 'share-3' }).waitFor();
    });
  });

  it('finds somebody by their number, shows names as text, and follows what happens to them', async () => {
    await open(async ({ page, goTo }) => {
      await goTo('#/customer');
      await page.getByLabel('Phone, e-mail').fill('139 0000 1111');
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByText(NAUGHTY).first().waitFor();
      const timeline = page.getByRole('region', { name: 'What happened' }).first().getByRole('listitem');
      await timeline.filter({ hasText: 'order_completed' }).waitFor();
      await rig.engine.api.post('/v1/events?wait=applied', [
        {
          id: `follow-${Date.now()}`,
          type: 'product_added',
          channel: 'app',
          identifiers: { phone: ANN },
          properties: { item_id: 'spu-2' },
        },
      ]);
      await timeline.filter({ hasText: 'product_added' }).waitFor();
    });
  });

  it('never receives what is personal with a key that may not see it', async () => {
    const answers = await open(
      async ({ page, goTo, answers }) => {
        await goTo(`#/customer/${encodeURIComponent(`phone:${ANN}`)}`);
        await page
          .getByRole('region', { name: 'What happened' })
          .first()
          .getByRole('listitem')
          .filter({ hasText: 'order_completed' })
          .waitFor();
        await page.getByText('139****1111').first().waitFor();
        return answers.join('\n');
      },
      { key: reader },
    );
    expect(answers).toContain('profile_id');
    expect(answers).not.toContain('13900001111');
    expect(answers).not.toContain('onerror=alert(1)>"\\\' ﷽');
  });

  const PAGES = ['#/live', '#/customer', `#/customer/${encodeURIComponent(`phone:${ANN}`)}`];
  const WAYS: readonly (readonly [Language, 'light' | 'dark'])[] = [
    ['en', 'light'],
    ['zh', 'dark'],
  ];
  for (const [language, colors] of WAYS) {
    for (const address of PAGES) {
      it(`can be used by everybody: ${address} in ${language}, ${colors}`, async () => {
        await open(
          async ({ page, goTo, violations }) => {
            await goTo(address);
            await page.getByRole('heading', { level: 2 }).first().waitFor();
            await page.waitForLoadState('domcontentloaded');
            expect(await violations()).toEqual([]);
          },
          { language, colors },
        );
      });
    }
  }
});
