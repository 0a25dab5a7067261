import { type Signal, signal } from '@preact/signals';
import type { EventRates, TesseraClient, ToldEvent } from '../../sdk/client/client.ts';
import { now } from '../page-clock.ts';

/** Two minutes, second by second. */
export const FLOW_SECONDS = 120;
/** `rejected` came to an end in the answer to its request; the others came as far as the log. */
export const STATUSES = ['applied', 'duplicate', 'quarantined', 'refused', 'rejected'] as const;
export type Status = (typeof STATUSES)[number];
export type Counts = Readonly<Record<Status, number>>;

/** What goes by, at most a few times a second however much that is. */
export interface Flow {
  /** Seconds since 1970 of each place of the series. */
  readonly seconds: readonly number[];
  readonly series: Readonly<Record<Status, readonly number[]>>;
  /** Per second, over the newest seconds. */
  readonly channels: readonly { readonly channel: string; readonly counts: Counts; readonly total: number }[];
  readonly perSecond: number;
  /** Of the newest second. */
  readonly seen: number;
  readonly shown: number;
}

const NONE: Counts = { applied: 0, duplicate: 0, quarantined: 0, refused: 0, rejected: 0 };
/** Channels are shown by what the last seconds held: one second alone flickers. */
const SMOOTH_SECONDS = 5;

interface Second {
  readonly at: number;
  readonly channels: Map<string, Record<Status, number>>;
  seen: number;
  shown: number;
}

/** Counts of all nodes, gathered by the second in which they were told. */
export class FlowMemory {
  #seconds: Second[] = [];

  add({ at, channels, seen, shown }: EventRates): void {
    const second = this.#secondOf(Math.floor(at / 1000));
    second.seen += seen;
    second.shown += shown;
    for (const [channel, told] of Object.entries(channels)) {
      const counts: Partial<Counts> = told;
      const sum = second.channels.get(channel) ?? { ...NONE };
      for (const status of STATUSES) sum[status] += counts[status] ?? 0;
      second.channels.set(channel, sum);
    }
  }

  read(now: number): Flow {
    const newest = Math.floor(now / 1000) - 1;
    const bySecond = new Map(this.#seconds.map((second) => [second.at, second]));
    const seconds = Array.from({ length: FLOW_SECONDS }, (_, i) => newest - FLOW_SECONDS + 1 + i);
    const sumOf = (at: number, status: Status): number =>
      [...(bySecond.get(at)?.channels.values() ?? [])].reduce((sum, counts) => sum + counts[status], 0);
    const series = Object.fromEntries(
      STATUSES.map((status) => [status, seconds.map((at) => sumOf(at, status))]),
    ) as unknown as Flow['series'];
    const last = bySecond.get(newest);
    return {
      seconds,
      series,
      ...this.#channelsOf(newest, bySecond),
      seen: last?.seen ?? 0,
      shown: last?.shown ?? 0,
    };
  }

  #channelsOf(newest: number, bySecond: ReadonlyMap<number, Second>): Pick<Flow, 'channels' | 'perSecond'> {
    const sums = new Map<string, Record<Status, number>>();
    for (let at = newest - SMOOTH_SECONDS + 1; at <= newest; at++) {
      for (const [channel, counts] of bySecond.get(at)?.channels ?? []) {
        const sum = sums.get(channel) ?? { ...NONE };
        for (const status of STATUSES) sum[status] += counts[status] / SMOOTH_SECONDS;
        sums.set(channel, sum);
      }
    }
    const channels = [...sums]
      .map(([channel, counts]) => ({
        channel,
        counts,
        total: STATUSES.reduce((sum, each) => sum + counts[each], 0),
      }))
      .sort((a, b) => b.total - a.total);
    return { channels, perSecond: channels.reduce((sum, { total }) => sum + total, 0) };
  }

  #secondOf(at: number): Second {
    const known = this.#seconds.find((second) => second.at === at);
    if (known !== undefined) return known;
    const second = { at, channels: new Map(), seen: 0, shown: 0 };
    this.#seconds = [...this.#seconds, second].filter((each) => each.at > at - FLOW_SECONDS - SMOOTH_SECONDS);
    return second;
  }
}

export interface EventFlow {
  readonly flow: Signal<Flow>;
  readonly connected: Signal<boolean>;
  readonly failed: Signal<unknown>;
  readonly stop: () => void;
}

/** Listens until it is stopped. `onEvent` hears of the single events that are told. */
export function openEventFlow(
  client: TesseraClient,
  onEvent: (event: ToldEvent) => void = () => undefined,
): EventFlow {
  const memory = new FlowMemory();
  const ending = new AbortController();
  const flow = signal(memory.read(now()));
  const connected = signal(false);
  const failed = signal<unknown>(undefined);
  const timer = setInterval(() => {
    flow.value = memory.read(now());
  }, 1000);
  const listen = async (): Promise<void> => {
    for await (const { event, data } of client.streams.events({ signal: ending.signal })) {
      connected.value = true;
      if (event === 'rates') memory.add(data as EventRates);
      else if (event === 'event') onEvent(data as ToldEvent);
    }
  };
  listen().catch((error: unknown) => {
    failed.value = error;
  });
  return {
    flow,
    connected,
    failed,
    stop() {
      clearInterval(timer);
      ending.abort();
    },
  };
}
