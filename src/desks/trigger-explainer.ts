import type { Definitions } from '../definitions/definitions.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { momentOf } from '../pipeline/profile-moment.ts';
import type { StateReader } from '../ports/state.ts';
import { readKind } from '../profile/kind.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { ExplainTrigger } from '../serve/decision-service.ts';
import { explainTrigger } from '../triggers/explain.ts';

export interface TriggerExplainerOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly now: () => EpochMs;
}

/** Why a trigger has fired for a profile or not, out of committed state, by the code that decides. */
export function createTriggerExplainer(options: TriggerExplainerOptions): ExplainTrigger {
  const { state, codec, definitions, now } = options;
  const read = async <T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> => {
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as T));
  };
  const headerOf = async (profile: string): Promise<Header | undefined> => {
    let [header] = await read<Header>([keys.header(profile)]);
    for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++)
      [header] = await read<Header>([keys.header(header.forward)]);
    return header;
  };
  return async (profile, name): Promise<JsonObject> => {
    const trigger = definitions.triggers.byName.get(name);
    if (trigger === undefined) throw new TesseraError('not_found', 'There is no trigger of this name.');
    const header = await headerOf(profile);
    if (header === undefined || header.erased !== undefined) throw new TesseraError('profile_not_found');
    const facets = (await read<Facet>(header.facets.map((id) => keys.facet(header.id, id)))).filter(
      (facet) => facet !== undefined,
    );
    const moment = now();
    const { segments: members } = header;
    return explainTrigger(trigger, {
      header,
      kind: readKind(facets, definitions.identity.isListed),
      lookup: momentOf({ facets, now: moment, definitions, ...(members && { members }) }),
      messaging: definitions.messaging,
      now: moment,
    });
  };
}
