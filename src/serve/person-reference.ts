import type { JsonObject } from '../model/json.ts';
import { invalidField } from './json-body.ts';
import { parseReference } from './profile-reference.ts';

/** The fields of a body by which requests about somebody's data say whose. */
export const PERSON_FIELDS: readonly string[] = Object.freeze(['identifier', 'profile_id']);

/** The one of `identifier` and `profile_id` that a body gives, in the form that paths use as well. */
export function readPerson({ identifier, profile_id: id }: JsonObject): string {
  if ((identifier === undefined) === (id === undefined))
    throw invalidField('identifier', 'or profile_id must be given, and not both');
  const [name, value] = id === undefined ? ['identifier', identifier] : ['profile_id', id];
  const reference = typeof value === 'string' ? parseReference(value) : undefined;
  if (typeof value !== 'string' || reference === undefined)
    throw invalidField(name, id === undefined ? 'must be written type:value' : 'must be a profile id');
  if ((reference.kind === 'id') !== (name === 'profile_id'))
    throw invalidField(name, id === undefined ? 'must be written type:value' : 'must be a profile id');
  return value;
}
