import type { EpochMs } from './time.ts';

/** What good data is to this retailer: one definition, named default. */
export interface QualityDefinition {
  readonly name: 'default';
  readonly description?: string;
  /**
   * By type of event, or `*` for every type: the fields that its events are expected to have. `category` is a property,
   * `traits.city` a trait, `context.store` what goes with the event, `identifiers` any identifier, `identifiers.phone` one of a type.
   */
  readonly expected: Readonly<Record<string, readonly string[]>>;
  readonly targets: QualityTargets;
  readonly figures: FigureTargets;
  readonly volume: VolumeRules;
  /** Days of promotions by name, as 2026-11-11 by the clock of the messaging definition: they are compared with each other. */
  readonly promotions: Readonly<Record<string, readonly string[]>>;
  readonly checks: QualityChecks;
}

/** Shares from 0 to 1: completeness at least, everything else at most. */
export interface QualityTargets {
  readonly completeness: number;
  /** Of events received, by source. */
  readonly duplicates: number;
  /** Of events, by channel. */
  readonly late: number;
  /** Of events, by source and channel: from a sender whose clock is off by a minute or more. */
  readonly skewed: number;
  /** Of events. */
  readonly unknown_types: number;
  /** Of events of known types: with a property that the schema does not name. */
  readonly unknown_properties: number;
  /** Refused links and merges, for each event. */
  readonly conflicts: number;
  /** Of fewer events than this no share is judged. */
  readonly events: number;
}

/** What figures of the business are to reach: shares from 0 to 1, the return of campaigns in so many for one. */
export interface FigureTargets {
  /** Of recommendations that were shown: ordered; at least. */
  readonly recommendation_conversion: number;
  /** Complaints about privacy and unwanted contact, of people whom messages reached; at most. */
  readonly compliance_complaints: number;
  /** The margin of the lift, for each unit of cost; at least. */
  readonly campaign_return: number;
  /** Of people who said what they like: bought it; at least. */
  readonly preference_conversion: number;
  /** Figures look back over so many days. */
  readonly days: number;
  /** Of fewer people (or lists) no figure is judged, */
  readonly cases: number;
  /** and of fewer answerers no preferences. */
  readonly answers: number;
  /** What is left of net revenue once goods are paid for, from 0 to 1; unknown where absent, and the return of campaigns too. */
  readonly margin_rate?: number;
}

export interface VolumeRules {
  /** So many weeks back at most. */
  readonly weeks: number;
  /** The modified z-score from which on an hour is unusual. */
  readonly score: number;
  /** Hours in which fewer are usual are not judged. */
  readonly events: number;
}

export interface QualityChecks {
  readonly price: PriceCheck;
  readonly quantity: QuantityCheck;
  /** Who buys what. */
  readonly people: readonly PeopleCheck[];
}

/** A price is flagged that is so many times the item's own median, or that part of it. */
export interface PriceCheck {
  readonly factor: number;
  /** The median is of prices of so many days before. */
  readonly days: number;
  /** Of fewer prices there is no median. */
  readonly observations: number;
}

export interface QuantityCheck {
  /** More pieces in one line are flagged. */
  readonly max: number;
}

/** Orders of goods of a category by people whose trait is a number, or a birthday the age of whom, under or over a bound. */
export interface PeopleCheck {
  readonly name: string;
  /** Prefix of the category. */
  readonly category: string;
  readonly trait: string;
  readonly under?: number;
  readonly over?: number;
}

export const QUALITY_BEFORE_ANY: QualityDefinition = Object.freeze({
  name: 'default',
  expected: Object.freeze({ '*': Object.freeze(['identifiers']) }),
  targets: Object.freeze({
    completeness: 0.8,
    duplicates: 0.05,
    late: 0.05,
    skewed: 0.02,
    unknown_types: 0.02,
    unknown_properties: 0.02,
    conflicts: 0.01,
    events: 100,
  }),
  figures: Object.freeze({
    recommendation_conversion: 0.15,
    compliance_complaints: 0.01,
    campaign_return: 3,
    preference_conversion: 0.05,
    days: 90,
    cases: 100,
    answers: 200,
  }),
  volume: Object.freeze({ weeks: 8, score: 3.5, events: 20 }),
  promotions: Object.freeze({}),
  checks: Object.freeze({
    price: Object.freeze({ factor: 10, days: 14, observations: 5 }),
    quantity: Object.freeze({ max: 500 }),
    people: Object.freeze([]),
  }),
});

export interface VersionedQuality {
  /** Hash of its text. */
  readonly version: string;
  readonly author: string;
  readonly since: EpochMs;
  readonly definition: QualityDefinition;
}

/** What somebody has said of a flag. */
export const flagDecisions = ['confirmed', 'dismissed'] as const;
export type FlagDecision = (typeof flagDecisions)[number];

/** `<check>-<partition>-<seq>-<index>-<line>`: the place of the event in its log, and the product line; the same whenever it is asked. */
export const FLAG_ID = /^[a-z][a-z0-9_]{0,63}-\d{1,5}-\d{1,20}-\d{1,10}-\d{1,5}$/;
