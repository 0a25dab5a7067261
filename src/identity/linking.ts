import { limits } from '../limits.ts';
import type { Claim, Event } from '../model/event.ts';
import type { Evidence, Link, LinkRule, Person } from '../model/identity.ts';
import { give, linkAt, linkKey, type Scope, updatePersonLink } from './people.ts';

/** Links the used claims of an event, strongest first, to the person it turned out to be about. */
export function linkAll(event: Event, used: readonly Claim[], person: Person, scope: Scope): void {
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
      addEvidence(link, used, { event, rule: ruleOf(claim, used, scope) }, scope);
      give(link, person, scope);
      continue;
    }
    if (changed) updatePersonLink(person, link, scope);
    if (addEvidence(link, used, { event, rule: ruleOf(claim, used, scope) }, scope) || changed) {
      scope.context.view.put(`i/${key}`, link);
    }
  }
}

function newLink(claim: Claim, event: Event, { context }: Scope): Link {
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
  used: readonly Claim[],
  cause: { readonly event: Event; readonly rule: LinkRule },
  { context }: Scope,
): boolean {
  const own = used.findIndex((claim) => claim.hash === link.hash && claim.type === link.type);
  const stronger = used.length <= CLIQUE_MAX ? used.slice(0, own) : used.slice(0, Math.min(own, 1));
  const partners = own > 0 ? stronger : used.slice(1, 2);
  let added = false;
  const note = (withKey: string): void => {
    if (link.evidence.length >= limits.evidencePerLinkMax) return;
    if (link.evidence.some((entry) => entry.with === withKey)) return;
    const { event, rule } = cause;
    link.evidence.push({ with: withKey, source: event.source, event: event.id, at: context.now, rule });
    added = true;
  };
  for (const partner of partners) note(linkKey(partner));
  if (used.length === 1 && link.evidence.length === 0) note('');
  return added;
}

/** An operator, or the loyalty master, says that two identifiers are one person's. */
export function noteCommand(
  link: Link,
  other: string,
  by: Omit<Evidence, 'with' | 'rule'>,
  scope: Scope,
): void {
  const kept = link.evidence.filter((entry) => entry.with !== other);
  // What somebody decided outlives what was merely observed.
  link.evidence = [...kept.slice(0, limits.evidencePerLinkMax - 1), { ...by, with: other, rule: 'command' }];
  scope.context.view.put(`i/${linkKey(link)}`, link);
}
