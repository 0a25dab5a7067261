import { limits } from '../../limits.ts';
import { readMoment } from '../../model/date-time.ts';
import type { Event } from '../../model/event.ts';
import type { Header, PendingMoment, TriggerMatch, TriggerMemory } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import { type Candidate, firingId } from '../candidate.ts';
import type { CompiledTrigger } from '../compile.ts';
import { keptEvent, openEvent } from '../kept-event.ts';
import {
  byTime,
  CLOSING,
  CLOSING_ITEM,
  dropEmpty,
  forget,
  HELD,
  heldKey,
  memoryOf,
  pendingOf,
  putPending,
  removePending,
} from './memory.ts';
import type { Absence } from './pattern.ts';
import type { Sighting } from './sighting.ts';

/*
 * The end of a sequence that is an absence: its positive part is complete at t, and for a time d after it no event may come
 * that closes it. What waits is due at t + d, survives restarts in the header, and is found by the profile's alarm. An event
 * of [t, t + d] closes it whenever it becomes known: before the chain was complete, or while it waits; after the firing it
 * revokes, which is decided elsewhere.
 */
export function awaitAbsence(
  trigger: CompiledTrigger,
  found: {
    readonly absence: Absence;
    readonly key: string;
    readonly chain: readonly TriggerMatch[];
    readonly memory: TriggerMemory;
  },
  sighting: Sighting,
): void {
  const { absence, key, chain, memory } = found;
  const last = chain.at(-1) as TriggerMatch;
  const before = pendingOf(memory, key);
  if (before !== undefined && (!absence.restart || byTime(last, lastOf(before)) <= 0)) return;
  const due = dueOf(absence, last, sighting);
  if (due === undefined) return;
  sighting.changed = true;
  if (before !== undefined) removePending(memory, before);
  const moment = momentOf(last, { due, key }, sighting);
  if (isClosed(memory, moment, chain)) {
    forget(memory, key, last);
    return;
  }
  if (moment.due <= sighting.now) {
    // The event is at hand, however large it is.
    const { tooLarge: _, ...rest } = moment;
    const now: PendingMoment = { ...rest, event: sighting.event };
    sighting.candidates.push(
      candidateOf(trigger, now, { header: sighting.header, at: sighting.now, due: sighting.now }),
    );
    return;
  }
  putPending(memory, moment);
  keepBound(trigger, memory, sighting);
}

/** What waits is called off by an event of its time; null: whatever the key. */
export function callOffPending(memory: TriggerMemory, closing: { key: string | null; time: EpochMs }): void {
  callOffWhere(memory, (moment) => closes(closing, moment));
}

/** The same by an event that closes every key which holds an item. */
export function callOffHolding(memory: TriggerMemory, closing: { item: string; time: EpochMs }): void {
  callOffWhere(memory, (moment) => isWithin(closing, moment) && holds(memory, moment.key, closing.item));
}

/** What waits under a key is called off where that is known to be closed. */
export function recheckPending(memory: TriggerMemory, key: string): void {
  callOffWhere(memory, (moment) => moment.key === key && isClosed(memory, moment, []));
}

/** Those of the keys that hold an item, each once. */
export function keysHolding(memory: TriggerMemory, item: string, keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].filter((key) => holds(memory, key, item));
}

function callOffWhere(memory: TriggerMemory, isCalledOff: (moment: PendingMoment) => boolean): void {
  const closed = memory.pending.filter(isCalledOff);
  if (closed.length === 0) return;
  memory.pending = memory.pending.filter((moment) => !closed.includes(moment));
  for (const moment of closed) forget(memory, moment.key, lastOf(moment));
}

function holds({ matches }: TriggerMemory, key: string, item: string): boolean {
  const held = heldKey(key, item);
  return matches.some((match) => match.step === HELD && match.key === held);
}

/** The candidate of what is due; it has left the memory. */
export function candidateOf(
  trigger: CompiledTrigger,
  moment: PendingMoment,
  { header, at, due }: { readonly header: Header; readonly at: EpochMs; readonly due: EpochMs },
): Candidate {
  const { key, cause, event, time } = moment;
  return {
    trigger,
    key,
    cause,
    id: firingId(trigger.name, key, cause),
    at,
    due,
    ...(event === undefined ? {} : { event: openEvent(event) }),
    trace: { since: time, within_ms: moment.due - time },
    ...(moment.tooLarge ? { refusal: 'too_large' } : {}),
    calledOff: { from: time, until: moment.due },
    useUp: () => {
      forget(memoryOf(header, trigger), key, lastOf(moment));
      dropEmpty(header, trigger);
    },
  };
}

function momentOf(
  { time, cause: last }: TriggerMatch,
  { due, key }: { readonly due: EpochMs; readonly key: string },
  { event, cause }: Sighting,
): PendingMoment {
  return {
    key,
    time,
    due,
    cause,
    ...(last === cause ? {} : { last }),
    facet: event.facet,
    ...keptOf(event),
  };
}

/** Undefined where the event should name a moment and names none, or one that is too far away to wait for. */
function dueOf(
  { until, withinMs }: Absence,
  { time }: TriggerMatch,
  { event }: Sighting,
): EpochMs | undefined {
  if (until === undefined) return time + withinMs;
  const named = until(event);
  const moment = typeof named === 'string' ? readMoment(named) : named;
  if (typeof moment !== 'number' || !(moment <= time + withinMs)) return undefined;
  return Math.max(moment, time);
}

/** Of an event that is too large, what it is: its decision will say so. */
function keptOf(event: Event): Pick<PendingMoment, 'event' | 'tooLarge'> {
  const kept = keptEvent(event);
  if (kept !== undefined) return { event: kept };
  const { id, type, time, receivedAt, source, channel, facet } = event;
  const named: Event = { id, type, time, receivedAt, source, channel, facet, claims: [], properties: {} };
  return { event: JSON.stringify(named), tooLarge: true };
}

/** Events of the chain itself close nothing. */
export function isClosed(
  memory: TriggerMemory,
  moment: PendingMoment,
  chain: readonly TriggerMatch[],
): boolean {
  return memory.matches.some(
    (match) =>
      isClosing(memory, match, moment) &&
      match.cause !== moment.cause &&
      !chain.some(({ cause }) => cause === match.cause),
  );
}

function isClosing(memory: TriggerMemory, match: TriggerMatch, moment: PendingMoment): boolean {
  if (match.step === CLOSING) return closes(match, moment);
  return match.step === CLOSING_ITEM && isWithin(match, moment) && holds(memory, moment.key, match.key ?? '');
}

function closes(
  { key, time }: { readonly key: string | null; readonly time: EpochMs },
  moment: PendingMoment,
): boolean {
  return (key === null || key === moment.key) && isWithin({ time }, moment);
}

function isWithin({ time }: { readonly time: EpochMs }, moment: PendingMoment): boolean {
  return time >= moment.time && time <= moment.due;
}

/** The last event of the chain that waits. */
export function lastOf({ time, cause, last = cause }: PendingMoment): { time: EpochMs; cause: string } {
  return { time, cause: last };
}

/** A customer with more carts than anybody has loses the oldest one, and the decision says so. */
function keepBound(
  trigger: CompiledTrigger,
  memory: TriggerMemory,
  { header, now, candidates }: Sighting,
): void {
  if (memory.pending.length <= limits.triggerPendingMax) return;
  const [oldest] = [...memory.pending].sort((a, b) => byTime(lastOf(a), lastOf(b)));
  if (oldest === undefined) return;
  removePending(memory, oldest);
  const candidate = candidateOf(trigger, oldest, { header, at: now, due: now });
  candidates.push({ ...candidate, refusal: 'too_many_pending' });
}
