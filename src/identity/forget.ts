import type { Combination, Credit, Link, Person, Place, Review } from '../model/identity.ts';
import { evidenceWithout } from './evidence.ts';

/**
 * By what somebody who is erased can be found in the entries of others. Whoever comes back is somebody else, under identifiers
 * and facets of the same names: those are not among these any more.
 */
export interface ErasedNames {
  readonly profiles: ReadonlySet<string>;
  /** `type:hash`. */
  readonly identifiers: ReadonlySet<string>;
  /** As state calls them. */
  readonly facets: ReadonlySet<string>;
}

/**
 * What becomes of an entry of identity, as it is decoded, so that it names none of them any more: null where it goes. Undefined
 * where it names none of them. Entries of the erased themselves go as well. The same answer serves those who look for such
 * entries and the fold that cleans them.
 */
export function forgetInIdentity(key: string, entry: object, names: ErasedNames): object | null | undefined {
  // What lies under a key is of the kind that the key's beginning says.
  switch (key.slice(0, 2)) {
    case 'i/':
      return forgetInLink(entry as Link, names);
    case 'g/':
      return forgetInPerson(key.slice(2), entry as Person, names);
    case 'o/':
      return forgetInPlace(entry as Place, names);
    case 'c/':
      return names.facets.has((entry as Combination).facet) ? null : undefined;
    case 'v/':
      return isOf(entry as Review, names) ? null : undefined;
    case 'r/':
      return forgetInCredit(entry as Credit, names);
    default:
      return undefined;
  }
}

function forgetInLink(link: Link, names: ErasedNames): Link | null | undefined {
  const { profiles, identifiers, facets } = names;
  if (profiles.has(link.owner)) return null;
  const isSealed = facets.has(link.sealedBy);
  const named =
    isSealed ||
    isHealed(link, names) ||
    link.past.some(({ profile }) => profiles.has(profile)) ||
    link.seenWith.some((profile) => profiles.has(profile)) ||
    link.evidence.some((each) => identifiers.has(each.with));
  if (!named) return undefined;
  const { healed, ...rest } = link;
  return {
    ...rest,
    past: link.past.filter(({ profile }) => !profiles.has(profile)),
    seenWith: link.seenWith.filter((profile) => !profiles.has(profile)),
    evidence: evidenceWithout(link.evidence, (other) => identifiers.has(other)),
    // The key that opens it goes with the erased; the next event that is judged brings it anew.
    ...(isSealed ? { sealed: '', sealedBy: '' } : {}),
    ...(healed === undefined || isHealed(link, names) ? {} : { healed }),
  };
}

function isHealed({ healed }: Link, { identifiers, profiles }: ErasedNames): boolean {
  return (
    healed !== undefined &&
    (profiles.has(healed.sharedAs) || healed.sides.some((side) => identifiers.has(side)))
  );
}

/** Whoever was merged into one of them was one of them. */
function forgetInPerson(
  id: string,
  person: Person,
  { profiles, identifiers }: ErasedNames,
): Person | null | undefined {
  if (profiles.has(id) || (person.mergedInto !== undefined && profiles.has(person.mergedInto))) return null;
  const named =
    person.apart.some((each) => profiles.has(each)) ||
    person.merged.some((each) => profiles.has(each)) ||
    person.shared.some((each) => identifiers.has(each));
  if (!named) return undefined;
  return {
    ...person,
    apart: person.apart.filter((each) => !profiles.has(each)),
    merged: person.merged.filter((each) => !profiles.has(each)),
    shared: person.shared.filter((each) => !identifiers.has(each)),
  };
}

/** A facet of somebody else may be named after one of their identifiers, where the event's claim to it was refused. */
function forgetInPlace(place: Place, names: ErasedNames): Place | null | undefined {
  const { profiles, identifiers } = names;
  if (profiles.has(place.owner)) return null;
  const isHome = place.home !== undefined && identifiers.has(place.home);
  if (!isHome && !place.names.some((name) => identifiers.has(name))) return undefined;
  const { home, ...rest } = place;
  return {
    ...rest,
    // The next event of it is judged anew, and so looked at whether it is from before.
    judged: false,
    names: place.names.filter((name) => !identifiers.has(name)),
    ...(home === undefined || isHome ? {} : { home }),
  };
}

function isOf({ people, identifiers }: Review, names: ErasedNames): boolean {
  return (
    people.some((each) => names.profiles.has(each)) || identifiers.some((each) => names.identifiers.has(each))
  );
}

/** That somebody was invited stays, so that they are credited once; by whom goes. */
function forgetInCredit({ referral }: Credit, { identifiers }: ErasedNames): Credit | null | undefined {
  if (referral === undefined) return undefined;
  if (identifiers.has(referral.invitee)) return null;
  return identifiers.has(referral.inviter) ? { event: '' } : undefined;
}
