import type { FeatureDefinition } from './feature.ts';
import type { IdentityPolicy } from './identity-policy.ts';
import type { JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';
import type { TriggerDefinition } from './trigger.ts';

/** A feature definition with the number that state uses for it; a changed definition gets a new number. */
export interface NumberedDefinition {
  readonly number: number;
  readonly definition: FeatureDefinition;
  readonly createdAt: EpochMs;
  /** True when it was there before the first event, so that it has missed nothing. */
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

/**
 * Digest of each kind as the definitions directory had it when it was last taken: a start takes a kind again only when
 * the directory itself has changed, so that it does not undo what was changed through the API.
 */
export interface DirectoryDigests {
  readonly features: string;
  readonly triggers: string;
  readonly identity: string;
  /** By name, so that of a changed kind only what changed in the directory is taken; absent in old entries. */
  readonly each?: {
    readonly features: Readonly<Record<string, string>>;
    readonly triggers: Readonly<Record<string, string>>;
  };
}

/** State entry `n/definitions`: what is in force in a partition. */
export interface DefinitionsEntry {
  readonly author: string;
  readonly nextNumber: number;
  readonly features: readonly NumberedDefinition[];
  /** What the features were written as; absent where each stands for itself. */
  readonly sources?: readonly VersionedSource[];
  readonly triggers: readonly VersionedTrigger[];
  readonly identity: VersionedPolicy;
  /** Absent until a directory was taken. */
  readonly directory?: DirectoryDigests;
}
