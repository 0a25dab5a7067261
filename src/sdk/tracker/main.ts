/**
 * `tessera.js`: reads its settings from its own script tag, does what was asked before it was there, and goes on.
 * Nothing that it does may break the page: a call that fails says so by answering false.
 */
import { createEventQueue } from './event-queue.ts';
import { createPageStorage } from './page-storage.ts';
import { type ProductTags, watchProducts } from './product-tags.ts';
import { createRest } from './rest.ts';
import { createSender } from './sender.ts';
import { readSettings, type Settings } from './settings.ts';
import { createTracker, type Tracker } from './tracker.ts';
import { createVisitor } from './visitor.ts';
import { watchPages } from './watch-pages.ts';

/** `tessera('track', 'product_added', {…})`, before and after the script is there. */
interface Commands {
  (name: string, ...values: readonly unknown[]): unknown;
  /** What the snippet has collected. */
  q?: readonly ArrayLike<unknown>[];
  started?: boolean;
}

/** How the tracker is doing, for whoever looks at it in the browser's console. */
export interface Status {
  readonly waiting: number;
  readonly dropped: number;
}

const host = window as unknown as { tessera?: Commands }; // The page's own name for the tracker.

const settings = readSettings(document.currentScript as HTMLScriptElement | null); // This is no SVG script.
if (settings !== undefined && host.tessera?.started !== true) whenShown(() => start(settings));

/** A page that is only prepared in case somebody opens it was not viewed. */
function whenShown(run: () => void): void {
  const { prerendering } = document as { prerendering?: boolean };
  if (prerendering === true) document.addEventListener('prerenderingchange', run, { once: true });
  else run();
}

function start(settings: Settings): void {
  const name = `tessera.${settings.key.slice(-8)}`;
  const storage = createPageStorage(`${name}.`);
  const queue = createEventQueue(storage);
  const url = `${settings.server}/v1/events?writeKey=${encodeURIComponent(settings.key)}`;
  const sender = createSender({ queue, rest: createRest(storage), url, lock: name });
  let tags: ProductTags | undefined;
  let watching = false;
  const viewed = (): void => {
    tags?.report();
    tracker.page();
    tags?.forget();
  };
  const tracker = createTracker({
    settings,
    visitor: createVisitor(storage, settings),
    queue,
    sender,
    onConsent() {
      if (!watching) return;
      if (settings.pages === 'off') tags?.forget();
      else viewed();
    },
  });
  const status = (): Status => ({ waiting: queue.waiting('all').length, dropped: queue.dropped });
  const early = host.tessera?.q ?? [];
  host.tessera = createCommands(tracker, status);
  // Circumstances, consent and identity come before the first page view, as the page has written them.
  for (const call of early) host.tessera(...(Array.from(call) as [string, ...unknown[]])); // As the snippet collects them.
  watching = true;
  watchPages(settings.pages, viewed);
  if (settings.products && 'IntersectionObserver' in window) tags = watchProducts(tracker.track);

  const leave = (): void => {
    tags?.report();
    sender.leave();
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave();
  });
  addEventListener('pagehide', leave);
  addEventListener('online', () => sender.online());
  // What earlier pages have left behind.
  if (queue.waiting('all').length > 0) sender.wake();
}

function createCommands(tracker: Tracker, status: () => Status): Commands {
  const actions = { ...tracker, status } as Readonly<Record<string, (...values: unknown[]) => unknown>>; // Called by name; what does not fit fails below.
  const commands: Commands = (name, ...values) => {
    try {
      return actions[name]?.(...values) ?? true;
    } catch {
      return false;
    }
  };
  return Object.assign(commands, { started: true });
}
