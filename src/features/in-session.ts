import { limits } from '../limits.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { dayOf } from '../model/time.ts';
import type { Operation, Reading, Sample } from './operation.ts';
import { renewedWithin } from './renewed-within.ts';

/**
 * Any aggregate over the session that is open when it is read: a chain of the feature's own events with gaps of at
 * most `idle`, whose latest is at most `idle` ago. The value of no session is that of no events.
 *
 * The state holds segments (start, end, state of the aggregate), flat, ascending and more than `idle` apart. None
 * spans a UTC day, so that a session of more than 24 hours, which is cut at the bounds of those days, is cut
 * without having kept its events. Which segments there are is a function of the set of events: a late one that
 * lies within `idle` of two makes them one. Two days' segments are put together when read.
 *
 * Without an `idle` of its own a definition takes what suits the channel of each event. An event that is waited for
 * less long than the default counts as one that happened so much earlier where the end of its segment is concerned:
 * end + idle is always the moment up to which the segment waits. A segment may then wait past midnight while shorter
 * ones of the next day come and go, so that a session may consist of several segments of a day.
 *
 * A segment that no later reading can reach is dropped. Where too many are left the oldest go, and a mark
 * (a segment without a state, in front) keeps when the newest of them ended: a session that begins within `idle`
 * of that moment may have begun earlier, and is approximate.
 */
type Segments = (number | unknown[] | null)[];

const COLUMNS = 3;

/** Columns 0 and 1 hold times, column 2 the state or null; the compiler knows no flat list of such rows. */
function startAt(segments: Segments, index: number): EpochMs {
  return segments[index] as EpochMs;
}

function endAt(segments: Segments, index: number): EpochMs {
  return segments[index + 1] as EpochMs;
}

function stateAt(segments: Segments, index: number): unknown[] {
  return segments[index + 2] as unknown[];
}

function hasMark(segments: Segments): boolean {
  return segments.length > 0 && segments[2] === null;
}

/** Index of the first segment. */
function firstOf(segments: Segments): number {
  return hasMark(segments) ? COLUMNS : 0;
}

/** When the newest dropped segment ended. */
function markOf(segments: Segments): EpochMs {
  return hasMark(segments) ? endAt(segments, 0) : Number.NEGATIVE_INFINITY;
}

function setMark(segments: Segments, end: EpochMs): void {
  if (end <= markOf(segments)) return;
  if (hasMark(segments)) segments.splice(0, COLUMNS);
  segments.unshift(end, end, null);
}

interface Segment {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly state: unknown[];
}

/** Puts a segment at its place, joined with those that it touches; answers the place. Joined states are new. */
function put(segments: Segments, segment: Segment, { inner, idle }: Waiting): number {
  const first = firstOf(segments);
  const day = dayOf(segment.start);
  let { start, end, state } = segment;
  let index = segments.length - COLUMNS;
  while (index >= first && isAfter(startAt(segments, index), end + idle, day)) index -= COLUMNS;
  const last = index;
  while (
    index >= first &&
    endAt(segments, index) >= start - idle &&
    dayOf(startAt(segments, index)) === day
  ) {
    start = Math.min(start, startAt(segments, index));
    end = Math.max(end, endAt(segments, index));
    state = inner.merge(stateAt(segments, index), state);
    index -= COLUMNS;
  }
  segments.splice(index + COLUMNS, last - index, start, end, state);
  return index + COLUMNS;
}

function isAfter(start: EpochMs, time: EpochMs, day: number): boolean {
  return start > time || dayOf(start) > day;
}

function prune(segments: Segments, now: EpochMs): void {
  const reach = now - limits.sessionReachMs;
  let dead = 0;
  while (dead < segments.length && endAt(segments, dead) < reach) dead += COLUMNS;
  if (dead > 0) segments.splice(0, dead);
  const first = firstOf(segments);
  const excess = segments.length - first - COLUMNS * limits.sessionSegmentsMax;
  if (excess <= 0) return;
  let end = Number.NEGATIVE_INFINITY;
  for (let index = first; index < first + excess; index += COLUMNS)
    end = Math.max(end, endAt(segments, index));
  segments.splice(first, excess);
  setMark(segments, end);
}

/** The session of which the newest segment is the end. */
interface Session {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly state: unknown[];
  readonly approximate: boolean;
}

/** Undefined where none is open. */
function openSession(segments: Segments, now: EpochMs, { inner, idle }: Waiting): Session | undefined {
  let begin = firstOf(segments);
  let end = Number.NEGATIVE_INFINITY;
  for (let index = begin; index < segments.length; index += COLUMNS) {
    if (startAt(segments, index) > end + idle) begin = index;
    end = Math.max(end, endAt(segments, index));
  }
  if (begin >= segments.length || now > end + idle) return undefined;
  if (end - startAt(segments, begin) > limits.sessionMs) begin = startOfDay(segments, begin);
  const start = startAt(segments, begin);
  let state = stateAt(segments, begin);
  for (let index = begin + COLUMNS; index < segments.length; index += COLUMNS)
    state = inner.merge(state, stateAt(segments, index));
  return { start, end, state, approximate: start - markOf(segments) <= idle };
}

/** Index of the first segment, of those from `begin` on, that lies on the day of the newest. */
function startOfDay(segments: Segments, begin: number): number {
  const day = dayOf(startAt(segments, segments.length - COLUMNS));
  let index = begin;
  while (dayOf(startAt(segments, index)) < day) index += COLUMNS;
  return index;
}

/** How long segments wait for what comes next. */
interface Waiting {
  readonly inner: Operation;
  readonly idle: DurationMs;
  /** Whether `idle` is only what is waited for at most, and the channel of an event decides. */
  readonly byChannel: boolean;
}

/** The end of the segment that the event alone makes up. */
function endOf({ time, idleMs }: Sample, { idle, byChannel }: Waiting): EpochMs {
  return byChannel && idleMs !== undefined ? time + idleMs - idle : time;
}

/** `inner` must be compiled for a lifetime. */
export function inSession(inner: Operation, idle: DurationMs, byChannel = false): Operation<Segments> {
  const how: Waiting = { inner, idle, byChannel };
  const add = (segments: Segments, sample: Sample, now: EpochMs): void => {
    const { time } = sample;
    if (time < now - limits.sessionReachMs) return;
    const last = segments.length - COLUMNS;
    // Nearly every event continues the newest session.
    if (last >= firstOf(segments) && isWithin(segments, last, { time, idle })) {
      inner.add(stateAt(segments, last), sample, now);
      segments[last + 1] = Math.max(endAt(segments, last), endOf(sample, how));
      return;
    }
    const state = inner.empty();
    inner.add(state, sample, now);
    const index = put(segments, { start: time, end: endOf(sample, how), state }, how);
    inner.bound?.(stateAt(segments, index), now);
    prune(segments, now);
  };
  return {
    ...(inner.moves === undefined ? {} : { moves: inner.moves }),
    ...renewedWithin(inner),
    empty: () => [],
    add,
    merge(a, b) {
      const merged: Segments = [];
      for (const segments of [a, b]) {
        for (let index = firstOf(segments); index < segments.length; index += COLUMNS) {
          const state = inner.merge(inner.empty(), stateAt(segments, index));
          put(merged, { start: startAt(segments, index), end: endAt(segments, index), state }, how);
        }
      }
      const mark = Math.max(markOf(a), markOf(b));
      if (Number.isFinite(mark)) setMark(merged, mark);
      return merged;
    },
    bound(segments, now) {
      prune(segments, now);
      if (inner.bound === undefined) return;
      for (let index = firstOf(segments); index < segments.length; index += COLUMNS)
        inner.bound(stateAt(segments, index), now);
    },
    read: (segments, now) => readSession(openSession(segments, now, how), inner, now),
    changesAt(segments, now) {
      const session = openSession(segments, now, how);
      if (session === undefined) return Number.POSITIVE_INFINITY;
      // Open at the last millisecond of its wait, and not at the next.
      return Math.min(
        session.end + idle + 1,
        inner.changesAt?.(session.state, now) ?? Number.POSITIVE_INFINITY,
      );
    },
    completeFrom(segments, now) {
      return (openSession(segments, now, how)?.start ?? now) - idle;
    },
  };
}

function isWithin(segments: Segments, index: number, at: { time: EpochMs; idle: DurationMs }): boolean {
  const start = startAt(segments, index);
  return at.time >= start && at.time <= endAt(segments, index) + at.idle && dayOf(at.time) === dayOf(start);
}

function readSession(session: Session | undefined, inner: Operation, now: EpochMs): Reading {
  if (session === undefined) return inner.read(inner.empty(), now, { from: now, to: now });
  const reading = inner.read(session.state, now, { from: session.start, to: now });
  return session.approximate ? { ...reading, approximate: true } : reading;
}
