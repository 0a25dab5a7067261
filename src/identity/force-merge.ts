import { limits } from '../limits.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import { noteCommand } from './linking.ts';
import { type MergeCause, mergePeople } from './merge.ts';
import { holderOf, linkAt, type Scope, typeOf, updatePersonLink } from './people.ts';

/**
 * Makes the holders of two identifiers one, whatever limits say; a second value of a type of which a person has one
 * becomes an alias of the first. Undefined when the result would exceed what a profile can hold.
 */
export function forceMerge(
  [a, b]: readonly [string, string],
  cause: MergeCause,
  scope: Scope,
): Person | undefined {
  const { view, now } = scope.context;
  const [one, other] = [holderOf(view, a), holderOf(view, b)];
  if (one === undefined || other === undefined || one === other) return one ?? other;
  if (one.links.length + other.links.length > limits.identifiersPerProfileMax) return undefined;
  if (one.merged.length + other.merged.length + 1 > limits.mergesPerProfileMax) return undefined;
  one.apart = one.apart.filter((id) => id !== other.id && !other.merged.includes(id));
  other.apart = other.apart.filter((id) => id !== one.id && !one.merged.includes(id));
  const winner = mergePeople([one, other], cause, scope);
  const link = linkAt(view, a);
  if (link !== undefined)
    noteCommand(link, { with: b, source: cause.source, event: cause.eventId, at: now }, scope);
  keepOnePerType(winner, cause, scope);
  return winner;
}

/** Of each type of which a person has one, the oldest verified value counts; the others are aliases. */
function keepOnePerType(person: Person, cause: MergeCause, scope: Scope): void {
  const { policy, context } = scope;
  const kept = new Set<string>();
  const ranked = [...person.links].sort(
    (x, y) => Number(y.verified) - Number(x.verified) || x.since - y.since || (x.key < y.key ? -1 : 1),
  );
  for (const { key, alias } of ranked) {
    const type = policy.of(typeOf(key));
    if (!type.once || alias) continue;
    if (kept.has(type.type)) makeAlias({ person, key }, cause, scope);
    kept.add(type.type);
  }
  context.view.put(keys.person(person.id), person);
}

interface Membership {
  readonly person: Person;
  readonly key: string;
}

/** The value stays valid for its person, but another one counts. */
export function makeAlias({ person, key }: Membership, cause: MergeCause, scope: Scope): void {
  const { context } = scope;
  const link = linkAt(context.view, key);
  if (link === undefined || link.alias === true) return;
  link.alias = true;
  context.view.put(`i/${key}`, link);
  updatePersonLink(person, link, scope);
  recordAlias({ person, key }, cause, scope);
}

export function recordAlias({ person, key }: Membership, cause: MergeCause, { context }: Scope): void {
  const row = { change: 'alias', profileId: person.id, identifier: key, ...cause } as const;
  context.history(identityRow({ ...row, at: context.now, cause: context.cause() }));
}

/** The value counts, even where the merge of the people had made an alias of it. */
export function countOnly({ person, key }: Membership, scope: Scope): void {
  const link = linkAt(scope.context.view, key);
  if (link === undefined) return;
  delete link.alias;
  scope.context.view.put(`i/${key}`, link);
  updatePersonLink(person, link, scope);
}
