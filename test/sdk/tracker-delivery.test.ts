import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import type { Verdict } from './support/engine-gate.ts';
import { STEP_MS, TrackedShop, trackText } from './support/tracked-shop.ts';

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);
const QUIET = { attributes: 'data-pages="off"' } as const;

describeWith(['chromium'], 'events of the tracker', () => {
  let shop: TrackedShop;
  beforeAll(async () => {
    shop = await TrackedShop.open();
  });
  afterAll(() => shop?.close());
  afterEach(async () => {
    shop.gate.judge = () => 'pass';
    for (const context of shop.shop.browser.contexts()) await context.close();
  });

  /** The gate says these in turn, and lets pass what follows. */
  const judgeInTurn = (...verdicts: Verdict[]): void => {
    shop.gate.judge = () => verdicts.shift() ?? 'pass';
  };

  it('wait while the browser is offline, also when the page is closed, and each arrives once', async () => {
    const type = shop.newType();
    const page = await shop.visit({ ...QUIET, stopped: true });
    const context = page.context();
    await page.evaluate(trackText(type, 1, 2));
    await page.clock.runFor(2000);
    await shop.arrived(type, 2);
    await context.setOffline(true);
    await page.evaluate(trackText(type, 3, 6));
    for (let second = 0; second < 60; second += 5) await page.clock.runFor(5000);
    expect(await shop.waiting(page)).toBe(4);
    await page.close();
    await context.setOffline(false);
    const again = await shop.visit({ ...QUIET, context });
    await again.clock.runFor(2000);
    await shop.arrived(type, 6);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(6));
  });

  it('arrive by themselves when the network is back, without a wait', async () => {
    const type = shop.newType();
    const page = await shop.visit({ ...QUIET, stopped: true });
    await page.context().setOffline(true);
    await page.evaluate(trackText(type, 1, 1));
    await page.clock.runFor(1000);
    await waitUntil('the tracker has failed', async () => (await shop.begun(page)).length === 1);
    // The clock stands: nothing but the event of the browser wakes the tracker.
    await page.context().setOffline(false);
    await shop.arrived(type, 1);
    expect(await shop.numbersInHistory(type)).toEqual([1]);
  });

  it.each([429, 503])(
    'come back after %i no sooner than the engine has asked, and each counts once',
    async (status) => {
      const type = shop.newType();
      judgeInTurn({ status, retryAfter: '30' });
      const page = await shop.visit({ ...QUIET, stopped: true });
      await page.evaluate(trackText(type, 1, 3));
      await page.clock.runFor(1000);
      await waitUntil('the tracker knows', () =>
        page.evaluate(`localStorage.getItem('${shop.key('wait')}') !== null`),
      );
      await page.evaluate(trackText(type, 4, 4));
      await page.clock.runFor(29_500);
      expect(await shop.begun(page)).toHaveLength(1);
      await page.clock.runFor(10_000);
      expect(await shop.begun(page)).toHaveLength(2);
      await shop.arrived(type, 4);
      expect(await shop.numbersInHistory(type)).toEqual(upTo(4));
    },
  );

  it('are tried again with growing pauses when the engine cannot be reached, and a lost answer counts nothing twice', async () => {
    const type = shop.newType();
    judgeInTurn('break', 'lose', { status: 500 }, { status: 404 });
    const page = await shop.visit({ ...QUIET, stopped: true });
    await page.evaluate(trackText(type, 1, 5));
    await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);
    const begun = await shop.begun(page);
    const pauses = begun.slice(1).map((at, i) => at - (begun[i] ?? 0));
    for (const [i, pause] of pauses.entries()) {
      // From a half to all of 1, 2, 4 and 8 s, seen in steps of the test.
      expect(pause).toBeGreaterThanOrEqual(500 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(1000 * 2 ** i + STEP_MS);
    }
    const tries = shop.gate.deliveries.filter(({ events }) => events.some((event) => event.type === type));
    expect(tries.map(({ verdict }) => verdict)).toEqual([
      'break',
      'lose',
      { status: 500 },
      { status: 404 },
      'pass',
    ]);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(5));
  });

  it('outlive a restart of the engine', async () => {
    const type = shop.newType();
    const page = await shop.visit({ ...QUIET, stopped: true });
    await shop.engine.process.kill();
    await page.evaluate(trackText(type, 1, 3));
    await shop.passTime(page, 'the tracker has tried twice', async () => (await shop.begun(page)).length > 1);
    shop.engine = await shop.place.start();
    shop.gate.target = shop.engine.api.address;
    await shop.passTime(page, 'nothing waits', async () => (await shop.waiting(page)) === 0);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(3));
  });

  it('of two tabs go by one of them at a time, none twice and none lost', async () => {
    const type = shop.newType();
    const first = await shop.visit(QUIET);
    const second = await shop.visit({ ...QUIET, context: first.context() });
    const rounds = upTo(6);
    for (const round of rounds) {
      await first.evaluate(trackText(type, round * 20 - 19, round * 20 - 10));
      await second.evaluate(`${trackText(type, round * 20 - 9, round * 20)} tessera('flush');`);
    }
    await shop.arrived(type, 120);
    await waitUntil('nothing waits', async () => (await shop.waiting(first)) === 0);
    expect(shop.gate.ofType(type)).toHaveLength(120);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(120));
  });

  it('of a tab that is closed arrive by the other one', async () => {
    const type = shop.newType();
    const first = await shop.visit(QUIET);
    const second = await shop.visit({ ...QUIET, context: first.context() });
    shop.gate.judge = () => 'break';
    await second.evaluate(trackText(type, 1, 10));
    await second.close();
    shop.gate.judge = () => 'pass';
    await first.evaluate(trackText(type, 11, 11));
    await shop.arrived(type, 11);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(11));
  });

  it('are sent when the page is left, as a request that needs no permission', async () => {
    const type = shop.newType();
    const page = await shop.visit({ ...QUIET, stopped: true });
    await page.evaluate(trackText(type, 1, 3));
    await page.goto('about:blank');
    await shop.arrived(type, 3);
    const [delivery] = shop.gate.deliveries.filter(({ events }) =>
      events.some((event) => event.type === type),
    );
    expect(delivery?.contentType).toBe('text/plain;charset=UTF-8');
    expect(await shop.numbersInHistory(type)).toEqual(upTo(3));
  });

  it('that the next page sends again because no answer was heard count once', async () => {
    const type = shop.newType();
    judgeInTurn('lose');
    const page = await shop.visit({ ...QUIET, stopped: true });
    await page.evaluate(trackText(type, 1, 3));
    await page.goto('about:blank');
    await waitUntil('the page has sent', () =>
      shop.gate.deliveries.some(({ events, verdict }) => verdict === 'lose' && events[0]?.type === type),
    );
    const next = await shop.visit({ ...QUIET, context: page.context() });
    await next.clock.runFor(2000);
    await shop.arrived(type, 3);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(3));
  });

  it.each([
    [
      'forbidden',
      `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });`,
    ],
    [
      'full',
      `for (let size = 1 << 20; size > 0; size >>= 1)
         try { for (let i = 0; ; i += 1) localStorage.setItem('shop' + size + '-' + i, 'x'.repeat(size)); } catch {}`,
    ],
  ])('wait in memory where storage is %s', async (_how, before) => {
    const type = shop.newType();
    judgeInTurn({ status: 503 });
    const page = await shop.visit({ ...QUIET, before });
    await page.evaluate(trackText(type, 1, 5));
    await shop.arrived(type, 5);
    await page.evaluate(trackText(type, 6, 6));
    await page.goto('about:blank');
    await shop.arrived(type, 6);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(6));
    expect(new Set(shop.gate.ofType(type).map(({ identifiers }) => identifiers.anonymous_id)).size).toBe(1);
  });

  it('are bounded: the newest 500 wait, and the page is told how many went', async () => {
    const type = shop.newType();
    shop.gate.judge = () => ({ status: 503 });
    const page = await shop.visit(QUIET);
    await page.evaluate(trackText(type, 1, 620));
    expect(await page.evaluate("tessera('status')")).toEqual({ waiting: 500, dropped: 120 });
    await page.evaluate("tessera('track', 'too_large', { text: 'x'.repeat(40000) })");
    expect(await page.evaluate("tessera('status')")).toEqual({ waiting: 500, dropped: 121 });
    shop.gate.judge = () => 'pass';
    await shop.arrived(type, 500);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(620).slice(120));
  });

  it('are given up after six days, within which the engine knows their ids', async () => {
    const type = shop.newType();
    const page = await shop.visit({ ...QUIET, stopped: true });
    await page.context().setOffline(true);
    await page.evaluate(trackText(type, 1, 2));
    await page.clock.fastForward(5 * 24 * 3600 * 1000);
    await page.evaluate(trackText(type, 3, 3));
    await page.clock.fastForward(25 * 3600 * 1000);
    expect(await page.evaluate("tessera('status')")).toEqual({ waiting: 1, dropped: 2 });
  });

  it('too many for one request are halved, and one that the engine will never take is given up', async () => {
    const type = shop.newType();
    judgeInTurn({ status: 413 }, { status: 413 });
    const page = await shop.visit(QUIET);
    await page.evaluate(trackText(type, 1, 8));
    await shop.arrived(type, 8);
    const sizes = shop.gate.deliveries
      .filter(({ events }) => events[0]?.type === type)
      .map(({ events }) => events.length);
    expect(sizes.slice(0, 3)).toEqual([8, 4, 2]);
    judgeInTurn({ status: 413 });
    await page.evaluate(trackText(type, 9, 9));
    await waitUntil('it is given up', async () => (await shop.waiting(page)) === 0);
    expect(await shop.numbersInHistory(type)).toEqual(upTo(8));
  });
});
