import { limits } from '../limits.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Link, Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { StateView } from '../model/view.ts';
import { evidenceWithout } from './evidence.ts';
import { queueMove } from './moves.ts';
import {
  compareStrength,
  facetsLeaving,
  foundPerson,
  give,
  giveFacet,
  linkAt,
  linkKey,
  release,
  type Scope,
  typeOf,
  updatePersonLink,
} from './people.ts';
import { shareBetween } from './shared.ts';

/**
 * Takes an identifier out of a person, with everything that is linked to the person only through it, as if that link
 * had never been. The identity graph is the evidence of the links: without the identifier it falls into parts. One
 * part is the person that remains; parts that hung on the identifier leave with it, and so do the facets that name
 * nothing that stays.
 */
export interface Split {
  readonly person: Person;
  readonly identifier: string;
  /** An identifier of the part that remains; without it that is the part with the strongest one. */
  readonly from?: string | undefined;
  readonly author: string;
}

export interface SplitResult {
  readonly part: Person;
  readonly identifiers: number;
  readonly facets: number;
}

/** Undefined when nothing would remain. */
export function splitPerson(
  { person, identifier, from, author }: Split,
  scope: Scope,
): SplitResult | undefined {
  const { context } = scope;
  const leaving = leavingWith(person, { identifier, from }, scope);
  if (leaving === undefined) return undefined;
  const part = foundPerson(scope);
  // Among themselves they stay linked, which releasing one after the other would forget.
  const found = [...leaving].flatMap((key) => linkAt(context.view, key) ?? []);
  const evidence = found.map((link) => evidenceWithout(link.evidence, (key) => !leaving.has(key)));
  for (const [n, link] of found.entries()) {
    const { since } = link;
    const key = linkKey(link);
    release(link, 'unmerged', scope);
    link.since = since;
    link.evidence = evidence[n] ?? [];
    give(link, part, scope);
    const row = { change: 'split', profileId: part.id, otherProfileId: person.id, identifier: key } as const;
    context.history(identityRow({ ...row, author, at: context.now, cause: context.cause() }));
  }
  const facets = facetsLeaving(person, leaving, context.view);
  for (const facet of facets) giveFacet(facet, { from: person, to: part }, scope);
  for (const each of [person, part]) countAgain(each, scope);
  part.seenAt = person.seenAt;
  part.apart = [person.id, ...person.apart].slice(0, limits.apartPeopleMax);
  person.apart = [...person.apart, part.id].slice(-limits.apartPeopleMax);
  context.view.put(keys.person(part.id), part);
  context.view.put(keys.person(person.id), person);
  queueMove(context, { reason: 'split', from: person.id, to: part.id, facets });
  shareAgain({ person, part, leaving }, scope);
  return { part, identifiers: leaving.size, facets: facets.length };
}

/** What healed because two were one is shared again between them, and what it did anonymously is nobody's again. */
function shareAgain(
  {
    person,
    part,
    leaving,
  }: { readonly person: Person; readonly part: Person; readonly leaving: ReadonlySet<string> },
  scope: Scope,
): void {
  for (const holder of [person, part]) {
    const groups = new Map<string, Link[]>();
    for (const { key } of holder.links) {
      const link = linkAt(scope.context.view, key);
      if (link?.healed === undefined) continue;
      const [one, other] = link.healed.sides;
      if (leaving.has(one) === leaving.has(other)) continue;
      // Those that had one anonymous profile between them get one again.
      const group = link.healed.sharedAs || key;
      groups.set(group, [...(groups.get(group) ?? []), link]);
    }
    for (const links of groups.values()) shareBetween({ links, holder, people: [person, part] }, scope);
  }
}

/**
 * The value that an alias stood beside may be with the other part now. Then the oldest verified alias counts again:
 * otherwise a second value of a type of which a person has one would join without a question.
 */
function countAgain(person: Person, scope: Scope): void {
  const { policy, context } = scope;
  const settled = new Set<string>();
  for (const { key, alias } of person.links) if (!alias) settled.add(policy.of(typeOf(key)).type);
  for (const { key } of [...person.links].sort((a, b) => compareStrength(a, b, policy))) {
    const { type } = policy.of(typeOf(key));
    const link = linkAt(context.view, key);
    if (settled.has(type) || link === undefined) continue;
    settled.add(type);
    delete link.alias;
    context.view.put(`i/${key}`, link);
    updatePersonLink(person, link, scope);
  }
}

function leavingWith(
  person: Person,
  { identifier, from }: Pick<Split, 'identifier' | 'from'>,
  { context, policy }: Scope,
): Set<string> | undefined {
  const others = person.links.filter(({ key }) => key !== identifier);
  if (others.length === 0) return undefined;
  const neighbors = graphOf(person, context.view);
  const [strongest] = [...others].sort((a, b) => compareStrength(a, b, policy));
  const remaining = reach(from ?? strongest?.key ?? '', identifier, neighbors);
  const leaving = new Set([identifier]);
  for (const neighbor of neighbors.get(identifier) ?? []) {
    if (remaining.has(neighbor)) continue;
    for (const key of reach(neighbor, identifier, neighbors)) leaving.add(key);
  }
  return leaving;
}

/** Who was seen with whom, among the identifiers that the person holds. */
function graphOf(person: Person, view: StateView): Map<string, Set<string>> {
  const neighbors = new Map<string, Set<string>>(person.links.map(({ key }) => [key, new Set()]));
  for (const { key } of person.links) {
    for (const { with: other } of linkAt(view, key)?.evidence ?? []) {
      const mutual = neighbors.get(other);
      if (mutual === undefined) continue;
      mutual.add(key);
      neighbors.get(key)?.add(other);
    }
  }
  return neighbors;
}

/** Everything that can be reached from here without passing the one that leaves. */
function reach(
  start: string,
  without: string,
  neighbors: ReadonlyMap<string, ReadonlySet<string>>,
): Set<string> {
  const reached = new Set([start]);
  const waiting = [start];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    for (const next of neighbors.get(key) ?? []) {
      if (next === without || reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  return reached;
}
