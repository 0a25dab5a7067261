import type { Link, Person } from '../../src/model/identity.ts';
import { UNATTRIBUTED } from '../../src/model/keys.ts';

/** What identity believes at the end, as far as the measures need it. */
export interface PeopleFound {
  /** Profiles that claim to be nobody: their events are in no pair. */
  readonly nobody: ReadonlySet<string>;
  /** People with a strong identifier. */
  readonly known: number;
  /** Traces: devices and cookies of nobody known. */
  readonly traces: number;
  readonly sharedIdentifiers: number;
  readonly blockedIdentifiers: number;
  readonly largestIdentifiers: number;
}

export function readPeople(
  people: Iterable<Person>,
  links: Iterable<Link>,
  isStrong: (type: string) => boolean,
): PeopleFound {
  const anonymous = new Map<string, string>();
  let sharedIdentifiers = 0;
  let blockedIdentifiers = 0;
  for (const { sharedAs, blocked, type, hash } of links) {
    if (sharedAs !== undefined) sharedIdentifiers++;
    if (blocked === true) blockedIdentifiers++;
    if (sharedAs) anonymous.set(`${type}:${hash}`, sharedAs);
  }
  const nobody = new Set([UNATTRIBUTED]);
  const profiles = new Set(anonymous.values());
  let known = 0;
  let traces = 0;
  let largestIdentifiers = 0;
  for (const { id, links: held, mergedInto } of people) {
    if (mergedInto !== undefined) continue;
    largestIdentifiers = Math.max(largestIdentifiers, held.length);
    if (profiles.has(id) && held.every(({ key }) => anonymous.get(key) === id)) nobody.add(id);
    else if (held.some(({ key }) => isStrong(key.slice(0, key.lastIndexOf(':'))))) known++;
    else traces++;
  }
  return { nobody, known, traces, sharedIdentifiers, blockedIdentifiers, largestIdentifiers };
}
