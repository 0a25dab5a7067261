import { compileEventCondition } from '../conditions/condition.ts';
import type { Event, KindClaim } from '../model/event.ts';
import type { KindRules } from '../model/identity-policy.ts';
import type { ProfileKind } from '../model/profile.ts';
import type { ReadClaim } from './identifiers.ts';
import { type Find, hashOfEntry, parseListEntry } from './kind-lists.ts';
import type { NormalizedEvent } from './normalize.ts';

/** What an event is read for: which claims it makes, and whether its sender may say what somebody is. */
export interface KindReading {
  readonly event: NormalizedEvent['event'];
  readonly claims: readonly ReadClaim[];
  readonly verified: boolean;
}

/** The kind of profile that an event shows its person to be; undefined: it says nothing about that. */
export type ReadKind = (reading: KindReading) => KindClaim | undefined;

const KINDS: readonly ProfileKind[] = ['customer', 'staff', 'test', 'business', 'reseller', 'bot'];

/** Lists and conditions compiled once. A list outranks what an event says, an event outranks a rule. */
export function createKindReader({ lists, rules }: KindRules, find: Find): ReadKind {
  const listed = new Map<string, KindClaim>();
  const said = new Map<unknown, KindClaim>();
  for (const kind of KINDS) {
    said.set(kind, Object.freeze({ kind, by: 'event' }));
    for (const entry of lists[kind] ?? []) {
      const found = hashOfEntry(entry, find);
      // In force an entry is a blind index by itself.
      const index = parseListEntry(entry).hash === undefined ? {} : { entry };
      if ('hash' in found) listed.set(found.hash, Object.freeze({ kind, by: 'list', ...index }));
    }
  }
  const tests = rules.map(({ kind, where }, i) => ({
    claim: Object.freeze({ kind, by: 'rule' }) satisfies KindClaim,
    holds: compileEventCondition(where, `/kinds/rules/${i}/where`),
  }));
  return ({ event, claims, verified }) => {
    if (listed.size > 0) {
      for (const { hash } of claims) {
        const claim = listed.get(hash);
        if (claim !== undefined) return claim;
      }
    }
    if (verified && event.type === 'profile_identified') {
      const claim = said.get(event.properties.kind) ?? said.get(event.traits?.kind);
      if (claim !== undefined) return claim;
    }
    for (const { holds, claim } of tests) {
      // Conditions read what the sender wrote, never claims and facet, which this event does not have yet.
      if (holds(event as Event)) return claim;
    }
    return undefined;
  };
}
