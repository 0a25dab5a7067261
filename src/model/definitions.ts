import type { FeatureDefinition } from './feature.ts';
import type { IdentityPolicy } from './identity-policy.ts';
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

/** A trigger with the version (hash of its text) that the ids of its decisions derive from. */
export interface VersionedTrigger {
  readonly version: string;
  readonly definition: TriggerDefinition;
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
}

/** State entry `n/definitions`: what is in force in a partition. */
export interface DefinitionsEntry {
  readonly author: string;
  readonly nextNumber: number;
  readonly features: readonly NumberedDefinition[];
  readonly triggers: readonly VersionedTrigger[];
  readonly identity: VersionedPolicy;
  /** Absent until a directory was taken. */
  readonly directory?: DirectoryDigests;
}
