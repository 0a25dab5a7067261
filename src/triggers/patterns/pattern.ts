import type { ValueGetter } from '../../conditions/path.ts';
import type { VersionedSegment } from '../../model/segment.ts';
import type { DurationMs } from '../../model/time.ts';
import type { CatalogMomentKind } from '../../model/trigger.ts';
import type { EventTest, KeyReader, TextsReader } from './event-test.ts';

/** The patterns of triggers, compiled. */
export type CompiledPattern =
  | EventKind
  | CountKind
  | ChainKind
  | CrossingKind
  | MembershipKind
  | CalendarKind
  | CatalogKind;

/** Each matching event. */
export interface EventKind {
  readonly kind: 'event';
  readonly matches: EventTest;
}

export interface CountKind {
  readonly kind: 'count';
  readonly count: number;
  readonly withinMs: DurationMs;
  readonly matches: EventTest;
  /** Answers '' where the pattern has no `by`. */
  readonly key: KeyReader;
  readonly cancels: EventTest | undefined;
}

/** A sequence, with or without an absence at its end. */
export interface ChainKind {
  readonly kind: 'chain';
  readonly steps: readonly ChainStep[];
  readonly absence: Absence | undefined;
}

/** A positive step, and what may not lie between the one before and this one. */
export interface ChainStep {
  readonly matches: EventTest;
  readonly key: KeyReader;
  /** What the event puts under its key. */
  readonly item: KeyReader | undefined;
  /** At most so long after the step before; infinite where nothing is said. */
  readonly withinMs: DurationMs;
  readonly nots: readonly NotStep[];
}

export interface NotStep {
  readonly matches: EventTest;
  /** Undefined: the event counts for every key. */
  readonly key: KeyReader | undefined;
}

/** An event that closes an absence. */
export interface Closer extends NotStep {
  /** Where it is given, the event counts for every key that holds one of these, and `key` is not asked. */
  readonly items: TextsReader | undefined;
}

export interface Absence {
  readonly closers: readonly Closer[];
  readonly withinMs: DurationMs;
  /** The moment that the last event of the chain names, instead of a time after it. */
  readonly until: ValueGetter | undefined;
  readonly restart: boolean;
}

/** A comparison of a feature, kept as a segment that nobody sees. */
export interface CrossingKind {
  readonly kind: 'crossing';
  readonly segment: VersionedSegment;
}

export interface MembershipKind {
  readonly kind: 'membership';
  readonly segment: string;
  readonly change: 'entered' | 'left';
}

export type CalendarDay =
  | { readonly of: 'birthday' }
  | { readonly of: 'trait'; readonly name: string }
  | { readonly of: 'feature'; readonly name: string }
  | { readonly of: 'since'; readonly matches: EventTest }
  | { readonly of: 'points' }
  | { readonly of: 'occasion'; readonly name: string };

export interface CalendarKind {
  readonly kind: 'calendar';
  readonly day: CalendarDay;
  /** Days from that day to the moment; negative ones before it. */
  readonly shiftDays: number;
  /** Since the customer's midnight. */
  readonly timeOfDayMs: DurationMs;
}

export interface CatalogKind {
  readonly kind: 'catalog';
  readonly moment: CatalogMomentKind;
  readonly interest: EventTest;
  readonly key: KeyReader;
  readonly ends: readonly InterestEnder[];
  readonly forMs: DurationMs;
  /** At least so many percent cheaper. */
  readonly dropPercent: number;
}

/** Ends the interest in the items that it names. */
export interface InterestEnder {
  readonly matches: EventTest;
  readonly items: TextsReader;
}
