import { type Signal, signal } from '@preact/signals';
import type { TesseraClient, ToldEvent } from '../../sdk/client/client.ts';
import { type LiveList, openLiveList } from '../parts/live-list.ts';

const KEPT = 200;

export interface ToldFilter {
  readonly status?: readonly ToldEvent['status'][];
  readonly type?: string;
  readonly source?: string;
  readonly store?: string;
}

interface Sample {
  readonly seen: number;
  readonly shown: number;
}

export interface ToldFeed extends LiveList<ToldEvent> {
  /** Of the last second, all nodes together: how many there were, and how many were told. */
  readonly sample: Signal<Sample>;
  /** Whether the engine has said anything: from then on nothing is missed. */
  readonly connected: Signal<boolean>;
}

/** Single events as they go by. */
export function openToldFeed(client: TesseraClient, filter: ToldFilter): ToldFeed {
  const sample = signal<Sample>({ seen: 0, shown: 0 });
  const connected = signal(false);
  const nodes = new Map<string, Sample>();
  const list = openLiveList<ToldEvent>(KEPT, async (add, signal) => {
    for await (const { data } of client.streams.events({ ...filter, signal })) {
      connected.value = true;
      if (!('channels' in data)) {
        add(data);
        continue;
      }
      nodes.set(data.node, data);
      const all = [...nodes.values()];
      sample.value = {
        seen: all.reduce((sum, { seen }) => sum + seen, 0),
        shown: all.reduce((sum, { shown }) => sum + shown, 0),
      };
    }
  });
  return { ...list, sample, connected };
}
