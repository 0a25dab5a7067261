import { invalidParameter } from './parameters.ts';
import type { ProfileView } from './services.ts';

const FIELDS_MAX = 100;

const parts: ReadonlySet<string> = new Set<keyof ProfileView>([
  'profile_id', 'kind', 'identifiers', 'traits', 'features', 'segments', 'tags', 'lifecycle', 'consents', 'loyalty',
  'first_seen', 'last_seen',
]);

/** Parts whose entries can be picked one by one, as in `features.views_1h`. */
type PickablePart = 'identifiers' | 'traits' | 'features' | 'consents';

const pickable: ReadonlySet<string> = new Set<PickablePart>(['identifiers', 'traits', 'features', 'consents']);

/**
 * `?fields=`: a part of the profile (`traits`), an entry of one (`features.views_1h`), or, since that is what
 * people ask for most, the bare name of a feature. The id is always there.
 */
export function selectFields(profile: ProfileView, fields: string | undefined): Readonly<Record<string, unknown>> {
  if (fields === undefined) return { ...profile };
  const names = fields.split(',');
  if (names.length > FIELDS_MAX) throw invalidParameter('fields', `may name at most ${FIELDS_MAX} fields`);
  const selected = new Map<string, unknown>([['profile_id', profile.profile_id]]);
  for (const name of names) {
    if (parts.has(name)) selected.set(name, Reflect.get(profile, name));
  }
  for (const name of names) {
    if (!parts.has(name)) selectEntry(profile, name, selected);
  }
  return Object.fromEntries(selected);
}

function selectEntry(profile: ProfileView, name: string, selected: Map<string, unknown>): void {
  const dot = name.indexOf('.');
  const part = dot < 0 ? 'features' : name.slice(0, dot);
  const entry = dot < 0 ? name : name.slice(dot + 1);
  if (!isPickable(part) || entry === '') throw invalidParameter('fields', 'names a field that profiles do not have');
  if (part === 'features' && !Object.hasOwn(profile.features, entry)) {
    throw invalidParameter('fields', 'names a feature that is not defined');
  }
  const whole = profile[part];
  const chosen = selected.get(part);
  if (chosen === whole) return;
  const entries = chosen instanceof Map ? chosen : new Map<string, unknown>();
  if (Object.hasOwn(whole, entry)) entries.set(entry, Reflect.get(whole, entry));
  selected.set(part, entries);
}

function isPickable(part: string): part is PickablePart {
  return pickable.has(part);
}
