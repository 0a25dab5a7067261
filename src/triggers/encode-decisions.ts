import type {
  CalledOff,
  DecisionMemory,
  DeferredFiring,
  FiredEntry,
  RevocableFiring,
} from '../model/decision-memory.ts';
import type { KeptEvent } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import { keptText } from './kept-event.ts';

type PackedFired = [id: string, trigger: string, group: string, channel: string, at: number, flags: number];
type PackedDeferred = [
  id: string,
  trigger: string,
  key: string,
  cause: string,
  at: number,
  until: number,
  event: KeptEvent | null,
  matched: JsonObject,
  calledOff: [from: number, until: number | null] | null,
];
type PackedRevocable = [
  id: string,
  trigger: string,
  key: string,
  at: number,
  channel: string,
  eventId: string,
  from: number,
  until: number,
];

/** What a profile remembers of its decisions as arrays: names of fields would take more than what they hold. */
export type PackedDecisions = [
  fired: PackedFired[],
  sent: Readonly<Record<string, number>>,
  deferred: PackedDeferred[],
  revocable: PackedRevocable[],
];

const SERVICE = 1;
const HELD_OUT = 2;

export function encodeDecisions(memory: DecisionMemory): PackedDecisions {
  return [
    memory.fired.map(encodeFired),
    memory.sent,
    memory.deferred.map(encodeDeferred),
    memory.revocable.map(({ id, trigger, key, at, channel, eventId, from, until }) => [
      id,
      trigger,
      key,
      at,
      channel,
      eventId,
      from,
      until,
    ]),
  ];
}

export function decodeDecisions([fired, sent, deferred, revocable]: PackedDecisions): DecisionMemory {
  return {
    fired: fired.map(decodeFired),
    sent,
    deferred: deferred.map(decodeDeferred),
    revocable: revocable.map(decodeRevocable),
  };
}

function encodeFired({ id, trigger, group, channel, at, service, heldOut }: FiredEntry): PackedFired {
  return [id, trigger, group, channel, at, (service ? SERVICE : 0) | (heldOut ? HELD_OUT : 0)];
}

function decodeFired([id, trigger, group, channel, at, flags]: PackedFired): FiredEntry {
  const service = (flags & SERVICE) !== 0;
  return { id, trigger, group, channel, at, service, heldOut: (flags & HELD_OUT) !== 0 };
}

function encodeDeferred(deferred: DeferredFiring): PackedDeferred {
  const { id, trigger, key, cause, at, until, event = null, matched, calledOff } = deferred;
  const times: PackedDeferred[8] = calledOff === undefined ? null : [calledOff.from, calledOff.until ?? null];
  return [id, trigger, key, cause, at, until, event, matched, times];
}

function decodeDeferred([
  id,
  trigger,
  key,
  cause,
  at,
  until,
  event,
  ...rest
]: PackedDeferred): DeferredFiring {
  const [matched, times] = rest;
  return {
    id,
    trigger,
    key,
    cause,
    at,
    until,
    ...(event === null ? {} : { event: keptText(event) }),
    matched,
    ...(times === null ? {} : { calledOff: decodeTimes(times) }),
  };
}

function decodeTimes([from, until]: [number, number | null]): CalledOff {
  return until === null ? { from } : { from, until };
}

function decodeRevocable([
  id,
  trigger,
  key,
  at,
  channel,
  eventId,
  from,
  until,
]: PackedRevocable): RevocableFiring {
  return { id, trigger, key, at, channel, eventId, from, until };
}
