import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { EnginePlace } from '../../e2e/support/engine-place.ts';
import type { RunningEngine } from '../../e2e/support/engine-process.ts';
import { waitUntil } from '../../e2e/support/wait-until.ts';
import { EngineGate } from './engine-gate.ts';
import { openShop, type ShopBrowser } from './shop-browser.ts';

const DOCUMENT = new URL('../../../docs/trackers.md', import.meta.url);

/** What stands in the document under `<!-- snippet: name -->`. */
export function readBlock(name: string): string {
  const text = readFileSync(DOCUMENT, 'utf8');
  const found = new RegExp(`<!-- snippet: ${name} -->\\n+\`\`\`\\w+\\n([\\s\\S]*?)\n\`\`\``).exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/trackers.md has no snippet ${name}`);
  return found;
}

/** A page as a test wants it. */
export interface Visit {
  /** Further attributes of the script's tag: `data-pages="off"`. */
  readonly attributes?: string;
  readonly body?: string;
  readonly path?: string;
  /** Time in the page passes only when the test says so; timers of the tracker with it. */
  readonly stopped?: boolean;
  readonly context?: BrowserContext;
  /** Runs before anything else in the page. */
  readonly before?: string;
}

/** An engine behind a gate, and a shop in Chromium that carries the tracker as the documentation says. */
export class TrackedShop {
  readonly place: EnginePlace;
  readonly gate: EngineGate;
  readonly shop: ShopBrowser;
  engine: RunningEngine;
  #serial = 0;

  private constructor(engine: RunningEngine, gate: EngineGate, shop: ShopBrowser, place: EnginePlace) {
    this.engine = engine;
    this.gate = gate;
    this.shop = shop;
    this.place = place;
  }

  static async open(): Promise<TrackedShop> {
    const place = new EnginePlace();
    const engine = await place.start();
    return new TrackedShop(engine, await EngineGate.open(engine.api.address), await openShop(), place);
  }

  /** Name of a type of event that no other test sends. */
  newType(): string {
    this.#serial += 1;
    return `sdk_test_${this.#serial}`;
  }

  /** The tracker's name of something in storage. */
  key(name: string): string {
    return `tessera.${this.engine.api.writeKey.slice(-8)}.${name}`;
  }

  async visit({
    attributes = '',
    body = '',
    path = '/',
    stopped = false,
    before,
    ...visit
  }: Visit = {}): Promise<Page> {
    const head = readBlock('tessera-web')
      .replaceAll('https://cdp.shop.example', this.gate.address)
      .replace('data-key="WRITE_KEY"', `data-key="${this.engine.api.writeKey}" ${attributes}`);
    this.shop.show({ head, body });
    const context = visit.context ?? (await this.shop.browser.newContext());
    const page = await context.newPage();
    if (stopped) {
      await page.clock.install();
      await page.clock.pauseAt(Date.now() + 1000);
    }
    if (before !== undefined) await page.addInitScript(before);
    await page.addInitScript(COUNT_REQUESTS);
    await page.goto(this.shop.origin + path);
    await waitUntil('the tracker has started', () => page.evaluate('window.tessera?.started === true'));
    return page;
  }

  /** When the page has begun requests with events, by its own clock. */
  async begun(page: Page): Promise<readonly number[]> {
    return (await page.evaluate('window.requestsBegun')) as readonly number[];
  }

  async waiting(page: Page): Promise<number> {
    return (await page.evaluate("tessera('status').waiting")) as number;
  }

  /** The `n` of all events of a type in history, in order: each event of a test has another one. */
  async numbersInHistory(type: string): Promise<readonly number[]> {
    await this.engine.api.settled();
    const rows = await this.engine.api.sql(
      `SELECT JSONExtractInt(raw, 'properties', 'n') AS n FROM events WHERE type = '${type}' ORDER BY n`,
    );
    return rows.map(({ n }) => Number(n));
  }

  /** Waits until the engine has answered for as many events of the type. */
  async arrived(type: string, count: number): Promise<void> {
    await waitUntil(`${count} events ${type}`, () => {
      const ids = new Set(this.gate.ofType(type).map(({ id }) => id));
      return ids.size >= count;
    });
  }

  /** Lets the stopped time of a page pass until the answer is yes, but not while a request is under way. */
  async passTime(page: Page, what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    await waitUntil(what, async () => {
      if (await holds()) return true;
      if (await page.evaluate('window.requestsBegun.length === window.requestsEnded'))
        await page.clock.runFor(STEP_MS);
      return false;
    });
  }

  async close(): Promise<void> {
    await this.shop.close();
    await this.gate.close();
    await this.place.remove();
  }
}

export const STEP_MS = 500;

const COUNT_REQUESTS = `
  window.requestsBegun = [];
  window.requestsEnded = 0;
  const original = window.fetch;
  window.fetch = (...values) => {
    window.requestsBegun.push(Date.now());
    return original(...values).finally(() => { window.requestsEnded += 1; });
  };
`;

/** Tracks events of the type, `from` to `to`, each with its number. */
export function trackText(type: string, from: number, to: number): string {
  return `for (let n = ${from}; n <= ${to}; n += 1) tessera('track', '${type}', { n });`;
}
