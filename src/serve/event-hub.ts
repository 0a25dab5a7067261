import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { LogRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { EventNews, EventStatus, ToldEvent } from '../model/told-event.ts';
import type { Channel } from '../ports/channel.ts';
import { eventOf } from './event-of.ts';
import { type BatchPlace, RecentEvents } from './recent-events.ts';

export interface EventHubOptions {
  readonly node: string;
  readonly now: () => EpochMs;
  /** Where other nodes listen and tell; absent where there are none. */
  readonly channel?: Channel | undefined;
}

/** What became of one record. */
export interface Fate {
  readonly record: LogRecord;
  readonly outcome: Pick<Outcome, 'status' | 'code' | 'profileId'>;
}

/** An event that its sender was told is none, and that is kept nowhere: empty is what was not understood. */
export interface RefusedEvent {
  readonly id: string;
  readonly type: string;
  readonly channel: string;
  readonly source: string;
  readonly code: string;
  readonly path: string;
  readonly receivedAt: EpochMs;
}

/** What the engine tells the hub, after every commit. */
export interface EventWatch {
  committed(fates: readonly Fate[], place: BatchPlace): void;
}

/** What requests tell the hub of what never came to the log. */
export interface RefusalWatch {
  refused(events: readonly RefusedEvent[]): void;
}

export interface EventHub extends RefusalWatch {
  /** What this process saw of the newest events, whether somebody listened or not. */
  readonly recent: RecentEvents;
  /** Calls back for everything that any node tells. Returns the way to stop. The listener must not throw. */
  subscribe(listener: (news: EventNews) => void): () => void;
  close(): void;
}

const WATCH = 'events.watch';
const TOLD = 'events.told';
/** Somebody is at the door, and a store waits to be told. */
const ARRIVAL = 'store_entered';
/** Channels beyond the bound, together. */
const OTHER = 'other';

/**
 * The fan-out of events as they are applied. Nothing is counted and nothing is told while nobody listens, here or at another
 * node. Every event is counted, by channel and outcome; one by one only as many are told as somebody could read, those that
 * went wrong apart from those that went well, and people who come into a store apart from both, so that none crowds out another.
 */
export class NodeEventHub implements EventHub, EventWatch {
  readonly recent: RecentEvents;
  readonly #options: EventHubOptions;
  readonly #listeners = new Set<(news: EventNews) => void>();
  readonly #counts = new RateCounts();
  readonly #good: Budget;
  readonly #bad: Budget;
  readonly #arrivals: Budget;
  readonly #stops: readonly ((() => void) | undefined)[];
  #watchedUntil = 0;
  #ticking: NodeJS.Timeout | undefined;
  #lastTick = 0;

  constructor(options: EventHubOptions) {
    const { now, channel } = options;
    this.#options = options;
    this.recent = new RecentEvents(now);
    this.#good = new Budget(now);
    this.#bad = new Budget(now);
    this.#arrivals = new Budget(now);
    this.#stops = [
      channel?.subscribe(WATCH, () => {
        this.#watchedUntil = now() + 3 * limits.streamRateMs;
        this.#startTicking();
      }),
      // What other nodes say is made by this very code.
      channel?.subscribe(TOLD, (bytes) => {
        if (this.#listeners.size > 0)
          this.#hear(JSON.parse(Buffer.from(bytes).toString('utf8')) as EventNews);
      }),
    ];
  }

  committed(fates: readonly Fate[], place: BatchPlace): void {
    this.recent.committed(fates, place);
    if (this.#ticking === undefined) return;
    const from = { node: this.#options.node, at: this.#options.now() };
    for (const fate of fates) {
      const event = toldEvent(fate, from);
      if (event !== undefined) this.#offer(event);
    }
  }

  refused(events: readonly RefusedEvent[]): void {
    // Nobody could ask for what has no id.
    for (const event of events) if (event.id !== '') this.recent.refused(event);
    if (this.#ticking === undefined) return;
    const from = { node: this.#options.node, at: this.#options.now() };
    for (const event of events) this.#offer(toldRefusal(event, from));
  }

  subscribe(listener: (news: EventNews) => void): () => void {
    this.#listeners.add(listener);
    this.#startTicking();
    this.#options.channel?.publish(WATCH, Buffer.alloc(0));
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    for (const stop of this.#stops) stop?.();
    this.#listeners.clear();
  }

  /** Counts an event, and tells of it as long as somebody could read it. */
  #offer(event: ToldEvent): void {
    this.#counts.add(event);
    if (!this.#budgetOf(event).take()) return;
    this.#counts.shown++;
    this.#tell({ kind: 'event', event });
  }

  #budgetOf({ status, type }: ToldEvent): Budget {
    if (status !== 'applied') return this.#bad;
    return type === ARRIVAL ? this.#arrivals : this.#good;
  }

  #startTicking(): void {
    if (this.#ticking !== undefined) return;
    this.#counts.take();
    this.#lastTick = this.#options.now();
    this.#ticking = setInterval(() => this.#tick(), limits.streamRateMs);
    this.#ticking.unref();
  }

  #tick(): void {
    const { node, now, channel } = this.#options;
    const at = now();
    if (this.#listeners.size > 0) channel?.publish(WATCH, Buffer.alloc(0));
    else if (this.#watchedUntil <= at) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
      return;
    }
    const over_ms = at - this.#lastTick;
    this.#lastTick = at;
    this.#tell({ kind: 'rates', rates: { node, at, over_ms, ...this.#counts.take() } });
  }

  /** Where there is a channel it brings back what this node says, too. */
  #tell(news: EventNews): void {
    const { channel } = this.#options;
    if (channel === undefined) this.#hear(news);
    else channel.publish(TOLD, Buffer.from(JSON.stringify(news)));
  }

  #hear(news: EventNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

/** Undefined for what is no event that somebody has sent. */
function toldEvent({ record, outcome }: Fate, from: Pick<ToldEvent, 'node' | 'at'>): ToldEvent | undefined {
  const { status, code, profileId } = outcome;
  if (record.kind === 'quarantine') {
    const { id, eventId = '', source, receivedAt, path, type = '', channel = '' } = record;
    const known = { event_id: eventId, type, channel, source, received_at: receivedAt };
    return { ...from, status, ...(code === undefined ? {} : { code }), path, quarantine_id: id, ...known };
  }
  const event = eventOf(record);
  if (event === undefined) return undefined;
  return {
    ...from,
    status,
    ...(code === undefined ? {} : { code }),
    event_id: event.id,
    type: event.type,
    channel: event.channel,
    source: event.source,
    ...storeOf(event),
    ...(profileId === '' ? {} : { profile_id: profileId }),
    time: event.time,
    received_at: event.receivedAt,
  };
}

function toldRefusal(
  { id, type, channel, source, code, path, receivedAt }: RefusedEvent,
  from: Pick<ToldEvent, 'node' | 'at'>,
): ToldEvent {
  const known = { event_id: id, type, channel, source, received_at: receivedAt };
  return { ...from, status: 'rejected', code, path, ...known };
}

function storeOf({ context, properties }: Event): Pick<ToldEvent, 'store'> {
  const store = context?.store ?? properties.store;
  return typeof store === 'string' ? { store } : {};
}

/** A bucket that fills as time passes: what is told is spread over the second, not its beginning. */
class Budget {
  readonly #now: () => EpochMs;
  #left = 0;
  #filledAt = 0;

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  take(): boolean {
    const at = this.#now();
    const filled = this.#left + ((at - this.#filledAt) * limits.streamEventsPerSecond) / 1000;
    this.#left = Math.min(limits.streamEventsAtOnce, filled);
    this.#filledAt = at;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

class RateCounts {
  #channels = new Map<string, Partial<Record<EventStatus, number>>>();
  #seen = 0;
  shown = 0;

  add({ channel, status }: ToldEvent): void {
    this.#seen++;
    const named = this.#channels.has(channel) || this.#channels.size < limits.streamRateChannelsMax;
    const name = named ? channel : OTHER;
    const counts = this.#channels.get(name) ?? {};
    counts[status] = (counts[status] ?? 0) + 1;
    this.#channels.set(name, counts);
  }

  take(): {
    channels: Readonly<Record<string, Partial<Record<EventStatus, number>>>>;
    seen: number;
    shown: number;
  } {
    const taken = { channels: Object.fromEntries(this.#channels), seen: this.#seen, shown: this.shown };
    this.#channels = new Map();
    this.#seen = 0;
    this.shown = 0;
    return taken;
  }
}
