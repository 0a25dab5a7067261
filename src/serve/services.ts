import type { FeatureDefinition, FeatureValue } from '../model/feature.ts';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { Firing, TriggerDefinition } from '../model/trigger.ts';

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
  readonly loyalty: JsonObject | null;
  readonly first_seen: EpochMs | null;
  readonly last_seen: EpochMs | null;
}

export interface ReadOptions {
  /** True when the key holds the scope `pii`: identifiers and personal traits in clear. */
  readonly reveal: boolean;
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

/** What a client that comes back has missed. */
export interface FiringBacklog {
  readonly firings: readonly Firing[];
  /** True when the id is no longer known, so that firings before the first of these may be missing. */
  readonly gap: boolean;
}

export interface FiringHub {
  /** Firings after the one with this id; nothing without an id: the stream then starts now. */
  since(id: string | undefined): FiringBacklog;
  /** Calls back, in order, for each new firing. Returns the way to stop. The listener must not throw. */
  subscribe(listener: (firing: Firing) => void): () => void;
}

/** One read-only query against history; fails with `sql_error` or `history_unavailable`. */
export interface HistoryQuery {
  query(sql: string, format: string): Promise<string>;
}

export interface KeptEvent {
  readonly id: string;
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly sealed: string;
}

export interface HistoryPage {
  readonly rows: readonly JsonObject[];
  readonly next?: string;
}

/** Rows of history that routes show, newest first; `before` is the cursor of the previous page. */
export interface HistoryRows {
  events(profileId: string, page: PageRequest): Promise<HistoryPage>;
  quarantine(code: string | undefined, page: PageRequest): Promise<HistoryPage>;
  /** Kept events with their sealed text, oldest first. */
  kept(request: ReplayRequest): Promise<readonly KeptEvent[]>;
}

/** Which kept events to send on their way again: by id, or by the code that stood against them. */
export interface ReplayRequest {
  readonly ids?: readonly string[];
  readonly code?: string;
  readonly limit: number;
}

export interface QuarantineReplay {
  replay(request: ReplayRequest): Promise<readonly JsonObject[]>;
}

export interface PageRequest {
  readonly limit: number;
  readonly before?: string;
}

export interface Definitions {
  features(): readonly FeatureDefinition[];
  triggers(): readonly TriggerDefinition[];
}

export interface Readiness {
  readonly ok: boolean;
  /** Why not, in words without personal data; empty when ready. */
  readonly reasons: readonly string[];
  /** Messages or rows that each reader is behind. */
  readonly lag: Readonly<Record<string, number>>;
}

export interface Health {
  ready(): Readiness;
}

export interface StateDigest {
  /** A digest over all state entries: equal on two engines exactly when their states are. */
  digest(): Promise<{ readonly digest: string; readonly entries: number }>;
}

/** Everything that the read routes need; the composition root builds it. */
export interface ReadServices {
  readonly profiles: ProfileReader;
  readonly firings: FiringHub;
  readonly sql: HistoryQuery;
  readonly history: HistoryRows;
  readonly quarantine: QuarantineReplay;
  readonly definitions: Definitions;
  readonly health: Health;
  readonly state: StateDigest;
}
