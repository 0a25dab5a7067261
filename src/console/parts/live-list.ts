import { type Signal, signal } from '@preact/signals';

/** How often the page changes. */
const SHOW_EVERY_MS = 250;
/** How often where so much comes that nobody could read along: most of the list is another one each time. */
const SHOW_MUCH_EVERY = 4;

/** What comes by itself, the newest first: shown a few times a second, kept back while it is paused. */
export interface LiveList<Item> {
  readonly items: Signal<readonly Item[]>;
  /** How many came since it was paused. */
  readonly behind: Signal<number>;
  readonly paused: Signal<boolean>;
  /** How many came in all, shown or not. */
  readonly total: Signal<number>;
  /** Why nothing comes any more. */
  readonly failed: Signal<unknown>;
  readonly stop: () => void;
}

/** Takes what `listen` hands over until it is stopped; of more than `kept` the newest. */
export function openLiveList<Item>(
  kept: number,
  listen: (add: (item: Item) => void, signal: AbortSignal) => Promise<void>,
): LiveList<Item> {
  const ending = new AbortController();
  const items = signal<readonly Item[]>([]);
  const behind = signal(0);
  const paused = signal(false);
  const failed = signal<unknown>(undefined);
  let waiting: Item[] = [];
  const total = signal(0);
  let came = 0;
  let seen = 0;
  let turns = 0;
  const timer = setInterval(() => {
    if (!paused.value) seen = came;
    behind.value = came - seen;
    total.value = came;
    turns++;
    if (paused.value || waiting.length === 0) return;
    if (waiting.length > kept / SHOW_MUCH_EVERY && turns < SHOW_MUCH_EVERY) return;
    turns = 0;
    items.value = [...waiting.reverse(), ...items.value].slice(0, kept);
    waiting = [];
  }, SHOW_EVERY_MS);
  const add = (item: Item): void => {
    came++;
    waiting.push(item);
    if (waiting.length > kept) waiting.shift();
  };
  listen(add, ending.signal).catch((error: unknown) => {
    failed.value = error;
  });
  return {
    ...{ items, behind, paused, total, failed },
    stop() {
      clearInterval(timer);
      ending.abort();
    },
  };
}
