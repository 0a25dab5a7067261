import type { Event } from '../model/event.ts';
import {
  type Combination,
  type Credit,
  isVerdictOn,
  type Person,
  type Place,
  type Review,
} from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { IdentityCommand, ReferralDueMessage } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { accessKeyNeeds } from './access-keys.ts';
import { addCodesNeeds } from './coupons.ts';
import { creditKey, referralKey, referralLinks } from './credits.ts';
import { eraseNeeds } from './erase.ts';
import { isCompatible, misfit } from './fits.ts';
import { isKnown, linkAt, linkKey, personAt } from './people.ts';
import type { CompiledPolicy } from './policy.ts';
import { reviewNeeds } from './reviews.ts';
import { tombstoneNeeds } from './tombstones.ts';

/**
 * What a fold will read and that is not in memory yet. The first answer names everything that an identifier set which
 * joins at most one person needs, so that it costs one round trip (the store adds the owners of links by itself);
 * only merges, splits and epochs look further.
 */

/** One array for every event that needs nothing, which is nearly every event. */
const NOTHING: string[] = [];

function missing(view: StateView, wanted: readonly string[]): string[] {
  for (const key of wanted) if (!view.has(key)) return wanted.filter((each) => !view.has(each));
  return NOTHING;
}

/** The verdict that stands for this combination, if there is one: what one policy refused another may allow. */
export function verdict(
  event: Event,
  view: StateView,
  { version }: Pick<CompiledPolicy, 'version'>,
): Place | undefined {
  if (event.combination === undefined) {
    const place = view.get<Place>(keys.place(event.facet));
    return place?.judged && isInForce(place, version) ? place : undefined;
  }
  const known = view.get<Combination>(keys.combination(event.combination));
  const place = known && isInForce(known, version) ? view.get<Place>(keys.place(known.facet)) : undefined;
  return place && known && isVerdictOn(place, known) ? place : undefined;
}

function isInForce({ refusedUnder }: Place | Combination, version: string): boolean {
  return refusedUnder === undefined || refusedUnder === version;
}

export function eventNeeds(
  event: Event,
  view: StateView,
  options: { policy: CompiledPolicy; now: EpochMs; seenDays: readonly string[] },
): string[] {
  if (event.identity === undefined && verdict(event, view, options.policy) !== undefined) return NOTHING;
  const first = [keys.place(event.facet), keys.moves, keys.reviews, ...options.seenDays];
  if (event.combination !== undefined) first.push(keys.combination(event.combination));
  for (const claim of event.claims) first.push(keys.link(claim.type, claim.hash));
  const credit = creditKey(event);
  const referred = referralLinks(event, view);
  if (credit !== undefined) first.push(credit, ...referred.map((key) => `i/${key}`));
  first.push(...tombstoneNeeds(event, view));
  const absent = missing(view, first);
  // What it knows of a referral may name one more, and so does what is known of erasures.
  if (absent.length > 0) return absent;
  const buried = tombstoneNeeds(event, view);
  if (buried.length > 0) return [...buried];
  const inviters = missing(
    view,
    referralLinks(event, view).map((key) => `i/${key}`),
  );
  if (inviters.length > 0) return inviters;
  const links = [...event.claims.map(linkKey), ...referralLinks(event, view)];
  const owners = ownersOf(links, view);
  const people = missing(view, owners.map(keys.person));
  if (people.length > 0) return people;
  if (!looksFurther({ event, owners, view }, options)) return NOTHING;
  return deepNeeds(owners, view);
}

/** Owners of the links, and the anonymous profiles of shared ones, which own those. */
function ownersOf(links: readonly string[], view: StateView): string[] {
  const owners = new Set<string>();
  for (const key of links) {
    const link = linkAt(view, key);
    if (link === undefined) continue;
    if (link.owner !== '') owners.add(link.owner);
    if (link.sharedAs) owners.add(link.sharedAs);
  }
  return [...owners];
}

interface Asking {
  readonly event: Event;
  readonly owners: readonly string[];
  readonly view: StateView;
}

/** May the event move facets: merge people, close facets, let a value change hands? */
function looksFurther(
  { event, owners, view }: Asking,
  { policy, now }: { policy: CompiledPolicy; now: EpochMs },
): boolean {
  if (owners.length > 1 || event.identity !== undefined || event.sharedDevices === true) return true;
  const person = personAt(view, owners[0]);
  if (person === undefined || !isKnown(person, policy)) return false;
  // A verified claim comes before a stated one, so that only its own kind names the person in time.
  const verified = event.claims.some((claim) => claim.verified);
  let named = false;
  const added: string[] = [];
  for (const claim of event.claims) {
    if (!policy.of(claim.type).strong) continue;
    const key = linkKey(claim);
    const link = linkAt(view, key);
    if (link === undefined) added.push(key);
    else if (link.owner !== person.id || (claim.verified && !link.verified)) return true;
    else if (claim.verified === verified) named = true;
  }
  // A strong value is new: where the person is not named beside it, or it does not fit, a device may turn out shared.
  if (added.length === 0) return false;
  const union = { people: [person], added };
  if (!named || misfit(union, { policy, now }) !== undefined) return true;
  // A statement that contradicts what the person holds may be taken before the one that names them.
  return !verified && !isCompatible(union, policy.weakValuesPerType, policy);
}

/** Everything that a merge, a split or an epoch of these people touches. */
function deepNeeds(people: readonly string[], view: StateView): string[] {
  const deep: string[] = [];
  for (const id of people) {
    const person = personAt(view, id);
    if (person === undefined) continue;
    for (const { key } of person.links) deep.push(`i/${key}`);
    for (const key of person.shared) deep.push(`i/${key}`);
    for (const facet of person.facets) deep.push(keys.place(facet));
  }
  const absent = missing(view, deep);
  if (absent.length > 0) return absent;
  const anonymous = people.flatMap((id) => ownersOf(personAt(view, id)?.shared ?? [], view));
  const strangers = missing(view, anonymous.map(keys.person));
  if (strangers.length > 0) return strangers;
  const theirs = anonymous.flatMap((id) => {
    const person = view.get<Person>(keys.person(id));
    return [
      ...(person?.links ?? []).map(({ key }) => `i/${key}`),
      ...(person?.facets ?? []).map((facet) => keys.place(facet)),
    ];
  });
  const rest = missing(view, theirs);
  return rest.length > 0 ? rest : reviewNeeds(view);
}

export function commandNeeds(command: IdentityCommand, view: StateView): string[] {
  if (command.type === 'add_codes') return addCodesNeeds(command, view);
  if (command.type === 'settle_flag') return NOTHING;
  if (command.type === 'key') return accessKeyNeeds(view);
  if (command.type === 'erase') return eraseNeeds(command, view);
  if (command.type === 'erased') return missing(view, [keys.erasure(command.erasure)]);
  const first = missing(view, [keys.moves, keys.reviews]);
  if (first.length > 0) return first;
  if (command.type === 'merge') return holderNeeds(command.identifiers, view);
  if (command.type === 'split') return holderNeeds([command.identifier], view);
  const key = keys.review(command.review);
  if (!view.has(key)) return [key];
  const review = view.get<Review>(key);
  const [, invitee = ''] = review?.identifiers ?? [];
  const credit = review?.kind === 'referral' ? missing(view, [referralKey(invitee)]) : NOTHING;
  return credit.length > 0 ? credit : holderNeeds(review?.identifiers ?? [], view);
}

export function referralNeeds({ invitee }: ReferralDueMessage, view: StateView): string[] {
  const key = referralKey(invitee);
  const first = missing(view, [key, keys.reviews]);
  if (first.length > 0) return first;
  const referral = view.get<Credit>(key)?.referral;
  return referral === undefined ? NOTHING : holderNeeds([referral.inviter, referral.invitee], view);
}

/** Everything about whoever holds these identifiers. */
function holderNeeds(identifiers: readonly string[], view: StateView): string[] {
  const links = missing(
    view,
    identifiers.map((key) => `i/${key}`),
  );
  if (links.length > 0) return links;
  const holders = identifiers.map((key) => linkAt(view, key)?.owner ?? '').filter((id) => id !== '');
  const owners = [...new Set(holders)];
  const people = missing(view, owners.map(keys.person));
  return people.length > 0 ? people : deepNeeds(owners, view);
}
