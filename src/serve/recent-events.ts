import { limits } from '../limits.ts';
import type { LogRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { EventStatus } from '../model/told-event.ts';
import type { Fate, RefusedEvent } from './event-hub.ts';
import { eventOf } from './event-of.ts';

/** What this process saw of an event, and when: what storage does not say. */
export interface RecentEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly channel: string;
  readonly status: EventStatus;
  /** Why it was not applied; empty where it was. */
  readonly code: string;
  readonly path: string;
  /** Empty where it is not in quarantine. */
  readonly quarantineId: string;
  /** Empty where it has changed no profile. */
  readonly profileId: string;
  /** Undefined where nobody knows when it happened. */
  readonly time: EpochMs | undefined;
  readonly receivedAt: EpochMs;
  /** When its outcome was committed, or its sender was told. */
  readonly doneAt: EpochMs;
  /** When history had it; undefined while that is unknown here. */
  readonly inHistoryAt: EpochMs | undefined;
}

/** Where a batch went: its partition, and the entry of the history spool that has its rows (0: none). */
export interface BatchPlace {
  readonly partition: string;
  readonly spooled: number;
}

/** The texts of one event; its numbers lie apart, where writing them costs no memory. */
interface Slot {
  id: string;
  source: string;
  type: string;
  channel: string;
  status: EventStatus;
  code: string;
  path: string;
  quarantineId: string;
  profileId: string;
  partition: string;
}

/** Numbers of a slot: when it happened (NaN: nobody knows), was received and done, and the entry of the spool. */
const NUMBERS = 4;
const [TIME, RECEIVED, DONE, SPOOLED] = [0, 1, 2, 3];

/**
 * The newest events of this process, for whoever asks what became of one. Slots are filled anew in turn, so that an event
 * costs some writes (20 ns) and no memory; they are looked through from end to end when somebody asks.
 */
export class RecentEvents {
  readonly #now: () => EpochMs;
  readonly #slots: Slot[] = [];
  readonly #numbers = new Float64Array(NUMBERS * limits.recentEventsKept);
  /** Of the slot that is filled next. */
  #next = 0;
  /** When history had come how far, of the newest cuts, oldest first. */
  readonly #cuts: { readonly partition: string; readonly last: number; readonly at: EpochMs }[] = [];

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  /** What one commit has brought. */
  committed(fates: readonly Fate[], { partition, spooled }: BatchPlace): void {
    const at = this.#now();
    const numbers = this.#numbers;
    for (const { record, outcome } of fates) {
      const place = this.#next;
      const slot = this.#fill(record, place);
      if (slot === undefined) continue;
      slot.status = outcome.status;
      slot.code = outcome.code ?? '';
      slot.profileId = outcome.profileId;
      slot.partition = partition;
      numbers[NUMBERS * place + DONE] = at;
      numbers[NUMBERS * place + SPOOLED] = spooled;
      this.#next = (place + 1) % limits.recentEventsKept;
    }
  }

  /** What its sender was told is no event. */
  refused({ receivedAt, ...refused }: RefusedEvent): void {
    const place = this.#next;
    const slot = this.#slot(place);
    Object.assign(slot, { ...refused, status: 'rejected', quarantineId: '', profileId: '', partition: '' });
    this.#numbers.set([Number.NaN, receivedAt, this.#now(), 0], NUMBERS * place);
    this.#next = (place + 1) % limits.recentEventsKept;
  }

  /** History has all entries of a partition's spool up to this one. */
  inHistory(partition: string, last: number): void {
    this.#cuts.push({ partition, last, at: this.#now() });
    if (this.#cuts.length > limits.recentCutsKept) this.#cuts.shift();
  }

  /** Those of an id, or of a quarantine's, the newest first. */
  find(id: string): readonly RecentEvent[] {
    if (id === '') return [];
    const found: RecentEvent[] = [];
    for (const [place, slot] of this.#slots.entries())
      if (slot.id === id || slot.quarantineId === id) found.push(this.#read(slot, place));
    return found.sort((a, b) => b.doneAt - a.doneAt);
  }

  #read({ partition, ...texts }: Slot, place: number): RecentEvent {
    const [time = 0, receivedAt = 0, doneAt = 0, spooled = 0] = this.#numbers.subarray(NUMBERS * place);
    const inHistoryAt = this.#inHistoryAt(partition, spooled);
    return {
      ...texts,
      time: Number.isNaN(time) ? undefined : time,
      ...{ receivedAt, doneAt },
      inHistoryAt: inHistoryAt === undefined ? undefined : Math.max(inHistoryAt, doneAt),
    };
  }

  #inHistoryAt(partition: string, spooled: number): EpochMs | undefined {
    if (spooled === 0) return undefined;
    const cut = this.#cuts.find((each) => each.partition === partition && each.last >= spooled);
    // Where the oldest cut that is remembered is one of later on, history may have had it long before.
    return cut === this.#cuts[0] && this.#cuts.length >= limits.recentCutsKept ? undefined : cut?.at;
  }

  /** Undefined for what is no event that somebody has sent. */
  #fill(record: LogRecord, place: number): Slot | undefined {
    const numbers = this.#numbers;
    if (record.kind === 'quarantine') {
      const slot = this.#slot(place);
      slot.id = record.eventId ?? '';
      slot.source = record.source;
      slot.type = record.type ?? '';
      slot.channel = record.channel ?? '';
      slot.path = record.path;
      slot.quarantineId = record.id;
      numbers[NUMBERS * place + TIME] = Number.NaN;
      numbers[NUMBERS * place + RECEIVED] = record.receivedAt;
      return slot;
    }
    const event = eventOf(record);
    if (event === undefined) return undefined;
    const slot = this.#slot(place);
    slot.id = event.id;
    slot.source = event.source;
    slot.type = event.type;
    slot.channel = event.channel;
    slot.path = '';
    slot.quarantineId = '';
    numbers[NUMBERS * place + TIME] = event.time;
    numbers[NUMBERS * place + RECEIVED] = event.receivedAt;
    return slot;
  }

  #slot(place: number): Slot {
    const known = this.#slots[place];
    if (known !== undefined) return known;
    const made = emptySlot();
    this.#slots.push(made);
    return made;
  }
}

/** Written out: one that is put together of several takes eighty times as long to write to. */
function emptySlot(): Slot {
  return {
    id: '',
    source: '',
    type: '',
    channel: '',
    status: 'applied',
    code: '',
    path: '',
    quarantineId: '',
    profileId: '',
    partition: '',
  };
}
