import type { Condition } from '../../src/model/condition.ts';
import type { Event } from '../../src/model/event.ts';
import type {
  CalendarMoment,
  EventPattern,
  ForbiddenEvent,
  TriggerDefinition,
} from '../../src/model/trigger.ts';

/** A step of a sequence as it is written: one of two forms, here both at once. */
export interface NaiveStep {
  readonly event?: string | readonly string[];
  readonly where?: Condition;
  readonly key?: string;
  readonly item?: string;
  readonly within?: string;
  readonly until?: string;
  readonly not?: ForbiddenEvent | readonly ForbiddenEvent[];
}

/** What a step forbids; nothing, where it is one that must come. */
export function naiveNots({ not = [] }: NaiveStep): readonly ForbiddenEvent[] {
  return Array.isArray(not) ? not : [not as ForbiddenEvent];
}

/** A pattern as it is written: exactly one of several forms, here all at once. */
export interface NaiveOn {
  readonly event?: string | readonly string[];
  readonly where?: Condition;
  readonly count?: number;
  readonly of?: EventPattern;
  readonly within?: string;
  readonly by?: string;
  readonly unless?: EventPattern;
  readonly sequence?: readonly NaiveStep[];
  readonly restart?: boolean;
  readonly feature?: string;
  readonly segment?: string;
  readonly change?: 'entered' | 'left';
  readonly calendar?: CalendarMoment;
  readonly at?: string;
}

export function onOf({ on }: TriggerDefinition): NaiveOn {
  // Every form has a part of these members, and none of them another meaning.
  return on as NaiveOn;
}

/** An event as a person has it. */
export interface Seen {
  readonly event: Event;
  readonly facet: string;
  readonly appendedAt: number;
}

/** One decision, in the words that the engine's stream has for it. */
export interface NaiveDecision {
  readonly id: string;
  readonly trigger: string;
  readonly profile_id: string;
  readonly decision: 'fired' | 'suppressed' | 'deferred' | 'held_out' | 'revoked';
  readonly reason?: string;
  readonly at: number;
  readonly until?: number;
}

export function causeOf({ event }: Seen): string {
  return `${event.source}\0${event.id}`;
}

/** Ascending by time, ties by cause. */
export function byWhen(a: Seen, b: Seen): number {
  return a.event.time - b.event.time || (causeOf(a) < causeOf(b) ? -1 : causeOf(a) > causeOf(b) ? 1 : 0);
}

const UNIT: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function naiveMs(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT[duration.slice(-1)] ?? Number.NaN);
}
