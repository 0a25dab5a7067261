import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig, type OpenConsole } from './support/console-rig.ts';
import { tabTo } from './support/keyboard.ts';
import { naughtyStrings } from './support/naughty-strings.ts';
import { visit } from './support/visit.ts';

const ANN = '13900001111';
const ANN_MAIL = 'ann@example.com';
const [NAUGHTY = ''] = naughtyStrings;

const looked = (id: string, more: object = {}) => ({
  id,
  type: 'product_viewed',
  channel: 'web',
  identifiers: { phone: ANN },
  properties: { item_id: 'spu-1', price: 399 },
  ...more,
});

/** What cannot be taken: a price that is none, in the words of whoever sends naughty things. */
const bad = (id: string) =>
  looked(id, { properties: { item_id: NAUGHTY, price: 'cheap' }, traits: { email: ANN_MAIL } });

describeWith(['chromium'], 'the debugger', () => {
  let rig: ConsoleRig;
  let reader: string;
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    const { api } = rig.engine;
    const greeting = {
      name: 'greeting',
      purpose: 'service',
      on: { event: 'store_entered' },
      action: { channel: 'none' },
    };
    await api.send('PUT', '/v1/definitions/triggers/greeting', JSON.stringify(greeting));
    await api.apply([
      looked('d-1', { properties: { item_id: NAUGHTY, price: 399 } }),
      looked('d-2', { type: 'store_entered', channel: 'store', properties: { store: 'SH-001' } }),
      // Two memberships behind one number, which the shop's till has seen: nobody but an operator may say that they are one.
      looked('d-3', { channel: 'pos', identifiers: { phone: '13900002222', member_id: 'M-1' } }),
      looked('d-4', { channel: 'pos', identifiers: { phone: '13900002222', member_id: 'M-2' } }),
    ]);
    await api.post('/v1/events', [bad('d-bad')]);
    const made = await api.post('/v1/keys', { name: 'reader', kind: 'secret', scopes: ['read'] });
    reader = String(made.body.key);
    await api.settled();
  });
  afterAll(async () => await rig?.stop());

  const rowOf = ({ page }: OpenConsole, id: string) => page.getByRole('row').filter({ hasText: id }).first();

  it('shows good and bad events as they come, filters them, and pauses', async () => {
    await visit(rig, { address: '#/debug' }, async (opened) => {
      const { page } = opened;
      const { api } = rig.engine;
      await page.getByText(/of the last second shown/).waitFor();
      await api.post('/v1/events', [looked('s-1'), looked('s-1'), bad('s-bad')]);
      await rowOf(opened, 's-1').waitFor();
      await page.getByRole('row').filter({ hasText: 'duplicate' }).first().waitFor();
      const quarantined = page.getByRole('row').filter({ hasText: 'quarantined' }).first();
      await quarantined.waitFor();
      expect(await quarantined.textContent()).toContain('/properties/price');
      // Too large to be kept, so that nothing but the answer tells of it.
      const large = looked('s-large', { properties: { item_id: 'x'.repeat(100_000) } });
      await api.post('/v1/events', [large]);
      await page.getByRole('row').filter({ hasText: 'rejected in the answer' }).first().waitFor();
      await page.getByLabel('What became of it').selectOption('bad');
      await page.getByText(/of the last second shown/).waitFor();
      await api.post('/v1/events', [looked('s-2'), bad('s-bad-2')]);
      await page.getByRole('row').filter({ hasText: '/properties/price' }).first().waitFor();
      expect(await page.getByRole('row').filter({ hasText: 's-2' }).count()).toBe(0);
      await page.getByLabel('What became of it').selectOption('');
      await page.getByText(/of the last second shown/).waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await api.post('/v1/events', [looked('s-3')]);
      await page.getByText('1 more since you paused').waitFor();
      expect(await page.getByRole('row').filter({ hasText: 's-3' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Go on' }).click();
      await rowOf(opened, 's-3').waitFor();
    });
  });

  it('leads from an event in the stream to the way that it took', async () => {
    await visit(rig, { address: '#/debug' }, async (opened) => {
      const { page } = opened;
      await page.getByText(/of the last second shown/).waitFor();
      await rig.engine.api.post('/v1/events', [
        looked('trace-1', { type: 'store_entered', channel: 'store', properties: { store: 'SH-001' } }),
      ]);
      await page.getByRole('link', { name: 'trace-1' }).click();
      await page.getByText('1. Received').waitFor();
      await page.getByRole('row', { name: /^applied/ }).waitFor();
      // History, which knows the rest, is a moment behind.
      await page.getByRole('row', { name: /durable in the log/ }).waitFor();
      await page.getByText('2. Whose it is').waitFor();
      await page.getByText('phone: +86139').waitFor();
      await page.getByText('4. What triggers decided').waitFor();
      expect(page.url()).toContain('#/debug/trace/trace-1');
    });
  });

  it('follows one event by its id to the decision of a trigger, by keyboard alone', async () => {
    await visit(rig, { address: '#/debug/trace', refused: true }, async ({ page }) => {
      await page.getByLabel('Id of an event').waitFor();
      await tabTo(page, 'Id of an event');
      await page.keyboard.type('nobody-knows-it');
      await page.keyboard.press('Enter');
      await page.getByText('Nothing is known of this event').waitFor();
      await page.getByLabel('Id of an event').fill('d-2');
      await page.keyboard.press('Enter');
      const firing = page.getByRole('listitem').filter({ hasText: 'greeting' }).filter({ hasText: 'fired' });
      await firing.first().waitFor();
      await firing.first().getByText('sent to nobody').waitFor();
      await page.getByText('History has it.').waitFor();
      await page
        .getByRole('link', { name: /^[0-9a-f-]{36}$/ })
        .first()
        .click();
      await page.getByRole('region', { name: 'What happened' }).first().waitFor();
    });
  });

  it('finds what is kept by the name that its sender gave it, and leads from there and back', async () => {
    await visit(rig, { address: '#/debug/trace/d-bad' }, async ({ page }) => {
      await page.getByText('2. Held back').waitFor();
      await page.getByText('/properties/price').first().waitFor();
      await page.getByText('An amount is not a decimal number in its currency.').first().waitFor();
      await page.getByRole('link', { name: /^q-/ }).click();
      await page.getByText('"item_id"').waitFor();
      await page.getByText('d-bad', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Trace it' }).click();
      await page.getByText('2. Held back').waitFor();
      expect(page.url()).toContain('#/debug/trace/d-bad');
    });
    await visit(rig, { address: '#/debug/trace/d-bad', language: 'zh' }, async ({ page }) => {
      await page.getByText('金额不是该货币的十进制数。').first().waitFor();
    });
  });

  it('shows what is kept, as text, and sends it on its way again once somebody has said so twice', async () => {
    const { api } = rig.engine;
    const demand = {
      schema: { type: 'object', properties: { season: { type: 'string' } }, required: ['season'] },
    };
    await api.send('PUT', '/v1/definitions/schemas/product_viewed', JSON.stringify(demand));
    await api.post('/v1/events', [
      looked('q-1', { properties: { item_id: NAUGHTY } }),
      looked('q-2'),
      looked('q-3'),
    ]);
    await api.send('DELETE', '/v1/definitions/schemas/product_viewed');
    await api.settled();
    await visit(rig, { address: '#/debug/quarantine' }, async ({ page }) => {
      const group = page
        .getByRole('row')
        .filter({ hasText: 'schema_violation' })
        .filter({ hasText: 'season' });
      await group.getByRole('button', { name: 'Show them' }).click();
      const list = page.getByRole('region', { name: /^Kept: schema_violation/ }).first();
      await list.getByRole('link').first().waitFor();
      expect(await list.getByRole('link').count()).toBe(3);
      await list.getByRole('link').last().click();
      await page.getByText(JSON.stringify(NAUGHTY).slice(1, -1), { exact: false }).waitFor();
      await page.getByRole('button', { name: 'Send it again' }).click();
      await page.getByRole('button', { name: 'Really send it again?' }).click();
      await page.getByText('Done: accepted · applied').waitFor();
      await group.getByRole('button', { name: 'Replay' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/^If it were sent now: 2 of 2 taken/).waitFor();
      await dialog.getByRole('button', { name: 'Really send 2 again' }).click();
      await dialog.getByText(/^Sent: 2 of 2 taken/).waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    });
    await api.settled();
    const { body } = await api.get('/v1/quarantine/counts?code=schema_violation');
    expect(body.counts).toMatchObject([{ waiting: 0, replayed: 3 }]);
  });

  it('asks an operator who is who, and does what is decided', async () => {
    await visit(rig, { address: '#/debug/reviews' }, async ({ page }) => {
      const review = page.getByRole('row').filter({ hasText: 'member_id' }).first();
      await review.waitFor();
      await review.getByRole('button', { name: 'They are two' }).click();
      await review.getByRole('button', { name: 'Cancel' }).click();
      await review.getByRole('button', { name: 'They are one' }).click();
      await review.getByRole('button', { name: 'Really make them one?' }).click();
      await page.getByText('Nobody has to decide anything.').waitFor();
    });
    const [first, second] = await Promise.all(
      ['member_id:M-1', 'member_id:M-2'].map((each) => rig.engine.api.profile(each)),
    );
    expect(first?.profile_id).toBe(second?.profile_id);
  });

  it('says how each library is pointed here, and notices the first event', async () => {
    await visit(rig, { address: '#/debug/sources' }, async ({ page }) => {
      const libraries = page.getByLabel('Library');
      expect(await libraries.getByRole('option').count()).toBeGreaterThan(8);
      await page.getByLabel('Write key').fill('wk_of_the_shop');
      const snippet = page.getByRole('region', { name: 'How events are sent' }).locator('pre');
      expect(await snippet.textContent()).toContain('wk_of_the_shop');
      expect(await snippet.textContent()).toContain(rig.engine.api.address);
      await page.getByRole('button', { name: 'Listen' }).click();
      await page.getByText('Waiting for your first event …').waitFor();
      // It listens once its stream is open, which the engine does not tell.
      let sent = 0;
      const arrived = page.getByText(/^It has arrived: product_viewed/);
      while (!(await arrived.isVisible())) {
        await rig.engine.api.apply([looked(`first-${sent++}`)]);
      }
      await page.getByRole('link', { name: 'Trace it' }).click();
      await page.getByText('1. Received').waitFor();
    });
  });

  it('never receives what is personal with a key that may not see it', async () => {
    const { body } = await rig.engine.api.get('/v1/quarantine?limit=100');
    const kept = body.quarantined.map(({ id }: { readonly id: string }) => id);
    await visit(rig, { address: '#/debug/trace/d-1', key: reader }, async ({ page, goTo, answers }) => {
      await page.getByText('phone: 139****1111').waitFor();
      for (const id of kept) {
        await goTo(`#/debug/quarantine/${id}`);
        await page.getByRole('heading', { name: id }).waitFor();
        await page.getByText('"masked"').or(page.locator('pre')).first().waitFor();
      }
      expect(await page.getByRole('button', { name: /Replay|Send it again/ }).count()).toBe(0);
      await goTo('#/debug/reviews');
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      const all = answers.join('\n');
      expect(all).toContain('invalid_amount');
      expect(all).not.toContain(ANN);
      expect(all).not.toContain(ANN_MAIL);
    });
  });

  for (const [language, colors] of [
    ['en', 'light'],
    ['zh', 'dark'],
  ] as const) {
    it(`can be used by everybody, in ${language} and ${colors}`, async () => {
      const { body } = await rig.engine.api.get('/v1/quarantine?limit=1');
      await visit(rig, { address: '#/debug', language, colors }, async ({ page, goTo, violations }) => {
        for (const address of [
          '#/debug',
          '#/debug/trace/d-2',
          `#/debug/quarantine/${String(body.quarantined[0].id)}`,
          '#/debug/reviews',
          '#/debug/sources',
        ]) {
          await goTo(address);
          await page.getByRole('heading', { level: 2 }).first().waitFor();
          await page
            .getByText(/^(Loading|加载中)…$/)
            .first()
            .waitFor({ state: 'detached' });
          expect(await violations(), address).toEqual([]);
        }
      });
    });
  }
});
