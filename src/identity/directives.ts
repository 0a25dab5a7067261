import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { identityRow } from '../model/history-rows.ts';
import { IdSet } from '../model/id-set.ts';
import type { Link, Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { DedupDay } from '../model/profile.ts';
import { DAY_MS, dayOf, type EpochMs } from '../model/time.ts';
import { closeFacets } from './epochs.ts';
import { mergeMembers } from './members.ts';
import { foundPerson, give, isKnown, linkAt, linkKey, release, type Scope } from './people.ts';

/** What some events ask of identity beside linking their claims. Each is obeyed once, however often it is sent. */
export interface DirectiveMemory {
  needs(event: Event, now: EpochMs): string[];
  /** True the first time; remembers it. */
  isNew(event: Event, context: FoldContext): boolean;
}

/** Ids of obeyed events by day of append time, as facets keep theirs; a day expires as a whole. */
export function createDirectiveMemory(idOf: (event: Event) => string): DirectiveMemory {
  const days = limits.dedupMs / DAY_MS;
  const keysOf = (event: Event, now: EpochMs): string[] => {
    const today = dayOf(now);
    return Array.from({ length: days + 1 }, (_, back) => keys.dedup(today - back, 'identity', event.facet));
  };
  return {
    needs: keysOf,
    isNew(event, { view, now }) {
      const id = idOf(event);
      const [today, ...before] = keysOf(event, now);
      if (today === undefined) return true;
      const entry = view.get<DedupDay>(today) ?? { ids: IdSet.of() };
      if (entry.ids.has(id) || before.some((key) => view.get<DedupDay>(key)?.ids.has(id))) return false;
      // A kiosk that signs out more often than this in a day may have a repeat obeyed twice, which closes a session early.
      if (entry.ids.size < limits.dedupIdsPerFacetMax) entry.ids.add(id);
      view.put(today, entry);
      return true;
    },
  };
}

export function obey(event: Event, person: Person, scope: Scope): void {
  switch (event.identity?.type) {
    case 'signed_out':
      signOut(event, person, scope);
      return;
    case 'members_merged':
      mergeMembers(event, event.identity, scope);
      return;
    default:
      // Signing in is linking: judging the claims anew has done it.
      return;
  }
}

/** The devices of the event are nobody's from now on; what they did signed out so far stays with the person. */
function signOut(event: Event, person: Person, scope: Scope): void {
  if (!isKnown(person, scope.policy)) return;
  const links: Link[] = [];
  for (const claim of event.claims) {
    const link = linkAt(scope.context.view, linkKey(claim));
    if (link === undefined || scope.policy.of(claim.type).strong || link.owner !== person.id) continue;
    links.push(link);
  }
  if (links.length === 0) return;
  const left = new Set(links.map(linkKey));
  // Among themselves they stay linked.
  const mutual = links.map(({ evidence }) => evidence.filter((entry) => left.has(entry.with)));
  for (const link of links) {
    release(link, 'signed_out', scope);
    const { context } = scope;
    const row = {
      change: 'closed',
      profileId: person.id,
      identifier: linkKey(link),
      reason: 'signed_out',
    } as const;
    const why = { source: event.source, eventId: event.id, at: context.now, cause: context.cause() };
    context.history(identityRow({ ...row, ...why }));
  }
  const begin = (): Person => {
    const fresh = foundPerson(scope);
    for (const [n, link] of links.entries()) {
      link.since = scope.context.now;
      link.evidence = mutual[n] ?? [];
      give(link, fresh, scope);
    }
    return fresh;
  };
  closeFacets({ from: person, left, to: begin, reason: 'signed_out' }, scope);
}
