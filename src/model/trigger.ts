import type { Condition } from './condition.ts';
import type { JsonObject } from './json.ts';
import type { CapDefinition, GuardDefinition, QuietHours } from './messaging.ts';
import type { EpochMs } from './time.ts';

/** Which events: by type, or one of several types, and by a condition that looks at the event alone. */
export interface EventPattern {
  readonly event: string | readonly string[];
  readonly where?: Condition;
}

/** n events within a window, of one value of `by` where it is given, unless another event came. */
export interface CountPattern {
  readonly count: number;
  readonly of: EventPattern;
  readonly within: string;
  readonly by?: string;
  readonly unless?: EventPattern;
}

export interface PositiveStep extends EventPattern {
  /** A path: the steps of one chain have the same value of it. */
  readonly key?: string;
  /** A path: what its event puts under the key, as a product into a cart. Before an absence only. */
  readonly item?: string;
  /** At most so long after the positive step before. */
  readonly within?: string;
}

/** An event that must not come. */
export interface ForbiddenEvent extends EventPattern {
  readonly key?: string;
  /** The event closes every key, whatever its own. */
  readonly any_key?: boolean;
  /** A path, to one value or many: the event closes every key that holds one of them. */
  readonly item?: string;
}

/** Between two steps: no such event lies between them. As the last step: none came `within` so long, or until a moment. */
export interface NegativeStep {
  readonly not: ForbiddenEvent | readonly ForbiddenEvent[];
  readonly within?: string;
  /** A path of the event before: the moment by which none came. */
  readonly until?: string;
}

export type SequenceStep = PositiveStep | NegativeStep;

export interface SequencePattern {
  readonly sequence: readonly SequenceStep[];
  /** Of an absence (default true): a newer beginning of the same key moves the end. */
  readonly restart?: boolean;
}

/** The comparison turns from false to true. */
export interface CrossingPattern {
  readonly feature: string;
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  readonly equals?: string | number | boolean | null;
  readonly between?: readonly [number, number];
}

export interface MembershipPattern {
  readonly segment: string;
  readonly change: 'entered' | 'left';
}

/** Which day, counted from what: exactly one of the first five. */
export interface CalendarMoment {
  readonly birthday?: true;
  readonly date?: { readonly trait: string } | { readonly feature: string };
  readonly since?: EventPattern;
  readonly points_expiring?: true;
  readonly occasion?: string;
  readonly days_before?: number;
  readonly days_after?: number;
  /** Of `since`. */
  readonly days?: number;
}

export interface CalendarPattern {
  readonly calendar: CalendarMoment;
  /** `HH:MM` on the customer's clock; default 10:00. */
  readonly at?: string;
}

export interface CatalogPattern {
  readonly catalog: CatalogMomentKind;
  /** Whoever did this waits for the item. */
  readonly interest: EventPattern;
  /** A path to the item or the variant, or several: the first that the event has. */
  readonly key: string | readonly string[];
  /** Whoever did this later waits no more. */
  readonly unless?: InterestEnd | readonly InterestEnd[];
  /** How long one waits. */
  readonly for: string;
  readonly drop?: { readonly percent: number };
}

/** An event that ends an interest, of the items that its key names; without one, those of the pattern's key. */
export interface InterestEnd extends EventPattern {
  readonly key?: string;
}

export type TriggerPattern =
  | EventPattern
  | CountPattern
  | SequencePattern
  | CrossingPattern
  | MembershipPattern
  | CalendarPattern
  | CatalogPattern;

export interface TriggerLimit {
  readonly cooldown?: string;
  readonly caps?: readonly CapDefinition[];
  /** False: none, whatever holds for everybody. */
  readonly quiet_hours?: QuietHours | false;
  /** Share of profiles, 0 to 0.5, for whom nothing is sent, to compare with. */
  readonly holdout?: number;
  readonly guards?: readonly GuardDefinition[];
}

export interface TriggerAction {
  /** A channel, `preferred`, or `none`. */
  readonly channel: string;
  readonly template?: string;
  /** What goes along; `{ feature: NAME }` and `{ event: PATH }` in it stand for what these are at the decision. */
  readonly data?: JsonObject;
  readonly coupon?: { readonly pool: string };
  /** Names of webhooks; absent: all that want such decisions. */
  readonly to?: readonly string[];
}

/** A trigger as its author writes it (schemas/definitions/trigger.json). */
export interface TriggerDefinition {
  readonly name: string;
  readonly description?: string;
  /** False: switched off, so that it decides nothing and remembers nothing (default true). */
  readonly enabled?: boolean;
  readonly purpose: 'marketing' | 'service';
  readonly group?: string;
  /** Of several that are decided together the higher comes first; default 0. */
  readonly priority?: number;
  readonly on: TriggerPattern;
  readonly when?: Condition;
  readonly limit?: TriggerLimit;
  readonly action: TriggerAction;
}

export type CatalogMomentKind = 'back_in_stock' | 'price_drop' | 'issue_resolved';

/** Something happened to an item for which profiles may be waiting. */
export interface CatalogMoment {
  /** Of the change of the catalog that it comes from. */
  readonly id: string;
  readonly kind: CatalogMomentKind;
  /** Canonical id of the product. */
  readonly item: string;
  /** Canonical id of the variant, where the change is about one. */
  readonly variant?: string;
  /** Where it is back in stock. */
  readonly store?: string;
  readonly at: EpochMs;
  /** Minor units, of a price drop. */
  readonly price_before?: number;
  readonly price_now?: number;
  /** Of a resolved issue: its id, and what it was about. */
  readonly issue?: string;
  readonly theme?: string;
}

export type Decision = 'fired' | 'suppressed' | 'deferred' | 'held_out' | 'revoked';

/** One decision of a trigger, as the stream, the ingest response and the history show it. */
export interface Firing {
  readonly id: string;
  readonly trigger: string;
  readonly profile_id: string;
  readonly decision: Decision;
  readonly reason?: string;
  /** Of a deferred one: when it is decided again. */
  readonly until?: EpochMs;
  readonly at: EpochMs;
  /** Of the completing event; empty where time or the catalog did it. */
  readonly event_id: string;
  readonly channel: string;
  readonly payload: JsonObject;
  /** Why: what matched, what the condition saw, which limits were asked. */
  readonly trace: JsonObject;
}
