import type { CouponPoolDefinition } from './coupon.ts';
import type { JournalHead } from './definition-journal.ts';
import type { EventSchemaDefinition } from './event-schema.ts';
import type { FeatureDefinition } from './feature.ts';
import type { IdentityPolicy } from './identity-policy.ts';
import type { JsonObject } from './json.ts';
import type { LoyaltyProgram } from './loyalty.ts';
import type { VersionedMessaging } from './messaging.ts';
import type { PlacementDefinition } from './placement.ts';
import type { VersionedPrivacy } from './privacy.ts';
import type { VersionedQuality } from './quality.ts';
import type { Position } from './record.ts';
import type { RetentionDefinition } from './retention.ts';
import type { VersionedSegment } from './segment.ts';
import type { TemplateDefinition } from './template.ts';
import type { EpochMs } from './time.ts';
import type { TriggerDefinition } from './trigger.ts';
import type { VersionedModel } from './value-model.ts';
import type { WebhookDefinition } from './webhook.ts';

/** A feature definition with the number that state uses for it; a changed definition gets a new number. */
export interface NumberedDefinition {
  readonly number: number;
  readonly definition: FeatureDefinition;
  readonly createdAt: EpochMs;
  /** True when it has missed nothing: it was there before the first event, or was filled from history. */
  readonly origin: boolean;
}

/** A feature definition as its author wrote it: one with `windows` stands for several features. */
export interface FeatureSource {
  readonly definition: JsonObject & { readonly name: string };
  /** Names of the features that it stands for. */
  readonly features: readonly string[];
}

export interface VersionedSource extends FeatureSource {
  /** Hash of its text. */
  readonly version: string;
  readonly author: string;
  readonly since: EpochMs;
}

/** A trigger with the version (hash of its text) that the ids of its decisions derive from. */
export interface VersionedTrigger {
  readonly version: string;
  readonly definition: TriggerDefinition;
  /** Absent where it was taken before authors were kept. */
  readonly author?: string;
  readonly since?: EpochMs;
  /** What was remembered before the last time counts no more; absent where it was never switched on again. */
  readonly restarts?: TriggerRestarts;
}

/** How often a trigger was switched on again, and when the last time, by the clock of the partition's log. */
export interface TriggerRestarts {
  /** The same in every partition, which the time is not. */
  readonly times: number;
  readonly at: EpochMs;
}

/** A definition with its version (hash of its text), whoever brought it and when. */
export interface Versioned<Definition> {
  readonly version: string;
  readonly definition: Definition;
  readonly author?: string;
  readonly since?: EpochMs;
}

/** The identity policy with what is known of its last change. */
export interface VersionedPolicy {
  /** Hash of its text. */
  readonly version: string;
  /** Name of the key, or the directory, that brought it. */
  readonly author: string;
  /** Append time of the record that put it in force. */
  readonly since: EpochMs;
  readonly definition: IdentityPolicy;
}

/** The loyalty program with what is known of its last change. */
export interface VersionedLoyalty {
  /** Hash of its text. */
  readonly version: string;
  readonly author: string;
  readonly since: EpochMs;
  readonly definition: LoyaltyProgram;
}

/**
 * Digest of each kind as the definitions directory had it when it was last taken: a start takes a kind again only when
 * the directory itself has changed, so that it does not undo what was changed through the API.
 */
export interface DirectoryDigests {
  readonly features: string;
  readonly triggers: string;
  readonly identity: string;
  /** Absent where it was taken before there were segments. */
  readonly segments?: string;
  /** Absent where it was taken before there were templates and pools of coupons. */
  readonly templates?: string;
  readonly coupons?: string;
  /** Absent where it was taken before there were placements. */
  readonly placements?: string;
  /** Absent where the directory had no rules of retention. */
  readonly retention?: string;
  /** Absent where the directory had no event schemas. */
  readonly schemas?: string;
  /** Absent where the directory had no loyalty program. */
  readonly loyalty?: string;
  /** Absent where the directory said nothing of messages as a whole. */
  readonly messaging?: string;
  /** Absent where the directory said nothing of privacy. */
  readonly privacy?: string;
  /** Absent where the directory said nothing of the quality of data. */
  readonly quality?: string;
  /** By name, so that of a changed kind only what changed in the directory is taken; absent in old entries. */
  readonly each?: {
    readonly features: Readonly<Record<string, string>>;
    readonly triggers: Readonly<Record<string, string>>;
    readonly segments?: Readonly<Record<string, string>>;
    readonly templates?: Readonly<Record<string, string>>;
    readonly coupons?: Readonly<Record<string, string>>;
    readonly placements?: Readonly<Record<string, string>>;
    readonly retention?: Readonly<Record<string, string>>;
    readonly schemas?: Readonly<Record<string, string>>;
  };
}

/** Features that are being filled from history; readers see the old number until the new one is complete. */
export interface BackfillInForce {
  /** Id of the job. */
  readonly id: string;
  readonly author: string;
  /** The definition whose features these are. */
  readonly source: string;
  /** Place and append time of the record that began it: what came before it is in history. */
  readonly cut: Position;
  readonly since: EpochMs;
  readonly features: readonly {
    readonly name: string;
    /** Gathers state from the cut on. */
    readonly number: number;
    /** Answers meanwhile. */
    readonly replaces: number;
  }[];
}

/** A backfill that was asked for and has not begun. */
export interface BackfillRequested {
  /** Id of the job. */
  readonly id: string;
  readonly author: string;
  readonly source: string;
  /** Names of the features. */
  readonly features: readonly string[];
}

/** State entry `n/backfill`: facets up to this one have what they held before the cut. */
export interface BackfillCursor {
  readonly id: string;
  /** Empty before the first. */
  readonly facet: string;
}

/** State entry `n/definitions`: what is in force in a partition. */
export interface DefinitionsEntry {
  readonly author: string;
  readonly nextNumber: number;
  readonly features: readonly NumberedDefinition[];
  /** What the features were written as; absent where each stands for itself. */
  readonly sources?: readonly VersionedSource[];
  readonly triggers: readonly VersionedTrigger[];
  /** Absent where nothing ever said of any. */
  readonly segments?: readonly VersionedSegment[];
  readonly identity: VersionedPolicy;
  /** Absent while there is no loyalty program. */
  readonly loyalty?: VersionedLoyalty;
  /** Absent while nothing was said of messages as a whole. */
  readonly messaging?: VersionedMessaging;
  /** Absent while nothing was said of privacy. */
  readonly privacy?: VersionedPrivacy;
  /** Absent while nothing was said of the quality of data. */
  readonly quality?: VersionedQuality;
  /** Absent, of each of these, where nothing ever said of any. */
  readonly templates?: readonly Versioned<TemplateDefinition>[];
  readonly webhooks?: readonly Versioned<WebhookDefinition>[];
  readonly coupons?: readonly Versioned<CouponPoolDefinition>[];
  readonly placements?: readonly Versioned<PlacementDefinition>[];
  readonly retention?: readonly Versioned<RetentionDefinition>[];
  /** Asked by ingest before the log, never by a fold: what is in the log has fitted what held then. */
  readonly schemas?: readonly Versioned<EventSchemaDefinition>[];
  /** What was fitted to history, for derived features to ask; absent while there are none. */
  readonly models?: readonly VersionedModel[];
  /** Present while features are being filled. */
  readonly backfill?: BackfillInForce;
  /** Backfills that wait for their turn, one for a definition, in the order in which they were asked for; absent while there are none. */
  readonly requested?: readonly BackfillRequested[];
  /** Absent until a directory was taken. */
  readonly directory?: DirectoryDigests;
  /** What is kept of what was in force before; absent where that is kept elsewhere, or nothing has changed yet. */
  readonly journal?: JournalHead;
}
