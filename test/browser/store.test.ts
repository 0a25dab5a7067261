import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig, type Language, type OpenConsole, type OpenOptions } from './support/console-rig.ts';
import { tabTo } from './support/keyboard.ts';
import { naughtyStrings } from './support/naughty-strings.ts';

const [NAUGHTY = ''] = naughtyStrings;
const HOUR_MS = 3_600_000;
const now = Date.now();

const GOODS = [
  { item_id: 'mat', name: `Mat ${NAUGHTY}`, category: 'sport/yoga', brand: 'Lotus', price: '199.00' },
  { item_id: 'block', name: 'Yoga block', category: 'sport/yoga', brand: 'Lotus', price: '49.00' },
  { item_id: 'strap', name: 'Yoga strap', category: 'sport/yoga', brand: 'Lotus', price: '39.00' },
];
const STOCK = [
  { item_id: 'mat', store: 'SH-001', quantity: 4 },
  { item_id: 'block', store: 'SH-001', quantity: 0 },
  { item_id: 'strap', store: 'SH-001', quantity: 2 },
];
const STORES = [
  { store_id: 'SH-001', name: 'Xintiandi' },
  { store_id: 'SH-002', name: NAUGHTY },
];

let sent = 0;
const deed = (phone: string, type: string, more: object = {}) => ({
  id: `s-${sent++}`,
  type,
  time: now - HOUR_MS,
  channel: 'web',
  identifiers: { phone },
  consent: { personalization: true },
  ...more,
});
const views = (phone: string, item_id: string) => deed(phone, 'product_viewed', { properties: { item_id } });

const DORA = '13900004444';
const EVE = '13900005555';
const FAY = '13900006666';

/** Dora has an appointment, Eve's order waits for her; Fay comes in from the street. All have looked around before. */
const STORY = [
  ...[DORA, EVE, FAY, '13900007777'].flatMap((phone) =>
    ['mat', 'block', 'strap'].map((item) => views(phone, item)),
  ),
  deed(DORA, 'signed_in', { traits: { name: `Dora Example ${NAUGHTY}` } }),
  deed(DORA, 'appointment_booked', {
    properties: {
      appointment_id: 'ap-1',
      store: 'SH-001',
      starts_at: new Date(now + HOUR_MS).toISOString(),
      service: 'styling',
    },
  }),
  deed(EVE, 'order_ready_for_pickup', { properties: { order_id: 'o-9', store: 'SH-001' } }),
  deed(FAY, 'signed_in', { traits: { name: 'Fay Example' } }),
];

describeWith(['chromium'], 'the page of a store', () => {
  let rig: ConsoleRig;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    const { api } = rig.engine;
    for (const [kind, rows] of Object.entries({ items: GOODS, stores: STORES, stock: STOCK })) {
      const { status, text } = await api.send('PUT', `/v1/catalog/${kind}`, JSON.stringify(rows));
      expect(status, text).toBe(200);
    }
    const answer = await api.apply(STORY);
    expect(answer.body.rejected).toEqual([]);
    for (const scopes of [['read'], ['read', 'ingest', 'pii']]) {
      const made = await api.post('/v1/keys', { name: scopes.join('-'), kind: 'secret', scopes });
      keys[scopes.join(' ')] = String(made.body.key);
    }
    await api.settled();
  });
  afterAll(async () => await rig?.stop());

  const open = async (
    address: string,
    use: (opened: OpenConsole) => Promise<void>,
    options: OpenOptions = {},
  ): Promise<void> => {
    const opened = await rig.open({ tablet: true, ...options });
    try {
      await opened.goTo(address);
      await use(opened);
      expect(opened.complaints).toEqual([]);
      expect(opened.strangers).toEqual([]);
    } finally {
      await opened.close();
    }
  };

  const triedEvents = async (): Promise<readonly Record<string, unknown>[]> => {
    await rig.engine.api.settled();
    const rows = await rig.engine.api.sql(
      "SELECT raw FROM events WHERE type = 'product_tried' ORDER BY seq, idx",
    );
    return rows.map(({ raw }) => JSON.parse(String(raw)));
  };

  it('lists the stores of the catalog, and whom one may expect, by tapping', async () => {
    await open('#/store', async ({ page }) => {
      await page.getByRole('link', { name: NAUGHTY }).waitFor();
      await page.getByRole('link', { name: 'Xintiandi' }).tap();
      const expected = page.getByRole('region', { name: 'Whom to expect' });
      await expected.getByRole('link', { name: /^Dora Example .*139.*appointment/s }).waitFor();
      await expected.getByRole('link', { name: /comes to pick up/ }).waitFor();
      await expected.getByRole('link', { name: /appointment/ }).tap();
      await page.getByText(`Dora Example ${NAUGHTY}`).waitFor();
    });
  });

  it('shows who walks in as it happens, what is there for them, and takes what came of it in one tap', async () => {
    await open('#/store/SH-001', async ({ page }) => {
      await page.getByText('connected', { exact: true }).waitFor();
      await page.getByText('appears here at once').waitFor();
      await page.getByLabel('Your name or number').fill('A7');
      await rig.engine.api.apply([
        deed(FAY, 'store_entered', {
          time: Date.now(),
          channel: 'store_device',
          properties: { store: 'SH-001' },
          context: { store: 'SH-001' },
        }),
      ]);
      const arrived = page.getByRole('region', { name: 'Came into the store just now' });
      await arrived.getByRole('link', { name: 'Fay Example' }).tap();
      await page.getByRole('heading', { name: 'What to know' }).waitFor();
      const knowledge = page.getByRole('region', { name: 'What to know' });
      await knowledge.getByText('Looked at online').waitFor();
      const offers = page.getByRole('region', { name: 'What to offer' });
      const mat = offers.getByRole('listitem').filter({ hasText: `Mat ${NAUGHTY}` });
      await mat.getByText('4 here').waitFor();
      expect(await offers.locator('strong').allTextContents()).not.toContain('Yoga block');
      await mat.getByRole('button', { name: 'other size' }).tap();
      await mat.getByText('Noted.').waitFor();
      expect(await mat.getByRole('button', { name: 'other size' }).getAttribute('aria-pressed')).toBe('true');
      const [tried] = await triedEvents();
      expect(tried).toMatchObject({
        channel: 'store_device',
        properties: { item_id: 'mat', outcome: 'other_size' },
        context: { store: 'SH-001', associate_id: 'A7' },
      });
    });
  });

  it('can be used by keyboard alone', async () => {
    await open(
      '#/store/SH-001',
      async ({ page }) => {
        await tabTo(page, 'Phone, e-mail');
        await page.keyboard.type(EVE);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'What to offer' }).waitFor();
        await page.getByRole('region', { name: 'What to offer' }).getByText('Yoga strap').waitFor();
        await tabTo(page, 'thinks about it');
        await page.keyboard.press('Enter');
        await page.getByText('Noted.').waitFor();
        await tabTo(page, 'thinks about it');
      },
      { tablet: false },
    );
  });

  it('has nothing that is hard to hit with a finger, and nothing beside the screen', async () => {
    for (const address of [
      '#/store',
      '#/store/SH-001',
      `#/store/SH-001/${encodeURIComponent(`phone:${DORA}`)}`,
    ])
      await open(address, async ({ page }) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('main a, main button').first().waitFor();
        if (address.includes('phone')) await page.getByRole('button', { name: 'bought' }).first().waitFor();
        const small = await page.evaluate(`[...document.querySelectorAll('main a, main button, main input')]
          .map((each) => ({ name: each.textContent || each.placeholder, box: each.getBoundingClientRect() }))
          .filter(({ box }) => box.height < 44 || box.width < 44)
          .map(({ name, box }) => name + ' ' + box.width + 'x' + box.height)`);
        expect(small).toEqual([]);
        expect(
          await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
        ).toBe(true);
      });
  });

  it('shows names to a key that may see them, masks to others, and never more than that on the wire', async () => {
    const whole = async (key: string): Promise<string> => {
      let told = '';
      await open(
        '#/store/SH-001',
        async ({ page, goTo, answers }) => {
          await page.getByRole('link', { name: /appointment/ }).waitFor();
          await goTo(`#/store/SH-001/${encodeURIComponent(`phone:${DORA}`)}`);
          await page.getByRole('heading', { name: 'What to know' }).waitFor();
          const buttons = await page.getByRole('button', { name: 'bought' }).count();
          expect(buttons > 0).toBe(key.includes('ingest'));
          told = answers.join('\n');
        },
        { key: keys[key] ?? '' },
      );
      return told;
    };
    const told = await whole('read');
    for (const secret of [DORA, EVE, 'Dora Example']) expect(told.includes(secret), secret).toBe(false);
    expect(told).toContain('139****4444');
    expect((await whole('read ingest pii')).includes('Dora Example')).toBe(true);
  });

  const WAYS: readonly (readonly [Language, 'light' | 'dark'])[] = [
    ['en', 'light'],
    ['zh', 'dark'],
  ];
  for (const [language, colors] of WAYS) {
    it(`can be used by everybody in ${language}, ${colors}`, async () => {
      await open(
        '#/store/SH-001',
        async ({ page, goTo, violations }) => {
          await page.locator('main .person').first().waitFor();
          expect(await violations()).toEqual([]);
          await goTo(`#/store/SH-001/${encodeURIComponent(`phone:${DORA}`)}`);
          await page.locator('main .offer button').first().waitFor();
          expect(await violations()).toEqual([]);
        },
        { language, colors },
      );
    });
  }
});
