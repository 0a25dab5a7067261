import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { NaiveWorld } from './naive-person.ts';
import {
  lastingFeatures,
  lastingSegments,
  lastingTriggers,
  messaging,
  timedFeatures,
  timedSegments,
  timedTriggers,
} from './trigger-definitions.ts';

function numbered(features: readonly FeatureDefinition[]): NaiveWorld['features'] {
  return features.map((definition, number) => ({ number, definition, createdAt: 0, origin: true }));
}

/** Nothing whose moment is lost when a wake comes late. */
export const lastingWorld: NaiveWorld = {
  features: numbered(lastingFeatures),
  segments: lastingSegments,
  triggers: lastingTriggers,
  messaging,
};

/** Everything. */
export const timedWorld: NaiveWorld = {
  features: numbered([...lastingFeatures, ...timedFeatures]),
  segments: [...lastingSegments, ...timedSegments],
  triggers: [...lastingTriggers, ...timedTriggers],
  messaging,
};

/**
 * Whoever is taken apart again has days that were not planned before, and of the event that they are counted from the engine has
 * kept the time alone: so none of these triggers asks anything else of it.
 */
export function withoutEventsOfDays(world: NaiveWorld): NaiveWorld {
  const triggers = world.triggers.map((trigger) => {
    const { when: _, ...rest } = trigger;
    return 'calendar' in trigger.on ? rest : trigger;
  });
  return { ...world, triggers };
}
