/*
 * The console in a real browser: how soon its first view can be used, and whether the live page stays quick and small while events
 * come at a rate that one node can take. Behind the page is no engine but its real server: routes, streams and the fan-out of events,
 * fed here with events that nobody folds, since two cores cannot fold that many and draw them at once.
 * Usage: npm run bench:console [-- --seconds 60] [--rate 5000] [--firings 250] [--opens 7] [--json PATH]
 */
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../test/browser/support/launch-browser.ts';
import { PageWatch, type TabSize } from '../test/browser/support/page-watch.ts';
import { StreamRig } from '../test/browser/support/stream-rig.ts';
import { describeMachine, writeResult } from './support/report.ts';

/** The field for the key, which whoever comes first needs, and the menu, which whoever is signed in needs. */
const SIGN_IN = 'form input';
const SIGNED_IN = 'nav a[aria-current]';
const LONG_TASK_GOAL_MS = 200;
const FIRST_VIEW_GOAL_MS = 1000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '5000' },
    firings: { type: 'string', default: '250' },
    opens: { type: 'string', default: '7' },
    json: { type: 'string' },
  },
});

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

/** Each in a browser context of its own, which has nothing in its cache. */
async function firstView(browser: Browser, address: string, control: string): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = 0; n < Number(values.opens); n++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const watch = await PageWatch.of(page, [control]);
    await page.goto(address);
    took.push(await watch.firstSeen(control));
    await context.close();
  }
  return took;
}

interface Minute {
  readonly events: number;
  readonly firings: number;
  readonly longTasksMs: readonly number[];
  /** Of the tab's main thread, per second. */
  readonly cpuMsPerSecond: number;
  readonly sizes: readonly TabSize[];
}

/** Sizes are taken before, at each sixth of the time, and after. */
async function liveMinute(browser: Browser, address: string, rig: StreamRig): Promise<Minute> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const watch = await PageWatch.of(page);
  await page.goto(address);
  await page.getByText('connected', { exact: true }).waitFor();
  const [eventsPerSecond, firingsPerSecond] = [Number(values.rate), Number(values.firings)];
  const seconds = Number(values.seconds) / 6;
  // Compiled and filled first: the list of cards and the chart have their size after some seconds.
  await rig.feed({ eventsPerSecond, firingsPerSecond, seconds });
  const sizes = [await watch.size()];
  const longTasksMs: number[] = [];
  let [events, firings, cpuMs] = [0, 0, 0];
  for (let n = 0; n < 6; n++) {
    const used = await watch.cpuMs();
    const long = await watch.longTasksWhile(async () => {
      const fed = await rig.feed({ eventsPerSecond, firingsPerSecond, seconds });
      events += fed.events;
      firings += fed.firings;
    });
    cpuMs += (await watch.cpuMs()) - used;
    longTasksMs.push(...long);
    sizes.push(await watch.size());
  }
  await page.close();
  return { events, firings, longTasksMs, sizes, cpuMsPerSecond: cpuMs / Number(values.seconds) };
}

const rig = new StreamRig();
const address = await rig.start();
const browser = await launchBrowser();
try {
  const signIn = await firstView(browser, `${address}/`, SIGN_IN);
  const signedIn = await firstView(browser, `${address}/#key=${rig.key}`, SIGNED_IN);
  const minute = await liveMinute(browser, `${address}/#key=${rig.key}`, rig);
  const longest = Math.max(0, ...minute.longTasksMs);
  const mebibytes = minute.sizes.map(({ heapBytes }) => (heapBytes / 2 ** 20).toFixed(1));
  const lines = [
    describeMachine(),
    '',
    '| | median | largest | goal |',
    '| --- | --- | --- | --- |',
    ...[
      ['first view: the field for the key, ms', signIn] as const,
      ['first view: the menu, with a key, ms', signedIn] as const,
    ].map(
      ([name, took]) =>
        `| ${name} | ${median(took).toFixed(0)} | ${Math.max(...took).toFixed(0)} | ${FIRST_VIEW_GOAL_MS} |`,
    ),
    '',
    `${minute.events} events and ${minute.firings} decisions in ${values.seconds} s: ${minute.longTasksMs.length} tasks over 50 ms, ` +
      `the longest ${longest.toFixed(0)} ms (goal ${LONG_TASK_GOAL_MS}); ${minute.cpuMsPerSecond.toFixed(0)} ms of CPU per second.`,
    `Heap after a collection, MiB, before and at each sixth: ${mebibytes.join(', ')}; ` +
      `nodes of the document: ${minute.sizes.map(({ nodes }) => nodes).join(', ')}; ` +
      `listeners: ${minute.sizes.map(({ listeners }) => listeners).join(', ')}.`,
    '',
  ];
  const written = writeResult('console', { signIn, signedIn, ...minute }, values.json);
  process.stdout.write([...lines, `Written to ${written}.`, ''].join('\n'));
} finally {
  await browser.close();
  await rig.stop();
}
