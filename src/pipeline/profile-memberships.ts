import type { Facet } from '../model/profile.ts';
import { isHiddenSegment, LIFECYCLE } from '../model/segment.ts';
import type { EpochMs } from '../model/time.ts';
import { readTags } from '../profile/tags.ts';
import type { SegmentSet } from '../segments/compile.ts';

/** What profiles answer of what they belong to. */
export interface Memberships {
  readonly segments: readonly string[];
  readonly tags: readonly string[];
  readonly lifecycle: string | null;
}

/** Out of the segments that a profile is in: those that put tags on are shown as tags, together with those by hand. */
export function membershipsOf(
  profile: { readonly facets: readonly Facet[]; readonly members: Iterable<string> },
  set: SegmentSet,
  now: EpochMs,
): Memberships {
  const segments: string[] = [];
  const tags = new Set(readTags(profile.facets, now).map(({ name }) => name));
  let lifecycle: string | null = null;
  for (const name of profile.members) {
    const definition = set.byName.get(name)?.definition;
    if (definition === undefined || isHiddenSegment(name)) continue;
    if (definition.kind === 'tag') tags.add(name);
    else segments.push(name);
    if (definition.group === LIFECYCLE) lifecycle = name;
  }
  return { segments: segments.sort(), tags: [...tags].sort(), lifecycle };
}
