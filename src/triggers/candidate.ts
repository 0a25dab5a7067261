import { hash } from 'node:crypto';
import type { CalledOff, DeferredFiring } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledTrigger } from './compile.ts';

/** A pattern that is complete: what limits decide about. */
export interface Candidate {
  readonly trigger: CompiledTrigger;
  /** What the pattern was followed by: a cart, an item, a day; empty where it has no key. */
  readonly key: string;
  /** `source \0 id` of the completing event; of what time or the catalog did, what `causeAt` or the change says. */
  readonly cause: string;
  /** See `firingId`. */
  readonly id: string;
  /** Time of the decision. */
  readonly at: EpochMs;
  /** When it was due, where time completed it: conditions and features are those of that moment. */
  readonly due?: EpochMs;
  /** The completing event, or the one that began an absence; absent where there is none. */
  readonly event?: Event;
  /** What matched. */
  readonly trace: JsonObject;
  /** Suppressed for this reason, before anything else is asked: `too_many_pending`, `too_large`. */
  readonly refusal?: string;
  /** What was deferred and is to be decided now; absent where it is decided for the first time. */
  readonly deferred?: DeferredFiring;
  /** Which events call it off: see `Cancellation`. */
  readonly calledOff?: CalledOff;
  /** Forgets what the decision, whatever it is, has used up. Not called where `when` does not hold. */
  readonly useUp: () => void;
}

/** An event of a trigger's `unless` or last `not` has come, late or not. */
export interface Cancellation {
  readonly trigger: CompiledTrigger;
  /** Undefined: whatever the key. */
  readonly key: string | undefined;
  readonly event: Event;
}

/** 32 hexadecimal digits: the same completion of the same trigger has the same id, whenever and wherever it is decided. */
export function firingId(trigger: string, key: string, cause: string): string {
  return hash('sha256', `${trigger}\0${key}\0${cause}`, 'hex').slice(0, 32);
}

/** Names an event among all events. */
export function causeOf({ source, id }: Pick<Event, 'source' | 'id'>): string {
  return `${source}\0${id}`;
}

/** Names what time did to a profile. */
export function causeAt(due: EpochMs, profile: string): string {
  return `@${due}\0${profile}`;
}

/** By priority, what comes first; then what was due earlier; then by name, key and id, so that nothing is left to chance. */
export function byPrecedence(a: Candidate, b: Candidate): number {
  if (a.trigger.priority !== b.trigger.priority) return b.trigger.priority - a.trigger.priority;
  const due = (a.due ?? a.at) - (b.due ?? b.at);
  if (due !== 0) return due;
  return byText(a.trigger.name, b.trigger.name) || byText(a.key, b.key) || byText(a.id, b.id);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
