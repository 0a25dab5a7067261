import { type Signal, signal } from '@preact/signals';
import type { Firing, TesseraClient } from '../../sdk/client/client.ts';
import { type LiveList, openLiveList } from '../parts/live-list.ts';

/** As many cards as somebody would scroll through. */
export const CARDS_KEPT = 60;

export interface FiringFeed extends LiveList<Firing> {
  /** True once the engine could not say what was missed while the connection was away. */
  readonly lost: Signal<boolean>;
}

export interface FiringFilter {
  readonly trigger?: string;
  readonly decision?: Firing['decision'];
  /** Looked at here: the stream knows nothing of it. */
  readonly channel?: string;
}

/** Decisions of triggers as they are made. */
export function openFiringFeed(client: TesseraClient, { channel, ...filter }: FiringFilter): FiringFeed {
  const lost = signal(false);
  const list = openLiveList<Firing>(CARDS_KEPT, async (add, signal) => {
    for await (const { event, data } of client.streams.triggers({ ...filter, signal })) {
      if (event === 'gap') lost.value = true;
      if (event === 'trigger' && (channel === undefined || data.channel === channel)) add(data);
    }
  });
  return { ...list, lost };
}
