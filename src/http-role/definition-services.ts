import { createDefinitionKinds, type DefinitionKindsOptions } from '../definitions/definition-kinds.ts';
import { createDefinitionVersions } from '../definitions/definition-versions.ts';
import { webhookSurroundings } from '../desks/outgoing-desks.ts';
import { createFeaturePreview } from '../desks/profile-history/feature-preview.ts';
import { createTriggerPreview } from '../desks/trigger-preview.ts';
import { assert } from '../errors.ts';
import type { HttpParts } from '../http-role.ts';
import { createEntryCodec } from '../runner/codec.ts';
import type { ReadServices } from '../serve/services.ts';

/** What is in force, to be listed and changed, what it was, and what a draft would be. */
export function createDefinitionServices(
  parts: HttpParts,
  checks: Pick<DefinitionKindsOptions, 'checkPaths' | 'eventSchemas'>,
): Pick<ReadServices, 'definitions' | 'definitionVersions' | 'previewTrigger' | 'previewFeature'> {
  const kinds = createDefinitionKinds({ ...parts, ...checks, webhooks: webhookSurroundings(parts) });
  const triggers = kinds.kind('triggers');
  const features = kinds.kind('features');
  assert(triggers !== undefined && features !== undefined, 'there are kinds for triggers and features');
  const { state, definitions, history, clock } = parts;
  const codec = createEntryCodec(definitions);
  const now = () => clock.now();
  return {
    definitions: kinds,
    definitionVersions: createDefinitionVersions({ state, codec }),
    previewTrigger: createTriggerPreview({ state, codec, definitions, history, triggers, now }),
    previewFeature: createFeaturePreview({ ...parts, features }),
  };
}
