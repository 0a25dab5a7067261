import type { CDPSession, Page } from 'playwright-core';

/** What a tab holds, after the collector has run. */
export interface TabSize {
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

interface LongTask {
  readonly at: number;
  readonly ms: number;
}

/** Notes tasks that kept the tab from answering; before the page's own scripts, so that none is missed. */
const NOTE_LONG_TASKS = `globalThis.longTasks = [];
new PerformanceObserver((list) =>
  globalThis.longTasks.push(...list.getEntries().map(({ startTime, duration }) => ({ at: startTime, ms: duration }))))
  .observe({ type: 'longtask', buffered: true });`;

/** Resolves when something first matches a selector, by the page's clock, which begins with the navigation. */
const NOTE_FIRST = `globalThis.firstSeen = {};
globalThis.noteFirst = (selector) => {
  globalThis.firstSeen[selector] = new Promise((resolve) => {
    const look = () => {
      if (document.querySelector(selector) === null) requestAnimationFrame(look);
      else resolve(performance.now());
    };
    look();
  });
};`;

/** A tab, looked at from outside. */
export class PageWatch {
  readonly #page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.#page = page;
    this.#session = session;
  }

  /** Before it goes anywhere. `controls` are selectors whose first appearance is noted. */
  static async of(page: Page, controls: readonly string[] = []): Promise<PageWatch> {
    await page.addInitScript(
      [
        NOTE_LONG_TASKS,
        NOTE_FIRST,
        ...controls.map((selector) => `noteFirst(${JSON.stringify(selector)});`),
      ].join('\n'),
    );
    const session = await page.context().newCDPSession(page);
    // Processor time, not wall time: the tab shares the machine with whatever feeds it.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return new PageWatch(page, session);
  }

  /** Milliseconds of each task of 50 ms and more that began while something was done; what else this does to the tab is left out. */
  async longTasksWhile(run: () => Promise<void>): Promise<readonly number[]> {
    const clock = async (): Promise<number> => (await this.#page.evaluate('performance.now()')) as number;
    const from = await clock();
    await run();
    const to = await clock();
    // The script above made it; entries of a task come after it, so the page is asked once more.
    const tasks = (await this.#page.evaluate('globalThis.longTasks')) as readonly LongTask[];
    return tasks.filter(({ at }) => at >= from && at <= to).map(({ ms }) => ms);
  }

  /** Milliseconds from the navigation until the control was there. */
  async firstSeen(selector: string): Promise<number> {
    return (await this.#page.evaluate(`globalThis.firstSeen[${JSON.stringify(selector)}]`)) as number;
  }

  /** Milliseconds of processor time that the tab's main thread has used so far. */
  async cpuMs(): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
  }

  async size(): Promise<TabSize> {
    await this.#session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this.#session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await this.#session.send('Memory.getDOMCounters');
    return { heapBytes: usedSize, nodes, listeners: jsEventListeners };
  }
}
