import { limits } from '../limits.ts';
import type { Claim, Event } from '../model/event.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Evidence, Link, LinkRule, Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { Judged, Judgement } from './judge.ts';
import { give, isKnown, linkAt, linkKey, type Scope, typeOf, updatePersonLink } from './people.ts';

/** Links the used claims of an event, strongest first, to the person it turned out to be about. */
export function linkAll({ event, judgement, person }: Judged, scope: Scope): void {
  const { used } = judgement;
  for (const claim of used) {
    const key = linkKey(claim);
    const link = linkAt(scope.context.view, key) ?? newLink(claim, event, scope);
    let changed = false;
    if (claim.verified && !link.verified) {
      link.verified = true;
      changed = true;
    }
    if (link.sealed === '' && claim.sealed !== undefined) {
      link.sealed = claim.sealed;
      link.sealedBy = event.facet;
      changed = true;
    }
    if (link.owner === '') {
      link.since = scope.context.now;
      const rule = ruleOf(claim, used, scope);
      addEvidence(link, { used, event, rule }, scope);
      give(link, person, scope);
      // One that comes alone leaves a facet of its own, whose rows say whose it is.
      if (event.claims.length > 1) recordLink(key, { event, person, rule }, scope);
      continue;
    }
    if (changed) updatePersonLink(person, link, scope);
    if (addEvidence(link, { used, event, rule: ruleOf(claim, used, scope) }, scope) || changed) {
      scope.context.view.put(`i/${key}`, link);
    }
  }
}

/**
 * Notes which weak identifiers a known person has by statements alone. An event that proves who it is about proves it
 * for its devices too, and for the traces that come along with them; one without a strong identifier hands on what is
 * known of the devices that it names.
 */
export function noteStatements(
  { judgement, person }: Judged,
  { held, traces }: Before,
  { context, policy }: Scope,
): void {
  if (!isKnown(person, policy)) return;
  const { used } = judgement;
  const strong = used.filter(({ type }) => policy.of(type).strong);
  const proved = strong.some(({ verified }) => verified);
  const named = new Set(used.map(linkKey));
  const proving =
    proved || (strong.length === 0 && used.some((claim) => held.get(linkKey(claim))?.stated === false));
  for (const entry of person.links) {
    if (policy.of(typeOf(entry.key)).strong) continue;
    const isNew = traces.has(entry.key) || (named.has(entry.key) && !held.has(entry.key));
    if (!isNew && !named.has(entry.key)) continue;
    if (proving) delete entry.stated;
    else if (isNew) entry.stated = true;
  }
  context.view.put(keys.person(person.id), person);
}

/** What the people of an event held before it. */
export interface Before {
  /** Weak identifiers of known people. */
  readonly held: ReadonlyMap<string, { readonly stated: boolean }>;
  /** Identifiers of traces. */
  readonly traces: ReadonlySet<string>;
}

export function heldBefore({ people }: Judgement, { policy }: Scope): Before {
  const held = new Map<string, { readonly stated: boolean }>();
  const traces = new Set<string>();
  for (const person of people) {
    const known = isKnown(person, policy);
    for (const { key, stated } of person.links) {
      if (known) held.set(key, { stated: stated === true });
      else traces.add(key);
    }
  }
  return { held, traces };
}

/** Whom an identifier came to, and why, where it came together with others; be it that these may not link. */
export function recordLink(
  identifier: string,
  { event, person, rule }: { readonly event: Event; readonly person: Person; readonly rule: LinkRule },
  { context }: Scope,
): void {
  const row = { change: 'linked', profileId: person.id, identifier, rule, source: event.source } as const;
  context.history(identityRow({ ...row, eventId: event.id, at: context.now, cause: context.cause() }));
}

export function newLink(claim: Claim, event: Event, { context }: Scope): Link {
  return {
    type: claim.type,
    hash: claim.hash,
    owner: '',
    verified: claim.verified,
    sealed: claim.sealed ?? '',
    sealedBy: event.facet,
    since: context.now,
    evidence: [],
    past: [],
    seenWith: [],
  };
}

function ruleOf(claim: Claim, used: readonly Claim[], { policy }: Scope): LinkRule {
  if (used.length === 1) return 'first_seen';
  if (!policy.of(claim.type).strong) return 'weak';
  return claim.verified ? 'verified' : 'stated';
}

/** In a larger event each claim points to the strongest one only: enough to hold the graph together. */
const CLIQUE_MAX = 4;

/**
 * Notes with which other identifiers of the event this one came: edges of the identity graph, each with its
 * provenance. The weaker of two notes the pair; the strongest notes its second, so that none is without evidence.
 */
function addEvidence(
  link: Link,
  { used, event, rule }: { readonly used: readonly Claim[]; readonly event: Event; readonly rule: LinkRule },
  { context }: Scope,
): boolean {
  const own = used.findIndex((claim) => claim.hash === link.hash && claim.type === link.type);
  const stronger = used.length <= CLIQUE_MAX ? used.slice(0, own) : used.slice(0, Math.min(own, 1));
  const partners = own > 0 ? stronger : used.slice(1, 2);
  let added = false;
  const note = (withKey: string): void => {
    if (link.evidence.length >= limits.evidencePerLinkMax) return;
    if (link.evidence.some((entry) => entry.with === withKey)) return;
    link.evidence.push({ with: withKey, source: event.source, event: event.id, at: context.now, rule });
    added = true;
  };
  for (const partner of partners) note(linkKey(partner));
  if (used.length === 1 && link.evidence.length === 0) note('');
  return added;
}

/** An operator, or the loyalty master, says that two identifiers are one person's. */
export function noteCommand(link: Link, by: Omit<Evidence, 'rule'>, { context }: Scope): void {
  const kept = link.evidence.filter((entry) => entry.with !== by.with);
  // What somebody decided outlives what was merely observed.
  link.evidence = [...kept.slice(0, limits.evidencePerLinkMax - 1), { ...by, rule: 'command' }];
  context.view.put(`i/${linkKey(link)}`, link);
}
