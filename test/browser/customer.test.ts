import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { visible } from '../../src/console/parts/data-text.ts';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig, type Language, type OpenConsole, type OpenOptions } from './support/console-rig.ts';
import { tabTo } from './support/keyboard.ts';
import { naughtyStrings } from './support/naughty-strings.ts';

const ANN = '13900001111';
const BOB = 'bob@example.com';
const CID = '13700003333';
const [NAUGHTY = ''] = naughtyStrings;
const NAME = `Ann Example ${NAUGHTY}`;
const DAY_MS = 86_400_000;
/** What the browser itself writes where the engine refuses something. */
const REFUSED = 'Failed to load resource: the server responded with a status of 400 (Bad Request)';
const now = Date.now();

const looked = (id: string, daysAgo: number, more: object = {}) => ({
  id,
  type: 'product_viewed',
  time: now - daysAgo * DAY_MS,
  channel: 'web',
  identifiers: { phone: ANN },
  properties: { item_id: `spu-${id}`, price: 399 },
  ...more,
});

/** Ann looks over some days, agrees to things and takes one back, and buys; the others are there to be merged and erased. */
const STORY = [
  looked('c-1', 9),
  looked('c-2', 6),
  looked('c-3', 2),
  looked('c-4', 1, { type: 'wishlist_added', channel: 'mini_program' }),
  {
    id: 'c-5',
    type: 'signed_in',
    time: now - 4 * DAY_MS,
    channel: 'app',
    identifiers: { phone: ANN, anonymous_id: 'a-ann', member_id: 'M-1' },
    traits: {
      name: NAME,
      ...Object.fromEntries(naughtyStrings.slice(0, 12).map((text, i) => [`motto_${i}`, text])),
    },
    consent: { personalization: true, marketing: { sms: true }, text_version: '2026-09', method: 'form' },
  },
  {
    id: 'c-6',
    type: 'consent_updated',
    time: now - 3 * DAY_MS,
    channel: 'app',
    identifiers: { phone: ANN },
    consent: { marketing: { sms: false }, text_version: '2026-10', method: 'settings' },
  },
  {
    id: 'c-7',
    type: 'order_completed',
    time: now - 60_000,
    channel: 'pos',
    identifiers: { phone: ANN },
    properties: {
      order_id: 'o-1',
      total: 399,
      currency: 'CNY',
      products: naughtyStrings.slice(0, 20).map((item_id) => ({ item_id, quantity: 1, price: 1 })),
    },
    context: { store: 'SH-001' },
  },
  { ...looked('c-8', 1), identifiers: { email: BOB } },
  { ...looked('c-9', 1), identifiers: { phone: CID, member_id: 'M-3' } },
];

const NAMES = {
  en: { what: 'What happened', actions: 'What can be done' },
  zh: { what: '行为时间线', actions: '可执行的操作' },
} as const;

describeWith(['chromium'], 'the page of a customer', () => {
  let rig: ConsoleRig;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    const { api } = rig.engine;
    const answer = await api.apply(STORY);
    expect(answer.body.rejected).toEqual([]);
    for (const scopes of [['read'], ['read', 'admin'], ['read', 'privacy']]) {
      const made = await api.post('/v1/keys', { name: scopes.join('-'), kind: 'secret', scopes });
      keys[scopes.join(' ')] = String(made.body.key);
    }
    await api.settled();
  });
  afterAll(async () => await rig?.stop());

  const open = async (
    reference: string,
    use: (opened: OpenConsole) => Promise<void>,
    { refusal, ...options }: OpenOptions & { readonly refusal?: string } = {},
  ): Promise<void> => {
    const opened = await rig.open(options);
    try {
      await opened.goTo(`#/customer/${encodeURIComponent(reference)}`);
      const { what } = NAMES[options.language ?? 'en'];
      await opened.page.getByRole('region', { name: what }).first().waitFor();
      await use(opened);
      expect(opened.complaints.filter((text) => text !== refusal)).toEqual([]);
      expect(opened.strangers).toEqual([]);
    } finally {
      await opened.close();
    }
  };

  it('shows what is known: consents with their words, points with their lots, features over days', async () => {
    await open(`phone:${ANN}`, async ({ page }) => {
      const consents = page.getByRole('region', { name: 'Consents' }).first();
      const sms = consents.getByRole('row', { name: /marketing\.sms/ }).first();
      expect(await sms.textContent()).toContain('2026-10');
      await consents.getByText('Every word on it').click();
      const words = page.getByRole('region', { name: 'Every word on it' }).getByRole('row');
      await words.filter({ hasText: '2026-09' }).first().waitFor();
      await words.filter({ hasText: 'settings' }).filter({ hasText: 'refused' }).first().waitFor();
      await page.getByText('Where they come from').click();
      await page
        .getByRole('region', { name: 'Where they come from' })
        .getByRole('row', { name: /order o-1/ })
        .waitFor();
      await page.getByRole('img', { name: /^views_lifetime: / }).waitFor();
      const course = await page.getByRole('img', { name: /^views_lifetime: / }).getAttribute('aria-label');
      expect(course).toBe('views_lifetime: 1 at first, 3 now');
    });
  });

  it('narrows what happened by channel, type and time', async () => {
    await open(`phone:${ANN}`, async ({ page }) => {
      const card = page.getByRole('region', { name: 'What happened' }).first();
      const events = card.getByRole('listitem');
      await events.filter({ hasText: 'order_completed' }).waitFor();
      const all = await events.count();
      await card.getByLabel('Channel').selectOption('mini_program');
      await events.filter({ hasText: 'order_completed' }).waitFor({ state: 'detached' });
      expect(await events.allTextContents()).toEqual([expect.stringContaining('wishlist_added')]);
      await card.getByLabel('Channel').selectOption('');
      await card.getByLabel('Type').selectOption('product_viewed');
      await events.filter({ hasText: 'signed_in' }).waitFor({ state: 'detached' });
      expect(await events.count()).toBe(3);
      const before = new Date(now - 4 * DAY_MS).toISOString().slice(0, 10);
      await card.getByLabel('Until').fill(before);
      await events.filter({ hasText: 'spu-c-3' }).waitFor({ state: 'detached' });
      expect(await events.count()).toBeGreaterThan(0);
      await card.getByLabel('From').fill(before);
      await events.first().waitFor({ state: 'detached' });
      await card.getByLabel('From').fill('');
      await card.getByLabel('Until').fill('');
      await card.getByLabel('Type').selectOption('');
      await events.filter({ hasText: 'order_completed' }).waitFor();
      expect(await events.count()).toBe(all);
    });
  });

  it('shows every naughty string as the text that it is', async () => {
    await open(`phone:${ANN}`, async ({ page }) => {
      await page.getByRole('listitem').filter({ hasText: 'order_completed' }).waitFor();
      const shown = String(await page.evaluate('document.querySelector("main").textContent'));
      for (const text of naughtyStrings.slice(0, 20)) expect(shown).toContain(visible(text.trim()));
      expect(await page.evaluate('document.querySelectorAll("main script, main img").length')).toBe(0);
    });
  });

  it('says why a trigger does not fire', async () => {
    await open(`phone:${ANN}`, async ({ page }) => {
      const card = page.getByRole('region', { name: 'Why, or why not?' });
      await card.getByLabel('Trigger').selectOption('plus_size_hesitation');
      await card.getByText('If it were complete now', { exact: true }).waitFor();
      await card.getByText(/product_viewed within 30m/).waitFor();
    });
    await open(
      `phone:${ANN}`,
      async ({ page }) => {
        const card = page.getByRole('region', { name: '为什么触发，或为什么没有？' }).first();
        await card.getByRole('combobox').selectOption('plus_size_hesitation');
        await card.getByText(/^30m 内 product_viewed：\d \/ 3/).waitFor();
        await card.getByText(/^若现在完成，决定为：/).waitFor();
        const said = await card.getByRole('listitem').allTextContents();
        expect(said.length).toBeGreaterThan(1);
        for (const sentence of said) expect(sentence).toMatch(/[\u4e00-\u9fff]/);
      },
      { language: 'zh' },
    );
  });

  it('merges with another who was looked at first, and takes an identifier out again, by keyboard alone', async () => {
    await open(`phone:${ANN}`, async ({ page }) => {
      const { keyboard } = page;
      await tabTo(page, 'Merge with another');
      await keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await tabTo(page, 'Who is the other?');
      await keyboard.type(BOB);
      await keyboard.press('Enter');
      await page.getByRole('dialog').getByText(BOB, { exact: true }).waitFor();
      expect(await page.getByLabel('Identifier of the other profile').inputValue()).toBe(`email:${BOB}`);
      await tabTo(page, 'They are one person');
      await keyboard.press('Enter');
      await page.getByText('They are one person now.').waitFor();
      const merged = await rig.engine.api.profile(`email:${BOB}`);
      expect(merged.identifiers.phone).toEqual([`+86${ANN}`]);
      await tabTo(page, merged.profile_id);
      await keyboard.press('Enter');
      const who = page.getByRole('region', { name: 'Identifiers' }).first();
      await who.getByText(BOB).waitFor();
      await tabTo(page, 'Take an identifier out');
      await keyboard.press('Enter');
      await tabTo(page, 'Identifier that leaves');
      await keyboard.type(`email:${BOB}`);
      await keyboard.press('Enter');
      await page.getByText('It is a profile of its own now.').waitFor();
      expect((await rig.engine.api.profile(`email:${BOB}`)).identifiers).toEqual({ email: [BOB] });
      await keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    });
  });

  it('puts a tag on with a reason, and takes it off once that was confirmed', async () => {
    await open(
      `phone:${ANN}`,
      async ({ page, violations }) => {
        const card = page.getByRole('region', { name: 'Tags', exact: true }).first();
        await page.getByRole('button', { name: 'Put a tag on' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Tag, such as vip').fill('restricted');
        await dialog.getByRole('button', { name: 'Put it on' }).click();
        await dialog
          .getByRole('alert')
          .getByText(/has restricted the use of their data/)
          .waitFor();
        await dialog.getByLabel('Tag, such as vip').fill('VIP customers');
        await dialog.getByRole('button', { name: 'Put it on' }).click();
        await dialog.getByRole('alert').getByText('“VIP customers” cannot be a tag.').waitFor();
        expect(await dialog.getByLabel('Tag, such as vip').getAttribute('aria-invalid')).toBe('true');
        expect(await violations()).toEqual([]);
        await dialog.getByLabel('Tag, such as vip').fill('vip');
        await dialog.getByLabel('Reason').fill(NAUGHTY);
        await dialog.getByRole('button', { name: 'Put it on' }).click();
        await card.getByText(NAUGHTY).waitFor();
        await card.getByText('The tag vip is on.').waitFor();
        expect((await rig.engine.api.profile(`phone:${ANN}`)).tags).toEqual(['vip']);
        await card.getByRole('button', { name: 'Take vip off' }).click();
        await dialog.getByRole('button', { name: 'Take off' }).click();
        await card.getByText('No tags.').waitFor();
        await card.getByText('The tag vip is off.').waitFor();
        expect((await rig.engine.api.profile(`phone:${ANN}`)).tags).toEqual([]);
      },
      { refusal: REFUSED },
    );
  });

  it('says in Chinese, too, what is wrong with the name of a tag', async () => {
    await open(
      `phone:${ANN}`,
      async ({ page }) => {
        await page.getByRole('button', { name: '添加标签' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('标签，例如 vip').fill('贵宾');
        await dialog.getByRole('button', { name: '确认添加' }).click();
        await dialog.getByRole('alert').getByText('“贵宾”不能用作标签。').waitFor();
      },
      { language: 'zh' },
    );
  });

  it('exports everything that is held of them into a file that is saved once', async () => {
    await open(`phone:${CID}`, async ({ page }) => {
      await page.getByRole('button', { name: 'Export' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Write the file' }).click();
      const save = dialog.getByRole('button', { name: 'Save the file' });
      await save.waitFor();
      const [file] = await Promise.all([page.waitForEvent('download'), save.click()]);
      const text = readFileSync(await file.path(), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ format: 'tessera.export' });
      expect(text).toContain(CID);
      await dialog.getByText('The engine has removed its copy').waitFor();
      expect(await save.count()).toBe(0);
    });
  });

  it('erases somebody once part of their id was typed, and shows the receipt', async () => {
    const { profile_id: id } = await rig.engine.api.profile(`phone:${CID}`);
    await open(`phone:${CID}`, async ({ page }) => {
      await page.getByRole('button', { name: 'Erase', exact: true }).click();
      const dialog = page.getByRole('dialog');
      const confirm = dialog.getByRole('button', { name: 'Erase for good' });
      expect(await confirm.isDisabled()).toBe(true);
      await dialog.getByLabel(/^To confirm/).fill('yes');
      expect(await confirm.isDisabled()).toBe(true);
      await dialog.getByLabel(/^To confirm/).fill(id.slice(-8));
      await confirm.click();
      const receipt = page.getByRole('region', { name: 'Receipt of the erasure' });
      await receipt.getByText('Everything of theirs is gone.').waitFor();
      expect(await receipt.textContent()).toContain(id);
      expect((await rig.engine.api.get(`/v1/profiles/phone:${CID}`)).status).toBe(404);
    });
  });

  it('offers what the key may do, and no more', async () => {
    const buttons = async (key: string | undefined): Promise<readonly string[]> => {
      let found: readonly string[] = [];
      await open(
        `phone:${ANN}`,
        async ({ page }) => {
          const card = page.getByRole('region', { name: 'What can be done' });
          await card.waitFor();
          found = await card.getByRole('button').allTextContents();
          if (await page.getByRole('button', { name: 'Put a tag on' }).count()) found = [...found, 'tag'];
        },
        key === undefined ? {} : { key },
      );
      return found;
    };
    const merging = ['Merge with another', 'Take an identifier out'];
    const rights = ['Export', 'Erase'];
    expect(await buttons(undefined)).toEqual([...merging, ...rights, 'tag']);
    expect(await buttons(keys.read)).toEqual([]);
    expect(await buttons(keys['read admin'])).toEqual([...merging, 'tag']);
    expect(await buttons(keys['read privacy'])).toEqual(rights);
  });

  it('never receives what is personal with a key that may not see it, whatever is opened', async () => {
    await open(
      `phone:${ANN}`,
      async ({ page, goTo, answers }) => {
        await page.getByRole('listitem').filter({ hasText: 'order_completed' }).waitFor();
        await page.getByText('139****1111').first().waitFor();
        await page.getByRole('button', { name: 'Merge with another' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Who is the other?').fill('member_id:M-1');
        await dialog.getByRole('button', { name: 'Find' }).click();
        await dialog.getByText('That is this very profile.').waitFor();
        await page.keyboard.press('Escape');
        await goTo('#/customer');
        await page.getByRole('region', { name: 'Some profiles' }).first().waitFor();
        await page.getByText('b***@example.com').first().waitFor();
        const told = answers.join('\n');
        expect(told).toContain('profile_id');
        for (const secret of [ANN, BOB, 'Ann Example', 'M-1"'])
          expect(told.includes(secret), secret).toBe(false);
      },
      { key: keys['read admin'] ?? '' },
    );
  });

  const WAYS: readonly (readonly [Language, 'light' | 'dark'])[] = [
    ['en', 'light'],
    ['zh', 'dark'],
  ];
  for (const [language, colors] of WAYS) {
    it(`can be used by everybody, and so can its dialogs, in ${language}, ${colors}`, async () => {
      await open(
        `phone:${ANN}`,
        async ({ page, violations }) => {
          await page.getByRole('listitem').filter({ hasText: 'order_completed' }).waitFor();
          expect(await violations()).toEqual([]);
          const buttons = page.getByRole('region', { name: NAMES[language].actions }).getByRole('button');
          for (const button of await buttons.all()) {
            await button.click();
            await page.getByRole('dialog').waitFor();
            expect(await violations()).toEqual([]);
            await page.keyboard.press('Escape');
            await page.getByRole('dialog').waitFor({ state: 'detached' });
          }
        },
        { language, colors },
      );
    });
  }
});
