import { isJsonObject, type JsonObject } from '../model/json.ts';
import { invalidField, refuseUnknownFields } from './json-body.ts';

/** A draft, and whom it is tried on. */
export interface Trial {
  readonly definition: JsonObject;
  readonly profile: string;
}

/** Fails with `invalid_parameter`, naming the field. */
export function readTrial(body: JsonObject, kind: 'trigger' | 'feature'): Trial {
  refuseUnknownFields(body, ['definition', 'profile']);
  const { definition, profile } = body;
  if (!isJsonObject(definition))
    throw invalidField('definition', `must be a ${kind} as it would be put in force`);
  if (typeof profile !== 'string') throw invalidField('profile', 'must be a profile id, or type:value');
  return { definition, profile };
}
