import type { AccessKeyChange } from './access-key.ts';
import type { CatalogChange, WaitedName } from './catalog.ts';
import type { CouponPoolDefinition } from './coupon.ts';
import type { DirectoryDigests, FeatureSource } from './definitions.ts';
import type {
  EraseCommand,
  ErasedCommand,
  ErasedRecord,
  EraseMessage,
  ForgetRecord,
  ForgottenMessage,
  ReturnedMessage,
} from './erasure-records.ts';
import type { Event } from './event.ts';
import type { EventSchemaDefinition } from './event-schema.ts';
import type { FeatureDefinition } from './feature.ts';
import type { MoveReason } from './identity.ts';
import type { IdentityPolicy } from './identity-policy.ts';
import type { LoyaltyProgram } from './loyalty.ts';
import type { MessagingDefinition } from './messaging.ts';
import type { PlacementDefinition } from './placement.ts';
import type { PrivacyDefinition } from './privacy.ts';
import type { CarriedMemory, FacetContent } from './profile.ts';
import type { FlagDecision, QualityDefinition } from './quality.ts';
import type { QuarantineAttemptsRecord, QuarantineRecord } from './quarantine-records.ts';
import type { ChosenItems } from './recommendation.ts';
import type { RetentionDefinition } from './retention.ts';
import type { SegmentDefinition } from './segment.ts';
import type { ServedAnswer } from './served-answer.ts';
import type { TemplateDefinition } from './template.ts';
import type { EpochMs } from './time.ts';
import type { CatalogMoment, Firing, TriggerDefinition } from './trigger.ts';
import type { ModelDefinition } from './value-model.ts';
import type { SendResult, WebhookDefinition } from './webhook.ts';

/** Where a record stands in a log: message sequence (dense, from 1) and index inside the packed message. */
export interface Position {
  readonly seq: number;
  readonly index: number;
}

/** A position, and the log that it is one of where there are several. */
export interface RecordPlace extends Position {
  /** Absent in the embedded form, which has one log. */
  readonly partition?: string;
}

/** The message that a place is in, as a text. */
export function nameOfMessage({ partition = '', seq }: RecordPlace): string {
  return `${partition}/${seq}`;
}

export function nameOfPlace(place: RecordPlace): string {
  return `${nameOfMessage(place)}.${place.index}`;
}

/** Everything that causes a change is one of these, in a log (law 4). */
export type LogRecord =
  | { readonly kind: 'event'; readonly event: Event }
  | RoutedRecord
  | QuarantineRecord
  | QuarantineAttemptsRecord
  | DefinitionsRecord
  | BackfillRecord
  | CommandRecord
  | CatalogRecord
  | WakeRecord
  | DeliveryRecord
  | ItemsRecord
  | ServedRecord
  | MomentRecord
  | ForgetRecord
  | ErasedRecord
  | StageMessage;

/** An event that ingest could send straight to its person's partition (or to the unattributed profile). */
export interface RoutedRecord {
  readonly kind: 'routed';
  readonly profile: string;
  readonly event: Event;
}

/**
 * The alarm of a profile is due: what changes by the passing of time changes at this place of the log. At least one record
 * comes for each alarm; the profile says whether the alarm still stands.
 */
export interface WakeRecord {
  readonly kind: 'wake';
  readonly profile: string;
  /** What the alarm was set to. */
  readonly at: EpochMs;
  /** The profile waits for an item to which this has happened; then the record is for no alarm. */
  readonly moment?: CatalogMoment;
  /** Where no profile is named: the version of what is looked at that everybody was woken for. */
  readonly under?: string;
}

/**
 * A wake record for no alarm: the profile is looked at because the definitions in force are others. One that names no
 * profile says that all profiles of the partition have been woken so.
 */
export const LOOK_ANEW: EpochMs = 0;

/** How far the profiles of a partition have been woken that wait for something that has happened in the catalog. */
export interface MomentRecord {
  readonly kind: 'moment';
  /** Of the state entry. */
  readonly key: string;
  /** The name whose list comes next, and the last key of it that was woken; absent: all are done. */
  readonly reached?: { readonly name: number; readonly after: string };
}

/** What became of an attempt to bring something to a webhook, or what an operator wants done with what nobody brings any more. */
export interface DeliveryRecord {
  readonly kind: 'delivery';
  readonly webhook: string;
  readonly step: DeliveryStep;
}

export type DeliveryStep =
  /** Of the entry with this id that was due then. */
  | { readonly type: 'sent'; readonly id: string; readonly due: EpochMs; readonly result: SendResult }
  /** Dead letters by their numbers are brought again. */
  | { readonly type: 'replay'; readonly numbers: readonly number[]; readonly author: string };

/** What was chosen for a firing whose message shows items: the recommender is asked outside the fold, and this is its answer. */
export interface ItemsRecord {
  readonly kind: 'items';
  readonly firing: string;
  readonly chosen: ChosenItems;
}

/** Recommendations that were answered; nothing comes of them but rows of history. */
export interface ServedRecord {
  readonly kind: 'served';
  readonly answers: readonly ServedAnswer[];
}

/** The complete set of definitions in force from this record on. */
export interface DefinitionsRecord {
  readonly kind: 'definitions';
  readonly author: string;
  readonly features: readonly FeatureDefinition[];
  /** What the features were written as; absent where each stands for itself. */
  readonly sources?: readonly FeatureSource[];
  readonly triggers: readonly TriggerDefinition[];
  /** Absent in records from before there were any: then what is in force stays. */
  readonly segments?: readonly SegmentDefinition[];
  readonly identity: IdentityPolicy;
  /** Null takes the program out of force; absent: it stays as it is. */
  readonly loyalty?: LoyaltyProgram | null;
  /** Null: what holds while nothing is said; absent: what is in force stays. */
  readonly messaging?: MessagingDefinition | null;
  /** As messaging. */
  readonly privacy?: PrivacyDefinition | null;
  /** As messaging. */
  readonly quality?: QualityDefinition | null;
  /** Absent: those in force stay. */
  readonly models?: readonly ModelDefinition[];
  /** Absent, of each of these: those in force stay. */
  readonly templates?: readonly TemplateDefinition[];
  readonly webhooks?: readonly WebhookDefinition[];
  readonly coupons?: readonly CouponPoolDefinition[];
  readonly placements?: readonly PlacementDefinition[];
  readonly retention?: readonly RetentionDefinition[];
  readonly schemas?: readonly EventSchemaDefinition[];
  /** What the directory held when this record was made from it; absent for a change by other means. */
  readonly directory?: DirectoryDigests;
}

/**
 * A step of filling features from history. `request` is what somebody asked for, so that it outlives a wait; `begin` is
 * the cut: from there on state gathers under a number of its own, `states` bring what was before, `end` puts that number
 * in the place of the old one. The id is the job's.
 */
export interface BackfillRecord {
  readonly kind: 'backfill';
  readonly id: string;
  readonly step: BackfillStep;
}

export type BackfillStep =
  | {
      readonly type: 'request' | 'begin';
      readonly author: string;
      /** The definition whose features these are. */
      readonly source: string;
      readonly features: readonly string[];
    }
  | BackfillStates
  | { readonly type: 'end' }
  | { readonly type: 'cancel' };

/** What some facets held before the cut, ascending by id. */
export interface BackfillStates {
  readonly type: 'states';
  /** The last facet of the record before this one; empty at first. */
  readonly after: string;
  readonly facets: readonly BackfilledFacet[];
}

export interface BackfilledFacet {
  /** As history calls it: `key`, or `key~epoch`. */
  readonly id: string;
  /** The facet as features/encode.ts writes it. */
  readonly facet: unknown;
}

/** What an operator asked for: an action has its place in the log, so that a replay sees it there. */
export interface CommandRecord {
  readonly kind: 'command';
  readonly author: string;
  readonly command: IdentityCommand;
}

/** Goods, stock or stores as a system that keeps them says they are. */
export interface CatalogRecord {
  readonly kind: 'catalog';
  readonly author: string;
  readonly change: CatalogChange;
}

/** Identifiers are written `type:hash`. */
export type IdentityCommand =
  /** The people who hold these become one, whatever limits say. */
  | { readonly type: 'merge'; readonly identifiers: readonly [string, string] }
  /**
   * The identifier leaves its person, with everything that is linked to the person only through it. What remains is
   * the part that holds `from`, or else the strongest other identifier.
   */
  | { readonly type: 'split'; readonly identifier: string; readonly from?: string }
  | {
      readonly type: 'decide';
      readonly review: number;
      readonly decision: 'approve' | 'reject';
      readonly note: string;
    }
  /** What somebody says of a flag of the quality report. */
  | { readonly type: 'settle_flag'; readonly flag: string; readonly decision: FlagDecision }
  /** A key that the engine has made: its digest, what it may do, and what becomes of it. */
  | { readonly type: 'key'; readonly change: AccessKeyChange }
  /** Codes for a pool of coupons; those that it has had already are left out. */
  | { readonly type: 'add_codes'; readonly pool: string; readonly codes: readonly string[] }
  | EraseCommand
  | ErasedCommand;

/** Envelope of what travels between stages and partitions: n is dense per (from, to). */
export interface StageMessage {
  readonly kind: 'message';
  readonly from: string;
  readonly n: number;
  readonly body: MessageBody;
}

export type MessageBody =
  | EventMessage
  | MoveMessage
  | TransferMessage
  | ConfirmMessage
  | SeenMessage
  | ReferralDueMessage
  | StatesMessage
  | CatalogMessage
  | MomentMessage
  | DrawMessage
  | DrawnMessage
  | DeliverMessage
  | InForceMessage
  | EraseMessage
  | ForgottenMessage
  | ReturnedMessage
  | { readonly type: 'erased' };

/** An event has said something of the catalog. */
export interface CatalogMessage {
  readonly type: 'catalog';
  readonly change: CatalogChange;
}

/** Something has happened in the catalog for which profiles may be waiting, under any of these names. */
export interface MomentMessage {
  readonly type: 'moment';
  readonly version: number;
  readonly n: number;
  readonly moment: CatalogMoment;
  readonly names: readonly WaitedName[];
}

/** A firing asks identity for a code: one order for all partitions, so that no code goes to two. */
export interface DrawMessage {
  readonly type: 'draw';
  readonly firing: string;
  readonly pool: string;
  readonly profile: string;
  /** The facet that will hold the coupon. */
  readonly facet: string;
  /** Until when the code can be used; 0: always. */
  readonly expires: EpochMs;
}

/** The answer, to the partition where the firing waits. */
export interface DrawnMessage extends Omit<DrawMessage, 'type'> {
  readonly type: 'drawn';
  /** Absent: none was left. */
  readonly code?: string;
}

/** A decision for a webhook, whose endpoint was not at hand where it was made. */
export interface DeliverMessage {
  readonly type: 'deliver';
  readonly webhook: string;
  readonly firing: Firing;
}

/** What one facet held before a cut, on its way to the place of the facet. */
export interface StatesMessage {
  readonly type: 'states';
  readonly profile: string;
  /** As identity knows the facet: `key`, or `key~epoch` where it is closed. */
  readonly facet: string;
  readonly epoch: number;
  readonly content: unknown;
  /** How often it was passed on because its facet had moved; absent at first. */
  readonly hops?: number;
}

/** Identity tells every partition of people what is in force from here on. */
export interface InForceMessage {
  readonly type: 'in_force';
  readonly record: DefinitionsRecord | BackfillRecord;
}

/** A profile was active: identity hears of it at most once a week per profile. */
export interface SeenMessage {
  readonly type: 'seen';
  readonly profile: string;
  /** Time of the event. */
  readonly at: EpochMs;
}

/** An order of somebody who was invited has stood its return window: whoever invited them may be credited. */
export interface ReferralDueMessage {
  readonly type: 'referral_due';
  /** The identifier by which they were invited, `type:hash`. */
  readonly invitee: string;
}

/** The new place has absorbed: identity repoints the facets that the move named. */
export interface ConfirmMessage {
  readonly type: 'confirm';
  readonly move: number;
  readonly at: string;
}

/** An event on its way to the place of its facet. */
export interface EventMessage {
  readonly type: 'event';
  readonly profile: string;
  readonly event: Event;
  /** How often it was passed on because its facet had moved; absent at first. */
  readonly hops?: number;
  /** How often it came back to identity; absent at first. */
  readonly returns?: number;
  /** Where ingest put it: whoever waits for the event knows it by that place. */
  readonly origin?: RecordPlace;
}

/**
 * Identity asks the partition of `from` to freeze facets and send them to `to`: of a merge everything, of a split the
 * named ones, of an epoch their deduplication ids only, while what they hold is closed (`facet~epoch`) and stays.
 */
export interface MoveMessage {
  readonly type: 'move';
  readonly move: number;
  readonly reason: MoveReason;
  readonly from: string;
  readonly to: string;
  readonly facets: readonly string[];
  /** Of an epoch: the number of each facet from here on; what is closed gets the one before. */
  readonly epochs?: Readonly<Record<string, number>>;
}

/** The facets on their way, with the header part that travels along. */
export interface TransferMessage extends CarriedMemory {
  readonly type: 'transfer';
  readonly reason: MoveReason;
  readonly move: number;
  readonly from: string;
  readonly to: string;
  /** What the move named: also facets that the old place did not hold, whose events come here from now on. */
  readonly named: readonly string[];
  readonly facets: readonly FacetContent[];
  /** Latest event time that identity was told of, where the whole person travels; 0 otherwise. */
  readonly seenAt: EpochMs;
}
