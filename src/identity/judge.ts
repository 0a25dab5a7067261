import { limits } from '../limits.ts';
import type { Claim, Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Link, Person } from '../model/profile.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import type { CompiledPolicy } from './policy.ts';

/**
 * Which people would a combination of claims join, and may it?
 *
 * Any shared identifier matches. If joining would break a limit, the event loses the claims that conflict with
 * stronger ones of its own. Stated strong claims may take a value that nobody holds and may name a known person for an
 * unknown one, but never join two known people. A verified claim beats a stated link.
 */
export interface Judgement {
  /** Claims that link, weakest first. */
  readonly used: readonly Claim[];
  /** Claims that had to be dropped, with the reason: recorded for review. */
  readonly dropped: readonly Dropped[];
  /** Existing people that the used claims belong to; more than one means a merge. */
  readonly people: readonly Person[];
  /** Links that change hands: a verified claim takes a value that was only stated elsewhere. */
  readonly yielding: readonly Link[];
}

interface Dropped {
  readonly claim: Claim;
  readonly reason: 'limit' | 'stated' | 'shared';
}

const YEAR_MS = 365 * DAY_MS;

export function judge(
  event: Event,
  context: Pick<FoldContext, 'view' | 'now'>,
  policy: CompiledPolicy,
): Judgement {
  const { view, now } = context;
  const dropped: Dropped[] = [];
  let used: Claim[] = [];
  for (const claim of event.claims) {
    if (linkOf(view, claim)?.sharedAs === undefined) used.push(claim);
    else dropped.push({ claim, reason: 'shared' });
  }
  used = dropStrangers(used, view, policy, dropped);
  const whole = ownersOf(used, view, policy);
  if (used.length <= 1 || fits({ used, ...whole, view, policy, now })) return { used, dropped, ...whole };
  used = dropConflicts(used, { view, policy, now }, dropped);
  return { used, dropped, ...ownersOf(used, view, policy) };
}

/** The strongest claim stays; each weaker one does if it still fits to those that have stayed. */
function dropConflicts(
  claims: readonly Claim[],
  scope: Pick<Fit, 'view' | 'policy' | 'now'>,
  dropped: Dropped[],
): Claim[] {
  let kept: Claim[] = [];
  for (let at = claims.length - 1; at >= 0; at--) {
    const claim = claims[at] as Claim;
    const used = [claim, ...kept];
    if (kept.length === 0 || fits({ used, ...ownersOf(used, scope.view, scope.policy), ...scope }))
      kept = used;
    else dropped.push({ claim, reason: 'limit' });
  }
  return kept;
}

/** Stated strong claims that belong to somebody else than the people already named leave the event. */
function dropStrangers(
  claims: readonly Claim[],
  view: StateView,
  policy: CompiledPolicy,
  dropped: Dropped[],
): Claim[] {
  const isStated = (claim: Claim) => !claim.verified && policy.of(claim.type).strong;
  const known = new Set<string>();
  for (const claim of claims) {
    const owner = isStated(claim) ? undefined : personOf(view, claim);
    if (owner !== undefined && isKnown(owner, policy)) known.add(owner.id);
  }
  // Strongest stated claims choose first: a user id outranks a typed phone.
  const kept = new Set<Claim>();
  for (const claim of [...claims].reverse()) {
    const owner = isStated(claim) ? personOf(view, claim) : undefined;
    if (owner === undefined || known.has(owner.id)) kept.add(claim);
    else if (known.size === 0) {
      if (isKnown(owner, policy)) known.add(owner.id);
      kept.add(claim);
    } else dropped.push({ claim, reason: 'stated' });
  }
  return claims.filter((claim) => kept.has(claim));
}

function ownersOf(
  used: readonly Claim[],
  view: StateView,
  policy: CompiledPolicy,
): { people: Person[]; yielding: Link[] } {
  const people = new Map<string, Person>();
  const stated: { link: Link; person: Person }[] = [];
  for (const claim of used) {
    const link = linkOf(view, claim);
    const person = link && personOf(view, claim);
    if (link === undefined || person === undefined) continue;
    if (claim.verified && !link.verified) stated.push({ link, person });
    else people.set(person.id, person);
  }
  const someoneKnown = [...people.values()].some((person) => isKnown(person, policy));
  const yielding: Link[] = [];
  for (const { link, person } of stated) {
    const knownOtherwise = person.links.some(
      (key) => key !== `${link.type}:${link.hash}` && policy.of(typeOf(key)).strong,
    );
    if (!people.has(person.id) && someoneKnown && knownOtherwise) yielding.push(link);
    else people.set(person.id, person);
  }
  return { people: [...people.values()], yielding };
}

interface Fit {
  readonly used: readonly Claim[];
  readonly people: readonly Person[];
  readonly yielding: readonly Link[];
  readonly view: StateView;
  readonly policy: CompiledPolicy;
  readonly now: EpochMs;
}

/** Would the union of these people and claims stay within every limit? */
function fits({ used, people, yielding, view, policy, now }: Fit): boolean {
  const values = new Set<string>();
  for (const person of people) for (const key of person.links) values.add(key);
  for (const link of yielding) values.add(`${link.type}:${link.hash}`);
  for (const claim of used) values.add(`${claim.type}:${claim.hash}`);
  if (values.size > limits.identifiersPerProfileMax) return false;
  if (people.reduce((sum, person) => sum + person.merged.length + 1, -1) > limits.mergesPerProfileMax)
    return false;
  const counts = new Map<string, number>();
  for (const key of values) {
    const type = typeOf(key);
    const rule = policy.of(type);
    if (rule.period === 'year' && (view.get<Link>(`i/${key}`)?.since ?? now) <= now - YEAR_MS) continue;
    const count = (counts.get(type) ?? 0) + 1;
    if (count > rule.limit) return false;
    counts.set(type, count);
  }
  return true;
}

export function linkOf(view: StateView, claim: Claim): Link | undefined {
  return view.get<Link>(keys.link(claim.type, claim.hash));
}

export function personOf(view: StateView, claim: Claim): Person | undefined {
  const owner = linkOf(view, claim)?.owner;
  return owner === undefined ? undefined : view.get<Person>(keys.person(owner));
}

/** A known person has a strong identifier; others are traces of a device or a browser. */
export function isKnown(person: Person, policy: CompiledPolicy): boolean {
  return person.links.some((key) => policy.of(typeOf(key)).strong);
}

export function typeOf(linkKey: string): string {
  return linkKey.slice(0, linkKey.lastIndexOf(':'));
}
