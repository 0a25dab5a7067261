import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { ConsoleRig } from './support/console-rig.ts';
import { tabTo } from './support/keyboard.ts';
import { naughtyStrings } from './support/naughty-strings.ts';
import { visit } from './support/visit.ts';

const ANN = '13900001111';
const [NAUGHTY = ''] = naughtyStrings;

let sent = 0;
const looked = (phone: string, type = 'product_viewed') => ({
  id: `t-${sent++}`,
  type,
  channel: 'web',
  identifiers: { phone },
  properties: { item_id: 'spu-1', price: 399 },
});

const greeting = (description: string, more: JsonObject = {}): JsonObject => ({
  name: 'greeting',
  description,
  purpose: 'service',
  on: { event: 'store_entered' },
  limit: { cooldown: '1d' },
  action: { channel: 'none' },
  ...more,
});

describeWith(['chromium'], 'the pages of triggers, segments and features', () => {
  let rig: ConsoleRig;
  let reader: string;
  const define = async (definition: JsonObject, kind = 'triggers'): Promise<void> => {
    const path = `/v1/definitions/${kind}/${String(definition.name)}`;
    const answer = await rig.engine.api.send('PUT', path, JSON.stringify(definition));
    expect(answer.status, answer.text).toBeLessThan(300);
  };
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    const { api } = rig.engine;
    await define(greeting('Says hello'));
    await define(greeting(`Says hello, ${NAUGHTY}`, { limit: { cooldown: '2d' } }));
    const entered = { ...looked(ANN, 'store_entered'), channel: 'store', properties: { store: 'SH-001' } };
    await api.apply([looked(ANN), looked(ANN), entered, { ...entered, id: 'again' }]);
    const made = await api.post('/v1/keys', { name: 'reader', kind: 'secret', scopes: ['read'] });
    reader = String(made.body.key);
    await api.settled();
  });
  afterAll(async () => await rig?.stop());

  it('lists what is in force with what came of it, and descriptions as text', async () => {
    await visit(rig, { address: '#/triggers' }, async ({ page }) => {
      const row = page.getByRole('row').filter({ hasText: NAUGHTY });
      await row.waitFor();
      expect(await row.getByRole('link').textContent()).toBe('greeting');
      const titles = await page.getByRole('columnheader').allTextContents();
      const cells = await row.getByRole('cell').allTextContents();
      const cell = (title: string): string | undefined => cells[titles.indexOf(title)];
      expect([cell('Fired'), cell('Suppressed'), cell('Conversion'), cell('Lift')]).toEqual([
        '1',
        '1',
        '0%',
        '–',
      ]);
    });
  });

  it('makes a trigger by its form, and an event sets it off before the eyes of whoever watches', async () => {
    await visit(rig, { address: '#/triggers/triggers/+' }, async ({ page, goTo }) => {
      const form = page.getByRole('region', { name: 'The most important fields' });
      const yaml = page.getByRole('textbox', { name: 'The whole definition' });
      await form.getByLabel('Name').fill('made_here');
      await form.getByLabel('Purpose').selectOption('service');
      await form.getByLabel('Channel').fill('none');
      expect(await yaml.inputValue()).toMatch(
        /^name: made_here\n[\s\S]*purpose: service\n[\s\S]*channel: none\n/,
      );
      // The other way round: what is typed as text shows in the form.
      await yaml.fill((await yaml.inputValue()).replace('count: 3', 'count: 2').replace('Three', 'Two'));
      expect(await form.getByLabel('Description').inputValue()).toMatch(/^Two looks/);
      await page.getByText('This can be put in force.').waitFor();
      await form.getByRole('button', { name: 'Put in force' }).click();
      await page.getByRole('heading', { name: 'What it has brought' }).waitFor();
      expect(page.url()).toMatch(/#\/triggers\/triggers\/made_here$/);
      // Whatever else was defined before: it is the first one of this.
      const versions = page.getByRole('region', { name: 'Versions' }).first();
      await versions.getByRole('row', { name: /^1 .*created/ }).waitFor();
      await goTo('#/live');
      await page.getByText('connected', { exact: true }).waitFor();
      await rig.engine.api.apply([looked('13900002222'), looked('13900002222')]);
      const card = page.getByRole('list', { name: 'Triggers firing' }).getByRole('listitem');
      await card.filter({ hasText: 'made_here' }).filter({ hasText: 'fired' }).first().waitFor();
      await goTo('#/triggers');
      await page
        .getByRole('row', { name: /made_here/ })
        .first()
        .waitFor();
    });
  });

  it('says while it is typed what is wrong, and in which line', async () => {
    await visit(rig, { address: '#/triggers/triggers/greeting', refused: true }, async ({ page }) => {
      const yaml = page.getByRole('textbox', { name: 'The whole definition' });
      const save = page.getByRole('button', { name: 'Put in force' });
      await page.getByText('This is what is in force.').waitFor();
      expect(await save.isDisabled()).toBe(true);
      const text = await yaml.inputValue();
      await yaml.fill(`${text}: [`);
      await page.getByRole('alert').filter({ hasText: 'This is no YAML' }).waitFor();
      await yaml.fill(text.replace('cooldown: 2d', 'cooldown: whenever'));
      const alert = page.getByRole('alert').filter({ hasText: '/limit/cooldown' });
      await alert.waitFor();
      const line = text.split('\n').findIndex((each) => each.includes('cooldown')) + 1;
      await page.getByText(`Line ${line} of the YAML`).waitFor();
      expect(await yaml.getAttribute('aria-invalid')).toBe('true');
      expect(await save.isDisabled()).toBe(true);
      await yaml.fill(text.replace('cooldown: 2d', 'cooldown: 3d'));
      await page.getByRole('row', { name: /\/limit\/cooldown.*2d.*3d/ }).waitFor();
      expect(await save.isEnabled()).toBe(true);
    });
    const { body } = await rig.engine.api.get('/v1/definitions/triggers/greeting');
    expect(body.limit).toEqual({ cooldown: '2d' });
  });

  it('shows what two versions differ in, and goes back to one of them', async () => {
    await visit(rig, { address: '#/triggers/triggers/greeting' }, async ({ page }) => {
      const versions = page.getByRole('region', { name: 'Versions' }).first();
      const gone = versions.locator('del');
      await gone.first().waitFor();
      expect(await gone.allTextContents()).toEqual(['− description: Says hello', '−   cooldown: 1d']);
      expect((await versions.locator('ins').allTextContents()).join()).toContain(NAUGHTY);
      await versions.getByRole('button', { name: /^Back to this one: version/ }).click();
      await page.getByText(/is in the editor/).waitFor();
      await page.getByText('This can be put in force.').waitFor();
      await page.getByRole('button', { name: 'Put in force' }).click();
      await page.getByText('In force. It is live').waitFor();
      await versions
        .getByRole('button', { name: /^Back to this one: version/ })
        .nth(1)
        .waitFor();
    });
    const { body } = await rig.engine.api.get('/v1/definitions/triggers/greeting');
    expect(body).toMatchObject({ description: 'Says hello', limit: { cooldown: '1d' } });
  });

  it('switches a trigger off and on by keyboard, and one that is off decides nothing', async () => {
    const { api } = rig.engine;
    const enter = async (phone: string): Promise<readonly string[]> => {
      const event = { ...looked(phone, 'store_entered'), channel: 'store', properties: { store: 'SH-001' } };
      const { body } = await api.apply([event]);
      return body.results[0].triggers.map(({ trigger }: JsonObject) => trigger);
    };
    await visit(rig, { address: '#/triggers' }, async ({ page, goTo }) => {
      await page.getByRole('button', { name: 'Switch off greeting' }).waitFor();
      await tabTo(page, 'Switch off greeting');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Switch on greeting' }).waitFor();
      await waitUntil('it is off', async () => !(await enter(`139000${50_000 + sent}`)).includes('greeting'));
      await goTo('#/triggers/triggers/greeting');
      await page.getByText('This trigger is off').waitFor();
      await page.getByRole('row', { name: /switched off/ }).waitFor();
      await tabTo(page, 'Switch on greeting');
      await page.keyboard.press('Enter');
      await page.getByText('This trigger is on.').waitFor();
      await waitUntil('it is on', async () => (await enter(`139000${60_000 + sent}`)).includes('greeting'));
    });
  });

  it('asks before it loses what was typed, and only then', async () => {
    const address = '#/triggers/triggers/greeting';
    await visit(rig, { address }, async ({ page, violations }) => {
      const description = page
        .getByRole('region', { name: 'The most important fields' })
        .getByLabel('Description');
      const dialog = page.getByRole('dialog', { name: 'Leave without putting it in force?' });
      const leave = async (where: string): Promise<void> =>
        await page.getByRole('link', { name: where }).click();
      await page.getByText('This is what is in force.').waitFor();
      const before = await description.inputValue();
      await leave('Live');
      await page.getByText('connected', { exact: true }).waitFor();
      await page.goBack();
      await description.fill('half a thought');
      await leave('Segments');
      await dialog.waitFor();
      expect(await violations()).toEqual([]);
      await dialog.getByRole('button', { name: 'Stay here' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await description.inputValue()).toBe('half a thought');
      expect(page.url()).toContain(address);
      await page.goBack();
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await dialog.getByRole('button', { name: 'Stay here' }).click();
      const asked = page.waitForEvent('dialog');
      const reloading = page.reload();
      const box = await asked;
      expect(box.type()).toBe('beforeunload');
      await box.dismiss();
      await reloading.catch(() => undefined);
      expect(await description.inputValue()).toBe('half a thought');
      // Nothing is lost where everything is as it was.
      await description.fill(before);
      await leave('Live');
      await page.getByText('connected', { exact: true }).waitFor();
      await leave('Triggers');
      await page.getByRole('link', { name: 'greeting', exact: true }).click();
      await description.fill('another thought');
      await leave('Live');
      await dialog.getByRole('button', { name: 'Leave, and lose it' }).click();
      await page.getByText('connected', { exact: true }).waitFor();
      expect(page.url()).toContain('#/live');
    });
  });

  it('tries a trigger on somebody real and on the past', async () => {
    await visit(rig, { address: '#/triggers/triggers/greeting', refused: true }, async ({ page }) => {
      const preview = page.getByRole('region', { name: 'What it would decide for somebody now' });
      await preview.getByLabel('Phone, e-mail').fill('139 0000 1111');
      await preview.getByRole('button', { name: 'Run' }).click();
      await preview.getByRole('listitem').filter({ hasText: 'cooldown' }).first().waitFor();
      await preview.getByLabel('Phone, e-mail').fill('13900009999');
      await preview.getByRole('button', { name: 'Run' }).click();
      await preview.getByRole('alert').filter({ hasText: 'profile_not_found' }).waitFor();
      const backtest = page.getByRole('region', { name: 'What it would have done' });
      await backtest.getByRole('button', { name: 'Run' }).click();
      await backtest.getByRole('img', { name: 'Decisions per day' }).waitFor();
      const day = new Date().toISOString().slice(0, 10);
      const cells = await backtest
        .getByRole('row', { name: new RegExp(day) })
        .getByRole('cell')
        .allTextContents();
      expect(Number(cells[1])).toBeGreaterThan(0);
    });
  });

  it('counts a segment before it is there, takes it back when asked twice, and has it again', async () => {
    await visit(rig, { address: '#/triggers/segments/+', refused: true }, async ({ page, goTo }) => {
      const yaml = page.getByRole('textbox', { name: 'The whole definition' });
      await yaml.fill(
        'name: lookers\ndescription: Looked at something\nwhen: { feature: views_lifetime, gte: 1 }\n',
      );
      await page.getByText('This can be put in force.').waitFor();
      const preview = page.getByRole('region', { name: 'How many would belong to it' });
      await preview.getByRole('button', { name: 'Run' }).click();
      await preview.getByText(/^2 of \d+ profiles$/).waitFor();
      await page.getByRole('button', { name: 'Put in force' }).click();
      await page.getByRole('heading', { name: 'Versions' }).waitFor();
      await page.getByRole('button', { name: 'Take back' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Take back' }).click();
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'New', exact: true }).waitFor();
      expect((await rig.engine.api.get('/v1/definitions/segments/lookers')).status).toBe(404);
      await goTo('#/triggers/segments/lookers');
      await page.getByRole('row', { name: /taken back/ }).waitFor();
      await page.getByRole('button', { name: /^Back to this one: version/ }).click();
      await page.getByText('This can be put in force.').waitFor();
      await page.getByRole('button', { name: 'Put in force' }).click();
      await page.getByText('In force. It is live').waitFor();
    });
    expect((await rig.engine.api.get('/v1/definitions/segments/lookers')).status).toBe(200);
  });

  it('makes a feature, shows it for somebody, and fills it from history', async () => {
    await visit(rig, { address: '#/triggers/features/+' }, async ({ page }) => {
      const form = page.getByRole('region', { name: 'The most important fields' });
      await form.getByLabel('Name').fill('looks_ever');
      await form.getByLabel('Window').fill('lifetime');
      await page.getByText('This can be put in force.').waitFor();
      const trial = page.getByRole('region', { name: 'What the draft would be for somebody now' }).first();
      await trial.getByLabel('Phone, e-mail').fill(ANN);
      await trial.getByRole('button', { name: 'Run' }).click();
      await trial.getByRole('row', { name: /looks_ever\s*2/ }).waitFor();
      await trial.getByText(/^Computed from \d+ events since .*, of which it reads 2,/).waitFor();
      await page.getByRole('button', { name: 'Put in force' }).click();
      const card = page.getByRole('region', { name: 'What it is for somebody now' }).first();
      await card.getByRole('button', { name: 'Fill from history' }).click();
      await card.getByText('Filled.').waitFor();
      await card.getByLabel('Phone, e-mail').fill(ANN);
      await card.getByRole('button', { name: 'Run' }).click();
      await card.getByRole('row', { name: /looks_ever\s*2/ }).waitFor();
    });
  });

  it('lets a key without the scope define look, and nothing else', async () => {
    await visit(rig, { address: '#/triggers', key: reader }, async ({ page, goTo }) => {
      await page
        .getByRole('row', { name: /greeting/ })
        .first()
        .waitFor();
      expect(await page.getByRole('button', { name: /^Switch/ }).count()).toBe(0);
      expect(await page.getByRole('link', { name: 'New', exact: true }).count()).toBe(0);
      await goTo('#/triggers/triggers/greeting');
      await page.getByText('The key lacks the scope define').waitFor();
      expect(await page.getByRole('button', { name: /^(Take back|Run|Switch o|Back to)/ }).count()).toBe(0);
      expect(await page.getByRole('button', { name: 'Put in force' }).isDisabled()).toBe(true);
    });
  });

  for (const [language, colors] of [
    ['en', 'light'],
    ['zh', 'dark'],
  ] as const) {
    it(`can be used by everybody, in ${language} and ${colors}`, async () => {
      await visit(rig, { address: '#/triggers', language, colors }, async ({ page, goTo, violations }) => {
        for (const address of [
          '#/triggers',
          '#/triggers/segments',
          '#/triggers/triggers/greeting',
          '#/triggers/segments/high_value_dormant',
          '#/triggers/features/+',
        ]) {
          await goTo(address);
          await page.getByRole('heading', { level: 2 }).first().waitFor();
          await page.getByRole('cell').or(page.getByRole('textbox')).first().waitFor();
          expect(await violations(), address).toEqual([]);
        }
      });
    });
  }
});
