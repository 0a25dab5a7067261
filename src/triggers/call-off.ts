import type { CalledOff, RevocableFiring } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import type { Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Firing } from '../model/trigger.ts';
import type { Cancellation } from './candidate.ts';
import { dropDeferred } from './deferred.ts';

/**
 * What has come after all: the order that an abandoned cart was missing. A firing that still waits for the end of quiet hours
 * is suppressed; one that was fired, because the event came late, is revoked. Both keep their id.
 */
export function callOff(
  cancellations: readonly Cancellation[],
  header: Header,
  at: EpochMs,
): readonly Firing[] {
  if (header.decisions === undefined) return NONE;
  return cancellations.flatMap((cancellation) => [
    ...cancelDeferred(cancellation, header, at),
    ...revokeFired(cancellation, header, at),
  ]);
}

const NONE: readonly Firing[] = Object.freeze([]);

function cancelDeferred(cancellation: Cancellation, header: Header, at: EpochMs): readonly Firing[] {
  const found = header.decisions?.deferred.filter(
    (entry) =>
      concerns(cancellation, entry) &&
      entry.calledOff !== undefined &&
      cancellation.event.time >= entry.calledOff.from,
  );
  const because = { reason: 'cancelled', at, by: cancellation.event.id } as const;
  return (found ?? []).map((entry) => dropDeferred(entry, header, because));
}

function revokeFired(cancellation: Cancellation, header: Header, at: EpochMs): readonly Firing[] {
  const { decisions } = header;
  if (decisions === undefined) return NONE;
  const { event } = cancellation;
  const found = decisions.revocable.filter(
    (entry) => concerns(cancellation, entry) && isWithin(event, entry),
  );
  decisions.revocable = decisions.revocable.filter((entry) => !found.includes(entry));
  return found.map((entry) => revoked(entry, header, { event, at }));
}

function isWithin({ time }: Event, { from, until = Number.POSITIVE_INFINITY }: CalledOff): boolean {
  return time >= from && time <= until;
}

function concerns(
  { trigger, key }: Cancellation,
  entry: { readonly trigger: string; readonly key: string },
): boolean {
  return entry.trigger === trigger.name && (key === undefined || key === entry.key);
}

function revoked(
  { id, trigger, key, at: firedAt, channel, eventId, from, until }: RevocableFiring,
  header: Header,
  { event, at }: { readonly event: Event; readonly at: EpochMs },
): Firing {
  return {
    id,
    trigger,
    profile_id: header.id,
    decision: 'revoked',
    reason: 'came_late',
    at,
    event_id: eventId,
    channel,
    payload: {},
    trace: {
      fired_at: firedAt,
      ...(key === '' ? {} : { key }),
      missed: { from, until },
      came: { event_id: event.id, source: event.source, type: event.type, time: event.time },
    },
  };
}
