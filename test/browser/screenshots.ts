/*
 * A picture of every page of the console, in both languages, light and dark, out of an engine with seeded shoppers.
 * Usage: npm run screenshots [-- --out screenshots] [--languages en,zh] [--docs]
 * --docs takes the pictures that README.md and README.zh-CN.md show, and nothing else.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { TesseraError } from '../../src/errors.ts';
import { insightViews } from './support/insight-views.ts';
import { launchBrowser } from './support/launch-browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOCALES = { en: 'en-GB', zh: 'zh-CN' } as const;
type Language = keyof typeof LOCALES;
type Colors = 'light' | 'dark';

interface Demo {
  readonly address: string;
  readonly key: string;
  readonly child: ChildProcess;
}

interface Shot {
  readonly name: string;
  readonly hash: string;
  /** Says that what the page is about is there, where a heading and no waiting text do not. */
  readonly shows?: string;
  /** Asks for it where it is not there by itself. */
  readonly press?: string;
}

/** Wide enough for three columns; `--docs` takes what fits in one window. */
const WINDOW = { width: 1280, height: 860 };
/** What a view of reports is waited for, where that is not the end of loading alone. */
const QUALITY: Partial<Shot> = { press: '.empty + button', shows: '.card h3' };
/** The chart of the live page is about two minutes; half of it is enough to see what it is. */
const CHART_MS = 60_000;
const IN_README = ['live', 'customer', 'insight-channels'];

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'screenshots') },
    languages: { type: 'string', default: 'en,zh' },
    docs: { type: 'boolean', default: false },
  },
});

function languagesOf(text: string): readonly Language[] {
  const chosen = text.split(',').filter((each): each is Language => each === 'en' || each === 'zh');
  if (!chosen.includes('zh')) return chosen;
  const fonts = execFileSync('fc-list', [':lang=zh'], { encoding: 'utf8' });
  if (fonts.trim() !== '') return chosen;
  throw new TesseraError(
    'invalid_parameter',
    'No font here has Chinese characters: apt-get install fonts-noto-cjk, or --languages en.',
  );
}

/** The demo, once it listens. */
async function startDemo(): Promise<Demo> {
  const args = ['demo', '--json', '--port', '0', '--rate', '20', '--seed', '1'];
  const child = spawn(process.execPath, [join(ROOT, 'dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // It does not outlive this, however this ends.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"secret_key"')) continue;
    const { address, secret_key } = JSON.parse(line) as { address: string; secret_key: string };
    return { address, key: secret_key, child };
  }
  throw new TesseraError('internal', 'the demo has ended before it listened');
}

/** Its history takes a while; pictures are taken of what comes after it. */
const STEADY_PER_SECOND = 150;
const LOOK_EVERY_MS = 3000;

async function ask({ address, key }: Demo, path: string): Promise<string> {
  const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${key}` } });
  return await answer.text();
}

/** Waits until no more is applied than a demo sends by itself, in two looks, one after the other. */
async function untilSteady(demo: Demo): Promise<void> {
  let before = 0;
  for (let steady = 0; steady < 2; ) {
    await pause(LOOK_EVERY_MS);
    const applied = Number(
      /^tessera_events_applied_total (\d+)$/m.exec(await ask(demo, '/metrics'))?.[1] ?? 0,
    );
    const came = ((applied - before) * 1000) / LOOK_EVERY_MS;
    steady = before > 0 && came > 0 && came < STEADY_PER_SECOND ? steady + 1 : 0;
    before = applied;
  }
}

/** Whoever has most to show, of some. */
async function chooseCustomer(demo: Demo): Promise<string> {
  await untilSteady(demo);
  const { profiles } = JSON.parse(await ask(demo, '/v1/profiles?limit=100')) as {
    readonly profiles: readonly { readonly profile_id: string; readonly identifiers: object }[];
  };
  const [richest] = profiles.toSorted(
    (a, b) => Object.keys(b.identifiers).length - Object.keys(a.identifiers).length,
  );
  if (richest === undefined) throw new TesseraError('profile_not_found');
  return richest.profile_id;
}

function shotsOf(customer: string): readonly Shot[] {
  return [
    { name: 'live', hash: '#/live', shows: '.bars li' },
    { name: 'customers', hash: '#/customer' },
    { name: 'customer', hash: `#/customer/${customer}`, shows: '.timeline li' },
    ...['triggers', 'segments', 'features'].map((kind) => ({ name: kind, hash: `#/triggers/${kind}` })),
    ...['stream', 'quarantine', 'reviews', 'sources'].map((tab) => ({
      name: `debug-${tab}`,
      hash: `#/debug/${tab}`,
    })),
    ...insightViews.map((tab) => ({
      ...{ name: `insight-${tab}`, hash: `#/insight/${tab}` },
      ...(tab === 'quality' ? QUALITY : {}),
    })),
    { name: 'store', hash: '#/store/SH-001' },
  ];
}

async function show(page: Page, { hash, shows, press }: Shot): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.locator('main h1, main h2').first().waitFor();
  await page
    .getByText(/^(Loading|加载中)…$/)
    .first()
    .waitFor({ state: 'detached' });
  if (press !== undefined && (await page.locator(press).count()) > 0) await page.locator(press).click();
  if (shows !== undefined) await page.locator(shows).first().waitFor({ timeout: 120_000 });
  // Charts are drawn in the frame after what they show has come, and fonts as they are needed.
  await page.evaluate(
    'document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => done())))',
  );
}

interface Look {
  readonly language: Language;
  readonly colors: Colors;
}

async function contextOf(browser: Browser, { language, colors }: Look): Promise<BrowserContext> {
  return await browser.newContext({ locale: LOCALES[language], colorScheme: colors, viewport: WINDOW });
}

async function takeAll(browser: Browser, demo: Demo, customer: string): Promise<number> {
  let taken = 0;
  for (const language of languages) {
    for (const colors of ['light', 'dark'] as const) {
      const context = await contextOf(browser, { language, colors });
      const page = await context.newPage();
      const path = (name: string): string => join(values.out, `${name}.${language}.${colors}.png`);
      await page.goto(demo.address);
      await page.locator('form input').first().waitFor();
      await page.screenshot({ path: path('sign-in') });
      await page.goto(`${demo.address}/#key=${demo.key}`);
      await page.reload();
      await page.locator('nav a').first().waitFor();
      for (const shot of shotsOf(customer)) {
        await show(page, shot);
        await page.screenshot({ path: path(shot.name), fullPage: true });
      }
      taken += 1 + shotsOf(customer).length;
      await context.close();
    }
  }
  return taken;
}

/** One window each, for the README of each language. */
async function takeForDocs(browser: Browser, demo: Demo, customer: string): Promise<number> {
  const shots = shotsOf(customer).filter(({ name }) => IN_README.includes(name));
  for (const language of languages) {
    const context = await contextOf(browser, { language, colors: 'light' });
    const page = await context.newPage();
    await page.goto(`${demo.address}/#key=${demo.key}`);
    await page.locator('nav a').first().waitFor();
    const end = language === 'en' ? '.png' : `.${language}.png`;
    for (const shot of shots) {
      await show(page, shot);
      if (shot.name === 'live') await pause(CHART_MS);
      await page.screenshot({ path: join(ROOT, 'docs', `console-${shot.name}${end}`) });
    }
    await context.close();
  }
  return shots.length * languages.length;
}

const languages = languagesOf(values.languages);
const demo = await startDemo();
const browser = await launchBrowser();
try {
  const customer = await chooseCustomer(demo);
  if (!values.docs) mkdirSync(values.out, { recursive: true });
  const take = values.docs ? takeForDocs : takeAll;
  process.stdout.write(`${await take(browser, demo, customer)} pictures were taken.\n`);
} finally {
  await browser.close();
  demo.child.kill('SIGTERM');
  await once(demo.child, 'exit');
}
