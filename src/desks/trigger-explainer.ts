import type { Definitions } from '../definitions/definitions.ts';
import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import { momentOf } from '../pipeline/profile-moment.ts';
import type { StateReader } from '../ports/state.ts';
import { readKind } from '../profile/kind.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { ExplainTrigger } from '../serve/decision-service.ts';
import type { CompiledTrigger } from '../triggers/compile.ts';
import { explainTrigger } from '../triggers/explain.ts';
import { type OpenedProfile, openProfile } from './open-profile.ts';

export interface TriggerExplainerOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly now: () => EpochMs;
}

/** Why a trigger has fired for a profile or not, out of committed state, by the code that decides. */
export function createTriggerExplainer(options: TriggerExplainerOptions): ExplainTrigger {
  const { definitions, now } = options;
  return async (profile, name): Promise<JsonObject> => {
    const { byName, off } = definitions.triggers;
    const trigger = byName.get(name) ?? off.get(name);
    if (trigger === undefined) throw new TesseraError('not_found', 'There is no trigger of this name.');
    const opened = await openProfile(profile, options);
    return explainFor(trigger, opened, { definitions, now: now() });
  };
}

/** The explanation of one trigger, in force or not, for a profile at a moment. */
export function explainFor(
  trigger: CompiledTrigger,
  { header, facets }: OpenedProfile,
  { definitions, now }: { readonly definitions: Definitions; readonly now: EpochMs },
): JsonObject {
  const { segments: members } = header;
  return explainTrigger(trigger, {
    header,
    kind: readKind(facets, definitions.identity.isListed),
    lookup: momentOf({ facets, now, definitions, ...(members && { members }) }),
    messaging: definitions.messaging,
    now,
  });
}
