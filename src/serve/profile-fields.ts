import { invalidParameter } from './parameters.ts';
import type { PastProfileView } from './past-profiles.ts';
import type { ProfileView } from './services.ts';

const FIELDS_MAX = 100;

/** Parts in the order of the answer. */
const parts = [
  'profile_id',
  'kind',
  'identifiers',
  'traits',
  'features',
  'segments',
  'tags',
  'lifecycle',
  'consents',
  'withheld',
  'loyalty',
  'coupons',
  'first_seen',
  'last_seen',
] as const satisfies readonly (keyof ProfileView)[];

/** A profile as it is, or as it was: then some parts are missing, and the moment is there. */
type SelectedFrom = ProfileView | PastProfileView;

/** Parts whose entries can be picked one by one, as in `features.views_1h`. */
const pickable: ReadonlySet<string> = new Set(['identifiers', 'traits', 'features', 'consents']);

/**
 * `?fields=`: a part of the profile (`traits`), an entry of one (`features.views_1h`), or, since that is what
 * people ask for most, the bare name of a feature. The id is always there, and the moment of a profile of the past.
 */
export function selectFields(
  profile: SelectedFrom,
  fields: string | undefined,
): Readonly<Record<string, unknown>> {
  if (fields === undefined) return { ...profile };
  const names = fields.split(',');
  if (names.length > FIELDS_MAX) throw invalidParameter('fields', `may name at most ${FIELDS_MAX} fields`);
  const wanted = new Set<string>(['profile_id']);
  for (const name of names) wanted.add(resolve(profile, name));
  const selected: Record<string, unknown> = {};
  for (const part of parts) {
    if (wanted.has(part)) selected[part] = partOf(profile, part);
    else if (pickable.has(part)) pickEntries(profile, part, { wanted, selected });
  }
  if ('as_of' in profile) selected.as_of = profile.as_of;
  return selected;
}

/** Names of the features that the fields ask for; undefined where they ask for all of them. */
export function featuresOf(fields: string | undefined): ReadonlySet<string> | undefined {
  if (fields === undefined) return undefined;
  const wanted = new Set<string>();
  for (const name of fields.split(',')) {
    if (name === 'features') return undefined;
    if (name.startsWith('features.')) wanted.add(name.slice('features.'.length));
    else if (!name.includes('.') && !parts.some((part) => part === name)) wanted.add(name);
  }
  return wanted;
}

/** A field as a part or as `part.entry`; fails where no profile can have it. */
function resolve(profile: SelectedFrom, name: string): string {
  if (parts.some((part) => part === name)) return told(profile, name);
  const path = name.includes('.') ? name : `features.${name}`;
  const dot = path.indexOf('.');
  const part = path.slice(0, dot);
  const entry = path.slice(dot + 1);
  if (!pickable.has(part) || entry === '')
    throw invalidParameter('fields', 'names a field that profiles do not have');
  if (part === 'features' && !Object.hasOwn(profile.features, entry)) {
    throw invalidParameter('fields', 'names a feature that is not defined');
  }
  told(profile, part);
  return path;
}

/** The name of the part; fails where it is known of the present only. */
function told(profile: SelectedFrom, part: string): string {
  if (Object.hasOwn(profile, part)) return part;
  throw invalidParameter('fields', 'names a part that history does not tell');
}

function partOf(profile: SelectedFrom, part: (typeof parts)[number]): unknown {
  // Only parts that the profile has are asked for.
  return (profile as Partial<ProfileView>)[part];
}

interface Selection {
  readonly wanted: ReadonlySet<string>;
  readonly selected: Record<string, unknown>;
}

function pickEntries(
  profile: SelectedFrom,
  part: (typeof parts)[number],
  { wanted, selected }: Selection,
): void {
  const prefix = `${part}.`;
  let named = false;
  for (const name of wanted) named ||= name.startsWith(prefix);
  if (!named) return;
  const entries = Object.entries(partOf(profile, part) ?? {});
  selected[part] = Object.fromEntries(entries.filter(([entry]) => wanted.has(prefix + entry)));
}
