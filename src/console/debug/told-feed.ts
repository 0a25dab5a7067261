import { type Signal, signal } from '@preact/signals';
import type { TesseraClient, ToldEvent } from '../../sdk/client/client.ts';

const KEPT = 200;
const SHOW_EVERY_MS = 250;

export interface ToldFilter {
  readonly status?: readonly ToldEvent['status'][];
  readonly type?: string;
  readonly source?: string;
  readonly store?: string;
}

export interface ToldFeed {
  readonly events: Signal<readonly ToldEvent[]>;
  readonly paused: Signal<boolean>;
  /** Of the last second, all nodes together: how many there were, and how many were told. */
  readonly sample: Signal<{ readonly seen: number; readonly shown: number }>;
  readonly failed: Signal<unknown>;
  readonly stop: () => void;
}

/** Single events as they go by, the newest first. */
export function openToldFeed(client: TesseraClient, filter: ToldFilter): ToldFeed {
  const ending = new AbortController();
  const events = signal<readonly ToldEvent[]>([]);
  const paused = signal(false);
  const sample = signal({ seen: 0, shown: 0 });
  const failed = signal<unknown>(undefined);
  const nodes = new Map<string, { readonly seen: number; readonly shown: number }>();
  let waiting: ToldEvent[] = [];
  const timer = setInterval(() => {
    const all = [...nodes.values()];
    sample.value = {
      seen: all.reduce((sum, { seen }) => sum + seen, 0),
      shown: all.reduce((sum, { shown }) => sum + shown, 0),
    };
    if (paused.value || waiting.length === 0) return;
    events.value = [...waiting.reverse(), ...events.value].slice(0, KEPT);
    waiting = [];
  }, SHOW_EVERY_MS);
  const listen = async (): Promise<void> => {
    for await (const { data } of client.streams.events({ ...filter, signal: ending.signal })) {
      if ('channels' in data) nodes.set(data.node, data);
      else {
        waiting.push(data);
        if (waiting.length > KEPT) waiting.shift();
      }
    }
  };
  listen().catch((error: unknown) => {
    failed.value = error;
  });
  return {
    ...{ events, paused, sample, failed },
    stop() {
      clearInterval(timer);
      ending.abort();
    },
  };
}
