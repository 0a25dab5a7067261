import type { FeatureDefinition } from './feature.ts';
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

/** State entry `n/definitions`: what is in force in a partition. */
export interface DefinitionsEntry {
  readonly author: string;
  readonly nextNumber: number;
  readonly features: readonly NumberedDefinition[];
  readonly triggers: readonly VersionedTrigger[];
}
