import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import {
  type ErasedFacet,
  type ErasedIdentifier,
  type Erasure,
  type ErasureUnderWay,
  facetTombstoneOf,
  identifiersIn,
  tombstoneOf,
} from '../model/erasure.ts';
import type { EraseCommand, ErasedCommand, ForgottenMessage } from '../model/erasure-records.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import type { MoveQueue, Person, Place, Review, ReviewIndex } from '../model/identity.ts';
import { keys, UNATTRIBUTED } from '../model/keys.ts';
import { DAY_MS, dayOf } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { referralKey } from './credits.ts';
import { type ErasedNames, forgetInIdentity } from './forget.ts';
import { linkAt, personAt } from './people.ts';
import { bury } from './tombstones.ts';

/**
 * A person is erased: what is theirs goes, what names them elsewhere is cleaned, tombstones keep what comes late away. The command
 * names profiles and entries, never identifiers; these the entries hold. What a job has to clean outside of the state, and by
 * what it finds it there, lies under `keys.erasure` until it says that nothing is left.
 */
export function eraseNeeds(command: EraseCommand, view: StateView): string[] {
  const { erasure, profiles, mentions = NOTHING } = command;
  const first = [keys.moves, keys.reviews, keys.erasures, keys.erasure(erasure), ...mentions];
  const named = missing(view, [...first, ...profiles.map(keys.person)]);
  if (named.length > 0) return named;
  const known = view.get<Erasure>(keys.erasure(erasure));
  const returned = known?.status === 'under_way' ? missing(view, keysOfReturn(known)) : [];
  if (returned.length > 0) return returned;
  const all = profilesOf(command, view);
  const people = missing(view, all.map(keys.person));
  if (people.length > 0) return people;
  const held = peopleOf(all, view).flatMap((person) => [
    ...person.links.map(({ key }) => `i/${key}`),
    ...person.facets.map(keys.place),
  ]);
  const buried = [
    ...peopleOf(all, view).flatMap(({ links, facets }) => [
      ...links.map(({ key }) => tombstoneOf(key)),
      ...facets.map(facetTombstoneOf),
    ]),
    ...mentions.flatMap((key) => (key.startsWith('o/') ? facetTombstoneOf(key.slice(2)) : [])),
    ...(command.tombstones ?? NOTHING),
  ];
  return missing(view, [...held, ...buried.map(keys.tombstone)]);
}

const NOTHING: readonly string[] = Object.freeze([]);

function missing(view: StateView, wanted: readonly string[]): string[] {
  return wanted.filter((key) => !view.has(key));
}

/** Those that are named, those that were merged into them, and whoever turned out to be when the state was looked at. */
function profilesOf({ profiles, mentions = NOTHING }: EraseCommand, view: StateView): readonly string[] {
  const all = new Set(profiles);
  for (const id of profiles) for (const merged of personAt(view, id)?.merged ?? []) all.add(merged);
  for (const key of mentions) {
    const id = key.startsWith('g/') ? key.slice(2) : '';
    const into = personAt(view, id)?.mergedInto;
    if (into !== undefined && all.has(into)) all.add(id);
  }
  all.delete(UNATTRIBUTED);
  return [...all].sort();
}

function peopleOf(profiles: readonly string[], view: StateView): readonly Person[] {
  return profiles.flatMap((id) => personAt(view, id) ?? []);
}

export function foldErase(command: EraseCommand, author: string, context: FoldContext): Outcome {
  const { view } = context;
  const known = view.get<Erasure>(keys.erasure(command.erasure));
  if (known?.status === 'done') return answer(known, 0);
  const profiles = profilesOf(command, view);
  const people = peopleOf(profiles, view);
  const size = Math.max(profiles.length, command.mentions?.length ?? 0);
  if (size > limits.erasureEntriesMax) return refused('too_large');
  if (isBusy(profiles, people, view)) return refused('erasure_busy');
  if (known === undefined && people.length === 0 && command.tombstones === undefined)
    return refused('profile_not_found');
  if (command.given !== undefined) context.numbers?.raise(command.given);
  const given = context.numbers?.given();
  const before = known ?? beginning(command, author, context);
  const fresh = gather({ profiles, people, mentions: command.mentions ?? NOTHING }, view);
  const erasure: ErasureUnderWay = {
    ...withFound(before, fresh),
    ...(given === undefined ? {} : { given: { ...before.given, [context.partition]: given } }),
  };
  const changed = clean(namesWith(before, fresh, view), fresh, view);
  forgetDirectives(fresh.facets, context);
  bury([...(command.tombstones ?? NOTHING), ...fresh.tombstones], erasure.at, view);
  view.put(keys.erasure(erasure.id), erasure);
  const { id, at } = erasure;
  for (const profile of profiles) context.toProfile(profile, { type: 'erase', erasure: id, profile, at });
  context.toAllPeople({ type: 'erase', erasure: id, profile: '', at });
  return answer(erasure, changed);
}

function refused(code: 'too_large' | 'erasure_busy' | 'profile_not_found' | 'not_found'): Outcome {
  return { status: 'refused', code, profileId: '', firings: [], detail: {} };
}

function answer({ id, status, profiles, tombstones, at }: Erasure, changed: number): Outcome {
  const detail = {
    erasure: id,
    status,
    at,
    profiles: profiles.length,
    identifiers: identifiersIn(tombstones),
    changed,
  };
  return { status: 'applied', profileId: '', firings: [], detail };
}

/** Something of the person is on its way, or the person has become another one: what is erased now would arrive there. */
function isBusy(profiles: readonly string[], people: readonly Person[], view: StateView): boolean {
  const all = new Set(profiles);
  const moves = view.get<MoveQueue>(keys.moves)?.waiting ?? [];
  return (
    moves.some(({ from, to }) => all.has(from) || all.has(to)) ||
    people.some(({ mergedInto }) => mergedInto !== undefined && !all.has(mergedInto))
  );
}

function beginning(command: EraseCommand, author: string, context: FoldContext): ErasureUnderWay {
  return {
    id: command.erasure,
    status: 'under_way',
    author,
    at: command.at ?? context.now,
    position: context.position,
    profiles: [],
    tombstones: [...(command.tombstones ?? NOTHING)].sort(),
    identifiers: [],
    facets: [],
    waiting: [],
    given: {},
  };
}

interface Named {
  readonly profiles: readonly string[];
  readonly people: readonly Person[];
  readonly mentions: readonly string[];
}

/** What is theirs, of which all is loaded. */
interface Found {
  readonly profiles: readonly string[];
  readonly identifiers: readonly ErasedIdentifier[];
  readonly facets: readonly ErasedFacet[];
  readonly tombstones: readonly string[];
  readonly mentions: readonly string[];
}

function gather({ profiles, people, mentions }: Named, view: StateView): Found {
  const all = new Set(profiles);
  // Beyond a bound a person does not list the oldest of its closed facets.
  const unlisted = mentions.filter((key) => {
    const place = key.startsWith('o/') ? view.get<Place>(key) : undefined;
    return place !== undefined && all.has(place.owner);
  });
  const facets = new Set([...people.flatMap((each) => each.facets), ...unlisted.map((key) => key.slice(2))]);
  const identifiers = people.flatMap(({ links }) =>
    links.flatMap(({ key }) => identifierAt(key, view) ?? []),
  );
  const held = new Set(identifiers.map(({ key }) => key));
  const alone = [...facets].filter((id) => isNamedAfterOthers(id, held, view));
  return {
    profiles,
    mentions,
    identifiers,
    facets: [...facets].map((id) => ({ id, epoch: view.get<Place>(keys.place(id))?.epoch ?? 0 })),
    tombstones: [...identifiers.map(({ key }) => tombstoneOf(key)), ...alone.map(facetTombstoneOf)],
  };
}

/** Late events of such a facet would not be known by their identifiers. Those of a closed one belong to whoever has it now. */
function isNamedAfterOthers(id: string, held: ReadonlySet<string>, view: StateView): boolean {
  const place = isClosedFacet(id) ? undefined : view.get<Place>(keys.place(id));
  return place !== undefined && !place.names.some((name) => held.has(name));
}

function identifierAt(key: string, view: StateView): ErasedIdentifier | undefined {
  const link = linkAt(view, key);
  return link && { key, sealed: link.sealed, sealedBy: link.sealedBy };
}

/** What was found now beside what was found before. */
function withFound(before: ErasureUnderWay, found: Found): ErasureUnderWay {
  const identifiers = new Map([...before.identifiers, ...found.identifiers].map((each) => [each.key, each]));
  const facets = new Map([...before.facets, ...found.facets].map((each) => [each.id, each]));
  return {
    ...before,
    profiles: [...new Set([...before.profiles, ...found.profiles])].sort(),
    tombstones: [...new Set([...before.tombstones, ...found.tombstones])].sort(),
    identifiers: [...identifiers.values()],
    facets: [...facets.values()],
    waiting: [...new Set([...before.waiting, ...found.profiles])].sort(),
  };
}

/** Of what was found before, what has not come back; and all that was found now. */
function namesWith(before: ErasureUnderWay, found: Found, view: StateView): ErasedNames {
  const names = namesOf(before, (key) => view.get(key) !== undefined);
  return {
    profiles: new Set([...names.profiles, ...found.profiles]),
    identifiers: new Set([...names.identifiers, ...found.identifiers.map(({ key }) => key)]),
    facets: new Set([...names.facets, ...found.facets.map(({ id }) => id)]),
  };
}

/** Answers how many entries went or have changed. */
function clean(names: ErasedNames, found: Found, view: StateView): number {
  const wanted = new Set([
    ...found.identifiers.map(({ key }) => `i/${key}`),
    ...found.profiles.map(keys.person),
    ...found.facets.map(({ id }) => keys.place(id)),
    ...found.mentions,
  ]);
  let changed = 0;
  for (const key of wanted) {
    const entry = view.get(key);
    const kept = entry === undefined ? undefined : forgetInIdentity(key, entry, names);
    if (entry === undefined || kept === undefined) continue;
    changed++;
    if (kept !== null) view.put(key, kept);
    else {
      view.remove(key);
      if (key.startsWith('v/')) closeReview(entry, view);
    }
  }
  for (const { key } of found.identifiers) view.remove(referralKey(key));
  return changed;
}

/** Entries that there are only if the erased, or others, have come back under these identifiers. */
export function keysOfReturn({ identifiers, facets }: ErasureUnderWay): readonly string[] {
  return [...identifiers.map(({ key }) => `i/${key}`), ...facets.map(({ id }) => keys.place(id))];
}

/** By what the erased can be found in other entries. `isThere` answers for `keysOfReturn` whether there is such an entry. */
export function namesOf(
  { profiles, identifiers, facets }: ErasureUnderWay,
  isThere: (key: string) => boolean,
): ErasedNames {
  return {
    profiles: new Set(profiles),
    identifiers: new Set(identifiers.flatMap(({ key }) => (isThere(`i/${key}`) ? [] : [key]))),
    facets: new Set(facets.flatMap(({ id }) => (isThere(keys.place(id)) ? [] : [id]))),
  };
}

function closeReview(entry: object, view: StateView): void {
  // What lies under a key is of the kind that the key's beginning says.
  const { status } = entry as Review;
  const index = view.get<ReviewIndex>(keys.reviews);
  if (status === 'open' && index !== undefined) view.put(keys.reviews, { ...index, open: index.open - 1 });
}

/** Which sign-ins were obeyed is remembered under their facets. */
function forgetDirectives(facets: readonly ErasedFacet[], { view, now }: FoldContext): void {
  const days = limits.dedupMs / DAY_MS;
  for (const { id } of facets) {
    if (isClosedFacet(id)) continue;
    for (let back = 0; back <= days; back++) view.remove(keys.dedup(dayOf(now) - back, 'identity', id));
  }
}

export function forgottenNeeds({ erasure, firings }: ForgottenMessage, view: StateView): string[] {
  return missing(view, [keys.erasure(erasure), ...firings.map(keys.couponDraw)]);
}

/** A partition has forgotten a profile; the codes that it had drawn stay drawn, for whom is forgotten. */
export function foldForgotten(message: ForgottenMessage, { view }: FoldContext): void {
  const key = keys.erasure(message.erasure);
  const erasure = view.get<Erasure>(key);
  for (const firing of message.firings)
    if (view.get(keys.couponDraw(firing)) !== undefined) view.remove(keys.couponDraw(firing));
  if (erasure?.status !== 'under_way') return;
  const { numbers, profile } = message;
  const waiting = erasure.waiting.filter((each) => each !== profile);
  const given = numbers === undefined ? {} : { [numbers.partition]: numbers.given };
  view.put(key, { ...erasure, waiting, given: { ...erasure.given, ...given } } satisfies ErasureUnderWay);
}

/** Nothing is left to clean: what was needed for it goes as well. */
export function foldErased({ erasure: id, counts }: ErasedCommand, { view, now }: FoldContext): Outcome {
  const key = keys.erasure(id);
  const erasure = view.get<Erasure>(key);
  if (erasure === undefined) return refused('not_found');
  if (erasure.status === 'done') return answer(erasure, 0);
  const { author, at, profiles, tombstones } = erasure;
  const receipt: Erasure = { id, status: 'done', author, at, profiles, tombstones, doneAt: now, counts };
  view.put(key, receipt);
  return answer(receipt, 0);
}
