import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { EnginePlace } from '../../e2e/support/engine-place.ts';
import type { RunningEngine } from '../../e2e/support/engine-process.ts';
import { launchBrowser } from './launch-browser.ts';

export type Language = 'en' | 'zh';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What axe-core calls serious or critical, each with the elements that it is about. */
const VIOLATIONS = `axe.run().then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`;
const TABLET = { viewport: { width: 820, height: 1180 }, hasTouch: true, isMobile: true } as const;
const LOCALE = { en: 'en-GB', zh: 'zh-CN' } as const;

export interface OpenOptions {
  readonly language?: Language;
  /** The secret key of the engine where it is absent. */
  readonly key?: string;
  readonly colors?: 'light' | 'dark';
  /** A tablet that is touched, held upright, instead of a desktop. */
  readonly tablet?: boolean;
}

/** The console of a running engine in a real browser, as an operator has it. */
export interface OpenConsole {
  readonly page: Page;
  /** What the page wrote to its console as warning or error, and what it threw. */
  readonly complaints: readonly string[];
  /** Addresses of other hosts that it asked for. */
  readonly strangers: readonly string[];
  /** Bodies of the engine's answers. */
  readonly answers: readonly string[];
  goTo(address: string): Promise<void>;
  /** Violations that axe-core calls serious or critical. */
  violations(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export class ConsoleRig {
  readonly place = new EnginePlace();
  readonly engine: RunningEngine;
  readonly #browser: Browser;

  private constructor(engine: RunningEngine, browser: Browser, place: EnginePlace) {
    this.engine = engine;
    this.#browser = browser;
    this.place = place;
  }

  static async start(): Promise<ConsoleRig> {
    const place = new EnginePlace();
    const engine = await place.start();
    const browser = await launchBrowser();
    return new ConsoleRig(engine, browser, place);
  }

  /** Signed in, at the live view. */
  async open({
    language = 'en',
    key,
    colors = 'light',
    tablet = false,
  }: OpenOptions = {}): Promise<OpenConsole> {
    const context = await this.#browser.newContext({
      locale: LOCALE[language],
      colorScheme: colors,
      ...(tablet ? TABLET : {}),
    });
    const opened = await this.#watched(context);
    await opened.page.goto(`${this.engine.api.address}/#key=${key ?? this.engine.api.secretKey}`);
    await opened.page.locator('nav a').first().waitFor();
    return opened;
  }

  /** As somebody without a key sees it. */
  async openSignedOut(): Promise<OpenConsole> {
    const opened = await this.#watched(await this.#browser.newContext({ locale: 'en-GB' }));
    await opened.page.goto(`${this.engine.api.address}/`);
    return opened;
  }

  async #watched(context: BrowserContext): Promise<OpenConsole> {
    const page = await context.newPage();
    const { origin } = new URL(this.engine.api.address);
    const complaints: string[] = [];
    const strangers: string[] = [];
    const answers: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && url.origin !== origin) strangers.push(request.url());
    });
    page.on('response', (response) => {
      // Streams never end, so their bodies cannot be read here.
      if (!response.url().includes('/v1/') || response.url().includes('/v1/stream/')) return;
      response.text().then(
        (text) => answers.push(text),
        () => undefined,
      );
    });
    return {
      page,
      complaints,
      strangers,
      answers,
      async goTo(address) {
        // As a text: tests know nothing of what browsers have.
        await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
      },
      async violations() {
        await page.evaluate(AXE);
        return await page.evaluate(VIOLATIONS);
      },
      close: () => context.close(),
    };
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.place.remove();
  }
}
