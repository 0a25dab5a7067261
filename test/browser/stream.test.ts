import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { launchBrowser } from './support/launch-browser.ts';
import { PageWatch } from './support/page-watch.ts';
import { StreamRig } from './support/stream-rig.ts';

/** `benchmarks/console.ts` does the same for a minute and measures time, which a test does not. */
const RATE = { eventsPerSecond: 5000, firingsPerSecond: 250 };
const CARDS = 60;
/** Of one card with everything that it shows. */
const NODES_PER_CARD = 40;

describeWith(['chromium'], 'the live page under 5,000 events per second', () => {
  const rig = new StreamRig();
  let browser: Browser;
  let page: Page;
  let watch: PageWatch;
  beforeAll(async () => {
    const address = await rig.start();
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-GB' });
    watch = await PageWatch.of(page);
    await page.goto(`${address}/#key=${rig.key}`);
    await page.getByText('connected', { exact: true }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await rig.stop();
  });

  it('counts every one of them, keeps as many cards as one reads, and stays as small as it was', async () => {
    await rig.feed({ ...RATE, seconds: 2 });
    const before = await watch.size();
    const fed = await rig.feed({ ...RATE, seconds: 5 });
    const after = await watch.size();
    // Cards are cut to a number, so the document has a bound; what a collection finds may differ a little.
    expect(await page.getByRole('list', { name: 'Triggers firing' }).getByRole('listitem').count()).toBe(
      CARDS,
    );
    expect(after.nodes).toBeLessThan(before.nodes + 2 * CARDS * NODES_PER_CARD);
    expect(after.heapBytes).toBeLessThan(before.heapBytes * 1.5 + 2 ** 20);
    expect(fed.events).toBeGreaterThan(0);
    await page.getByText(/^The newest 60 of [\d,]+ decisions since you came/).waitFor();
    await page.getByRole('list', { name: 'By channel' }).getByText('mini_program', { exact: true }).waitFor();
  });

  it('shows no more while it is paused, says how many it keeps back, and goes on', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    const cards = page.getByRole('list', { name: 'Triggers firing' });
    // What had come before the pause is shown with it or not at all; from then on nothing changes.
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    const shown = await cards.textContent();
    await rig.feed({ ...RATE, seconds: 1 });
    await page.getByText(/^[1-9]\d* more since you paused$/).waitFor();
    expect(await cards.textContent()).toBe(shown);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText(/more since you paused$/).waitFor({ state: 'detached' });
    await rig.feed({ ...RATE, seconds: 1 });
    expect(await cards.textContent()).not.toBe(shown);
  });
});
