import type { Profile } from '../../sdk/client/client.ts';
import { may } from '../session.ts';

/** `type:value` of all that names them; nothing where the engine shows masks. */
export function namesOf({ identifiers }: Pick<Profile, 'identifiers'>): readonly string[] {
  if (!may('pii')) return [];
  return Object.entries(identifiers).flatMap(([type, values]) => values.map((value) => `${type}:${value}`));
}

/** What commands call them: as they were looked up, unless that was by the id of a profile. */
export function nameFor(profile: Pick<Profile, 'identifiers'>, reference: string): string {
  return reference.includes(':') ? reference : (namesOf(profile)[0] ?? '');
}
