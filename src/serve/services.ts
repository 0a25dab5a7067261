import type { Outcome } from '../model/effect.ts';
import type { FeatureValue } from '../model/feature.ts';
import type { JsonObject } from '../model/json.ts';
import type { IdentityCommand } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { AccessKeyDesk } from './access-key-service.ts';
import type { Analytics } from './analytics-service.ts';
import type { AuditService, MasterKeyService } from './audit-service.ts';
import type { Backtests } from './backtest-service.ts';
import type { BackupService } from './backup-service.ts';
import type { CatalogService } from './catalog-service.ts';
import type { Consents, Sharing } from './consent-service.ts';
import type { Conservation, IntakeAccount } from './conservation-service.ts';
import type { DataQuality } from './data-quality-service.ts';
import type { DecisionsRequest, ExplainTrigger, PreviewTrigger } from './decision-service.ts';
import type { DefinitionVersions } from './definition-versions-service.ts';
import type { Disclosure } from './disclosure.ts';
import type { EventHub } from './event-hub.ts';
import type { EventTraces } from './event-trace-service.ts';
import type { EventsOfProfile } from './events-of-profile-service.ts';
import type { PreviewFeature } from './feature-preview-service.ts';
import type { Coupons, Webhooks } from './outgoing-service.ts';
import type { Parity } from './parity-report.ts';
import type { PastProfiles } from './past-profiles.ts';
import type { PersonRightsServices } from './person-rights-service.ts';
import type { Points } from './points-service.ts';
import type { Quality } from './quality-service.ts';
import type { QuarantineReader, QuarantineReplay } from './quarantine-service.ts';
import type { RecommendationService } from './recommendation-service.ts';
import type { SchemaService } from './schema-service.ts';
import type { Segments, Tags } from './segment-service.ts';
import type { IdentitySimulation } from './simulation-service.ts';
import type { Steering } from './steering-service.ts';
import type { FiringHub, ProfileHub } from './stream-service.ts';
import type { TriggerResults } from './trigger-results-service.ts';

/** What `GET /v1/profiles/…` answers. Times are epoch milliseconds. */
export interface ProfileView {
  readonly profile_id: string;
  readonly kind: string;
  /** By type, masked unless the reader may see personal data. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  readonly traits: JsonObject;
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly segments: readonly string[];
  readonly tags: readonly string[];
  readonly lifecycle: string | null;
  readonly consents: JsonObject;
  /** Traits that are kept and may not be used, with the reason: `no_purpose`, `pending_notice`, `no_consent`. Absent while there are none. */
  readonly withheld?: Readonly<Record<string, string>>;
  readonly loyalty: JsonObject | null;
  /** The newest first; absent while there are none. */
  readonly coupons?: readonly JsonObject[];
  readonly first_seen: EpochMs | null;
  readonly last_seen: EpochMs | null;
}

export interface ReadOptions {
  /** True when the key holds the scope `pii`: identifiers and personal traits in clear. */
  readonly reveal: boolean;
  /** Notes what was shown in clear, for the audit log. */
  readonly disclosed?: Disclosure;
  /** Names of the features to compute; all of them where it is absent. */
  readonly features?: ReadonlySet<string>;
}

export interface ProfilePage {
  readonly profiles: readonly ProfileView[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: string;
}

export interface ProfileReader {
  /** Follows forwards: an old id answers the profile that it was merged into. */
  byId(id: string, options: ReadOptions): Promise<ProfileView | undefined>;
  /** `type` is `phone` or `wechat_openid@wx123`; the value is normalized as at ingest. */
  byIdentifier(type: string, value: string, options: ReadOptions): Promise<ProfileView | undefined>;
  /** Profiles in order of their ids, after the cursor (empty: from the start). */
  list(after: string, limit: number, options: ReadOptions): Promise<ProfilePage>;
  /** The sum of what nobody can be named for. */
  unattributed(options: ReadOptions): Promise<ProfileView>;
}

/** One read-only query against history; fails with `sql_error` or `history_unavailable`. */
export interface HistoryQuery {
  query(sql: string, format: string): Promise<string>;
}

export interface HistoryPage {
  readonly rows: readonly JsonObject[];
  readonly next?: string;
}

/** Rows of history that routes show, newest first; `before` is the cursor of the previous page. */
export interface HistoryRows {
  events(profileId: string, page: PageRequest): Promise<HistoryPage>;
  /** Also those about profiles that belong to this one now. */
  decisions(request: DecisionsRequest): Promise<HistoryPage>;
}

export interface PageRequest {
  readonly limit: number;
  readonly before?: string;
}

/** A definition as the API shows it. */
export interface NamedDefinition extends JsonObject {
  readonly name: string;
}

/** What the API may change of a kind. */
export interface DefinitionEditor {
  /** The definition with its defaults; fails with `invalid_definition`, or `not_found` where the name cannot be. */
  check(name: string, body: JsonObject, keep?: boolean): NamedDefinition;
  /** What is odd about a checked definition, though not wrong. */
  warnings?(definition: NamedDefinition): readonly string[];
  /** True where `keep` leaves what a change replaces readable. */
  readonly keeps?: true;
  /** What is in force again once a definition is deleted; undefined where nothing is, and it is removed. */
  original(name: string): NamedDefinition | undefined;
  /** Puts a checked definition in force, waits until it is, and answers it with version, author and since. */
  put(definition: NamedDefinition, author: string, keep?: boolean): Promise<NamedDefinition>;
  /** Absent where there is always an original. */
  remove?(name: string, author: string): Promise<void>;
  /** Absent where definitions of the kind cannot be switched off. */
  readonly switch?: DefinitionSwitch;
}

/** Definitions that are kept while they are off. Both fail with `not_found`. */
export interface DefinitionSwitch {
  /** The definition as it would be. */
  plan(name: string, on: boolean): NamedDefinition;
  /** Answers as `put` does; what else has changed of the definition meanwhile stays. */
  turn(name: string, on: boolean, author: string): Promise<NamedDefinition>;
}

export interface DefinitionKind {
  /** Definitions in force; of kinds with an editor, with version, author and since. */
  list(): readonly NamedDefinition[];
  /** What a definition stands for under a name of its own, as `views` does for `views_1h`; names it as `part_of`. */
  part?(name: string): NamedDefinition | undefined;
  /** Absent where definitions of the kind come from the directory alone. */
  readonly editor?: DefinitionEditor;
}

export interface Definitions {
  /** By the name of the kind in the address. */
  kind(name: string): DefinitionKind | undefined;
}

export interface Readiness {
  readonly ok: boolean;
  /** Why not, or what does not work while the rest does, in words without personal data. */
  readonly reasons: readonly string[];
  /** Messages or rows that each reader is behind. */
  readonly lag: Readonly<Record<string, number>>;
}

export interface Health {
  ready(): Readiness | Promise<Readiness>;
}

export interface StateDigest {
  /** A digest over all state entries: equal on two engines exactly when their states are. */
  digest(): Promise<{ readonly digest: string; readonly entries: number }>;
}

/** An identifier as answers show it. */
export interface ShownIdentifier {
  /** `type:hash`: what history calls it, and what the edges of the graph name. */
  readonly identifier: string;
  readonly type: string;
  /** Masked unless the reader may see personal data; null where it cannot be opened any more. */
  readonly value: string | null;
}

/** Why an identifier belongs to its person: one event that carried it together with another one. */
export interface ShownEvidence {
  /** The other identifier, `type:hash`; null where the event carried this one alone. */
  readonly with: string | null;
  readonly rule: string;
  readonly source: string;
  readonly event_id: string;
  readonly at: EpochMs;
}

export interface LinkedIdentifier extends ShownIdentifier {
  readonly verified: boolean;
  readonly valid_from: EpochMs;
  readonly alias: boolean;
  readonly shared: boolean;
  readonly blocked: boolean;
  readonly evidence: readonly ShownEvidence[];
  /** Who held it before, oldest first. */
  readonly past: readonly {
    readonly profile_id: string;
    readonly valid_from: EpochMs;
    readonly valid_to: EpochMs;
    readonly reason: string;
  }[];
}

export interface ShownFacet {
  readonly facet_id: string;
  /** Identifiers that decide with whom the facet goes when its person is taken apart, `type:hash`. */
  readonly identifiers: readonly string[];
  /** True for what was held before a sign-out, a recycled number or a device found to be shared. */
  readonly closed: boolean;
  /** Absent where the facet was folded into another one, or is on its way. */
  readonly events?: number;
}

/** What `GET /v1/profiles/…/identity` answers. */
export interface IdentityView {
  readonly profile_id: string;
  readonly identifiers: readonly LinkedIdentifier[];
  readonly facets: readonly ShownFacet[];
  /** Profiles that were merged into this one. */
  readonly merged: readonly string[];
  /** Profiles that an operator took apart from this one. */
  readonly apart: readonly string[];
  /** Devices, cards and cookies that it uses, and others too: they link nobody. */
  readonly shared_with_others: readonly ShownIdentifier[];
  /** True where old facets were folded into one: that part can no longer be taken apart. */
  readonly split_limited: boolean;
}

export interface ReviewView {
  readonly n: number;
  readonly kind: string;
  readonly status: string;
  readonly identifiers: readonly ShownIdentifier[];
  /** The two people when the question came up; old ids answer whom they belong to now. */
  readonly people: readonly string[];
  readonly reason: string;
  readonly source: string;
  readonly event_id: string;
  readonly at: EpochMs;
  readonly age_ms: number;
  readonly expires_at: EpochMs;
  readonly decided_by?: string;
  readonly decided_at?: EpochMs;
  readonly note?: string;
}

export interface ReviewRequest {
  readonly status?: string;
  readonly kind?: string;
  readonly limit: number;
  /** Number of the last review of the previous page. */
  readonly after: number;
}

export interface ReviewPage {
  readonly reviews: readonly ReviewView[];
  readonly open: number;
  readonly next?: number;
}

/** The identity graph and the review queue, out of committed state. */
export interface IdentityReader {
  /** Follows merges, as profiles do. */
  byId(id: string, options: ReadOptions): Promise<IdentityView | undefined>;
  byIdentifier(type: string, value: string, options: ReadOptions): Promise<IdentityView | undefined>;
  /** Oldest first. */
  reviews(request: ReviewRequest, options: ReadOptions): Promise<ReviewPage>;
  review(n: number, options: ReadOptions): Promise<ReviewView | undefined>;
  /** Identifiers by `type:hash`, in their order, whoever holds them. */
  show(identifiers: readonly string[], options: ReadOptions): Promise<readonly ShownIdentifier[]>;
}

/** What operators change; see `runner/commands.ts`. */
export interface IdentityCommands {
  run(author: string, command: IdentityCommand): Promise<Outcome>;
}

/** An identifier as people write it, made comparable, or why it is none. */
export type FindIdentifier = (
  type: string,
  value: string,
) => { readonly type: string; readonly hash: string } | { readonly code: string; readonly message: string };

export interface JobProgress {
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  readonly note: string;
}

/** Calls are cheap; the latest one counts. */
export type ReportProgress = (progress: JobProgress) => void;

export interface JobRequest {
  readonly kind: string;
  readonly author: string;
  /** Of a job that goes on after a restart; absent where it begins. */
  readonly id?: string;
  /** Ends soon after the signal, by an error or otherwise. The reason of the signal tells a stop from a cancellation. */
  run(report: ReportProgress, signal: AbortSignal, id: string): Promise<JsonObject>;
  /** Takes back what a restart would go on with, of a job that was canceled before it ran. May be called again. */
  withdraw?(id: string): Promise<void>;
}

export interface JobView {
  readonly id: string;
  readonly kind: string;
  readonly author: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed' | 'canceled';
  readonly progress: JobProgress;
  readonly created_at: EpochMs;
  readonly started_at: EpochMs | null;
  readonly finished_at: EpochMs | null;
  readonly result?: JsonObject;
  readonly error?: { readonly code: string; readonly detail: string };
}

/** Background work. Jobs do not survive a restart of the engine, except those that record what they are to do. */
export interface Jobs {
  /** Fails with `too_many_requests` while all that may be kept are unfinished. */
  create(request: JobRequest): JobView;
  get(id: string): JobView | undefined;
  /** Newest first. */
  list(): readonly JobView[];
  /** Fails where what a restart would go on with could not be taken back: then it is to be asked again. */
  cancel(id: string): Promise<JobView | undefined>;
}

/** Fills features from history. */
export interface Backfills {
  /**
   * The job that does it, or is doing it already; once it is answered, a restart knows of it. `name` is that of a definition,
   * or of one of its windows. Fails with `not_found`, `feature_complete` or `feature_derived`, and as appends do.
   */
  start(name: string, author: string): Promise<JobView>;
}

/** Fits models to history. */
export interface Fits {
  /**
   * The job that does it, or is doing it already; its result is the model in force. Fails with `invalid_parameter` where
   * the body asks for what there is not.
   */
  start(name: string, body: JsonObject, author: string): JobView;
}

/** Everything that the read routes need; the composition root builds it. */
export interface ReadServices extends PersonRightsServices {
  readonly profiles: ProfileReader;
  readonly past: PastProfiles;
  readonly firings: FiringHub;
  readonly changes: ProfileHub;
  readonly events: EventHub;
  readonly eventsOfProfile: EventsOfProfile;
  readonly eventTraces: EventTraces;
  readonly sql: HistoryQuery;
  readonly history: HistoryRows;
  readonly explainTrigger: ExplainTrigger;
  readonly previewTrigger: PreviewTrigger;
  readonly previewFeature: PreviewFeature;
  readonly quarantine: QuarantineReader;
  readonly quarantineReplays: QuarantineReplay;
  readonly definitions: Definitions;
  readonly definitionVersions: DefinitionVersions;
  readonly schemas: SchemaService;
  readonly health: Health;
  readonly state: StateDigest;
  readonly identity: IdentityReader;
  readonly findIdentifier: FindIdentifier;
  readonly commands: IdentityCommands;
  readonly jobs: Jobs;
  readonly backfills: Backfills;
  readonly backtests: Backtests;
  readonly triggerResults: TriggerResults;
  readonly analytics: Analytics;
  readonly fits: Fits;
  readonly points: Points;
  readonly simulation: IdentitySimulation;
  readonly quality: Quality;
  readonly dataQuality: DataQuality;
  readonly steering: Steering;
  readonly parity: Parity;
  readonly conservation: Conservation;
  /** What requests of this process brought. */
  readonly intake: IntakeAccount;
  readonly segments: Segments;
  readonly tags: Tags;
  readonly consents: Consents;
  readonly sharing: Sharing;
  readonly catalog: CatalogService;
  readonly recommendations: RecommendationService;
  readonly webhooks: Webhooks;
  readonly coupons: Coupons;
  readonly accessKeys: AccessKeyDesk;
  readonly audit: AuditService;
  readonly masterKey: MasterKeyService;
  readonly backups: BackupService;
}
