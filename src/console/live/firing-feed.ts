import { type Signal, signal } from '@preact/signals';
import type { Firing, TesseraClient } from '../../sdk/client/client.ts';

/** As many cards as somebody would scroll through. */
const KEPT = 60;
/** How often the page changes however many decisions come. */
const SHOW_EVERY_MS = 250;

export interface FiringFeed {
  readonly firings: Signal<readonly Firing[]>;
  /** Decisions that came while it stood still. */
  readonly behind: Signal<number>;
  readonly paused: Signal<boolean>;
  readonly failed: Signal<unknown>;
  readonly stop: () => void;
}

export interface FiringFilter {
  readonly trigger?: string;
  readonly decision?: Firing['decision'];
}

/** Decisions of triggers, the newest first. While it is paused they are counted and kept for later. */
export function openFiringFeed(client: TesseraClient, filter: FiringFilter): FiringFeed {
  const ending = new AbortController();
  const firings = signal<readonly Firing[]>([]);
  const behind = signal(0);
  const paused = signal(false);
  const failed = signal<unknown>(undefined);
  let waiting: Firing[] = [];
  let came = 0;
  const timer = setInterval(() => {
    if (paused.value) {
      behind.value = came;
      return;
    }
    came = 0;
    behind.value = 0;
    if (waiting.length === 0) return;
    firings.value = [...waiting.reverse(), ...firings.value].slice(0, KEPT);
    waiting = [];
  }, SHOW_EVERY_MS);
  const listen = async (): Promise<void> => {
    for await (const { event, data } of client.streams.triggers({ ...filter, signal: ending.signal })) {
      if (event !== 'trigger') continue;
      came++;
      waiting.push(data);
      if (waiting.length > KEPT) waiting.shift();
    }
  };
  listen().catch((error: unknown) => {
    failed.value = error;
  });
  return {
    ...{ firings, behind, paused, failed },
    stop() {
      clearInterval(timer);
      ending.abort();
    },
  };
}
