import type { Firing, TesseraClient } from '../../sdk/client/client.ts';
import { type LiveList, openLiveList } from '../parts/live-list.ts';

/** As many cards as somebody would scroll through. */
const KEPT = 60;

export type FiringFeed = LiveList<Firing>;

export interface FiringFilter {
  readonly trigger?: string;
  readonly decision?: Firing['decision'];
}

/** Decisions of triggers as they are made. */
export function openFiringFeed(client: TesseraClient, filter: FiringFilter): FiringFeed {
  return openLiveList(KEPT, async (add, signal) => {
    for await (const { event, data } of client.streams.triggers({ ...filter, signal })) {
      if (event === 'trigger') add(data);
    }
  });
}
