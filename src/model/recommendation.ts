import type { ItemFacts } from './item-facts.ts';
import type { JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

/** Where candidates come from; a placement says how much each counts. */
export type Strategy =
  /** What the person looked at themselves, and has not bought. */
  'interest' | 'session' | 'bought_together' | 'affinity' | 'similar' | 'trending' | 'pinned';

/** What is told of an item that is offered: a code for programs, a sentence for people. */
export interface RecommendationReason {
  readonly code: string;
  /** The item that it comes from: the mat that somebody has, the dress that they looked at. */
  readonly item_id?: string;
  readonly text: string;
}

export interface RecommendedItem {
  readonly item_id: string;
  /** The one to offer: in stock here, in the person's size. */
  readonly variant_id?: string;
  readonly name?: string;
  readonly score: number;
  readonly strategy: Strategy;
  readonly reasons: readonly RecommendationReason[];
}

export interface Recommendation {
  /** What shows it says so with this id (`recommendation_id` of events). */
  readonly id: string;
  readonly placement: string;
  /** Absent where nobody is known. */
  readonly profile_id?: string;
  readonly items: readonly RecommendedItem[];
  /** The strategies that gave items, the one that gave most first, joined by `+`; `none` of an empty list. */
  readonly strategy: string;
  /** Whether anything about the person was looked at. */
  readonly personalized: boolean;
  readonly took_us: number;
}

/** What somebody did that recommendations learn from, as a row of the history's events tells it. */
export interface Interaction {
  readonly profile: string;
  readonly time: EpochMs;
  readonly event: string;
  readonly kind: InteractionKind;
  readonly channel: string;
  readonly store?: string;
  /** Of an order: its key, so that another report of the same order teaches nothing. */
  readonly order?: string;
  readonly items: readonly InteractionItem[];
}

/** What may be learned from an event: nothing, something, or something even where only whoever agrees to personalization teaches. */
export const lessons = { none: 0, any: 1, agreed: 2 } as const;
export type Lesson = (typeof lessons)[keyof typeof lessons];

/** Who teaches: everybody, without their name, or only who agrees to personalization. */
export type Teachers = 'all' | 'agreed';

export type InteractionKind = 'view' | 'cart' | 'try' | 'favorite' | 'inquire' | 'order';

export interface InteractionItem {
  readonly item: string;
  readonly variant?: string;
  readonly category?: string;
  readonly brand?: string;
}

/** Who is asking, as far as they may be known: absent without consent to personalization. */
export interface RecommendationPerson {
  readonly profile: string;
  /** The newest first. */
  readonly items: readonly ItemFacts[];
  /** What was offered lately, with its newest time: not the same list every time. */
  readonly shown: ReadonlyMap<string, EpochMs>;
  /** Sizes that somebody stated, such as of a size profile; what was bought and kept says the rest. */
  readonly sizes?: readonly string[];
}

/** Items that the action of a trigger asks for: `data: { items: { recommend: { placement, limit } } }`. */
export interface WantedItems {
  readonly placement: string;
  /** Absent: as many as the placement gives. */
  readonly limit?: number;
}

/** What came of that, as the log keeps it and the payload shows it. */
export interface ChosenItems {
  readonly placement: string;
  /** What shows the items names it as `recommendation_id`; absent where nobody could be asked. */
  readonly id?: string;
  /** As of the recommendation; `none` of an empty list. */
  readonly strategy: string;
  /** As answers show them. */
  readonly items: readonly JsonObject[];
}
