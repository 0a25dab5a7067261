import type { ProfileLookup } from '../conditions/condition.ts';
import type { FeatureSet } from '../features/compile.ts';
import { comparable, FeatureReader } from '../features/read.ts';
import type { CompiledProgram } from '../loyalty/program.ts';
import type { LedgerState } from '../loyalty/replay.ts';
import { loyaltyStanding, loyaltyValue, readLedger } from '../loyalty/standing.ts';
import type { CompiledPrivacy } from '../model/compile-privacy.ts';
import type { JsonValue } from '../model/json.ts';
import { type LocalMoment, localDayOf, localMomentOf, momentShowing } from '../model/local-time.ts';
import type { Facet } from '../model/profile.ts';
import { DAY_MS, type EpochMs, MINUTE_MS } from '../model/time.ts';
import type { Zone } from '../model/zone.ts';
import { hasTag, tagsChangeAt } from '../profile/tags.ts';
import { usableConsent, usableTrait } from '../profile/usable-traits.ts';
import type { SegmentSet } from '../segments/compile.ts';
import { customerZone } from '../triggers/limits/customer-zone.ts';
import type { CompiledMessaging } from '../triggers/messaging.ts';

/** What is in force of what conditions ask about. */
export interface MomentDefinitions {
  readonly features: FeatureSet;
  readonly segments: SegmentSet;
  readonly loyalty?: CompiledProgram | undefined;
  /** Where customers' clocks are; absent where nobody asks for them. */
  readonly messaging?: Pick<CompiledMessaging, 'zones' | 'zone'> | undefined;
  /** What of people may be used; absent: everything. */
  readonly privacy?: CompiledPrivacy | undefined;
}

export interface MomentOptions {
  readonly facets: readonly Facet[];
  readonly now: EpochMs;
  readonly definitions: MomentDefinitions;
  /** The segments that the profile is in. */
  readonly members: ReadonlyMap<string, unknown>;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Absent members: nothing was looked at yet. */
const NO_MEMBERS: ReadonlyMap<string, unknown> = new Map();

/**
 * A profile at one moment, as conditions ask about it: features, traits, consents and tags over all of its facets, and the
 * segments that it is in. What is asked twice is computed once.
 */
export class ProfileMoment implements ProfileLookup {
  readonly now: EpochMs;
  readonly features: FeatureReader;
  readonly #options: MomentOptions;
  readonly #values = new Map<string, JsonValue | undefined>();
  #consents: Map<string, JsonValue | undefined> | undefined;
  #read: LedgerState | undefined;
  #local: LocalMoment | undefined;

  constructor(options: MomentOptions, features?: FeatureReader) {
    const { facets, now, definitions } = options;
    this.now = now;
    this.#options = options;
    this.features =
      features ?? new FeatureReader(definitions.features, { facets, now, trait: (name) => this.trait(name) });
  }

  /** The profile at a later moment, in these segments, as long as no event comes. */
  later(now: EpochMs, members: ReadonlyMap<string, unknown>): ProfileMoment {
    return new ProfileMoment({ ...this.#options, now, members }, this.features.later(now));
  }

  get lookup(): ProfileLookup {
    return this;
  }

  feature(name: string): JsonValue | undefined {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const value = comparable(this.features.read(name));
    this.#values.set(name, value);
    return value;
  }

  trait(name: string): JsonValue | undefined {
    const { facets, definitions } = this.#options;
    return usableTrait(facets, name, definitions.privacy);
  }

  consent(name: string): JsonValue | undefined {
    this.#consents ??= new Map();
    if (this.#consents.has(name)) return this.#consents.get(name);
    const { facets, definitions } = this.#options;
    const value = usableConsent(facets, name, definitions.privacy);
    this.#consents.set(name, value);
    return value;
  }

  tag(name: string): boolean {
    const { facets, now, definitions, members } = this.#options;
    const rule = definitions.segments.byName.get(name)?.definition.kind === 'tag';
    return (rule && members.has(name)) || hasTag(facets, name, now);
  }

  segment(name: string): boolean {
    return this.#options.members.has(name);
  }

  /** Points and tiers come out of the ledger; without a program there are none. */
  loyalty(name: string): JsonValue | undefined {
    const { loyalty: program } = this.#options.definitions;
    const ledger = this.#ledger;
    return program && ledger && loyaltyValue(loyaltyStanding(ledger, program, this.now), name);
  }

  get #ledger(): LedgerState | undefined {
    const { facets, definitions } = this.#options;
    const { loyalty: program } = definitions;
    if (program === undefined) return undefined;
    this.#read ??= readLedger(
      facets.map(({ ledger }) => ledger),
      program,
      this.now,
    );
    return this.#read;
  }

  /** What the customer's clock shows. */
  get local(): LocalMoment | undefined {
    this.#local ??= this.#zone && localMomentOf(this.#zone, this.now);
    return this.#local;
  }

  get #zone(): Zone | undefined {
    const { messaging } = this.#options.definitions;
    return messaging && customerZone(this, messaging);
  }

  changesAt(feature: string): EpochMs {
    return this.features.changesAt(feature);
  }

  get otherwise(): EpochMs {
    const { facets, definitions } = this.#options;
    const { asksTags, asksLoyalty } = definitions.segments.lists;
    // A ledger is replayed for this, so only where a segment goes by it.
    const pointsAt = asksLoyalty ? this.#ledger?.nextAt : undefined;
    const tagsAt = asksTags ? tagsChangeAt(facets, this.now) : NEVER;
    return Math.min(tagsAt, pointsAt ?? NEVER, this.#clockChangesAt);
  }

  /** When a clock shows a time next at which some segment may change. */
  get #clockChangesAt(): EpochMs {
    const { clockTimes } = this.#options.definitions.segments;
    const zone = clockTimes.length === 0 ? undefined : this.#zone;
    if (zone === undefined) return NEVER;
    const today = localDayOf(zone, this.now);
    let next = NEVER;
    for (const minutes of clockTimes)
      for (const day of [today, today + 1])
        next = Math.min(next, momentShowing(zone, day * DAY_MS + minutes * MINUTE_MS, this.now) ?? NEVER);
    return next;
  }
}

/** What conditions may ask about a profile of which no memberships are known. */
export function momentOf(options: Omit<MomentOptions, 'members'> & Partial<MomentOptions>): ProfileMoment {
  return new ProfileMoment({ members: NO_MEMBERS, ...options });
}
