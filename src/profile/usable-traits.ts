import type { CompiledPrivacy } from '../model/compile-privacy.ts';
import type { JsonValue } from '../model/json.ts';
import type { Facet, Register } from '../model/profile.ts';
import { comparableRegister, readConsent, readNotices, readRegister } from './registers.ts';

/*
 * What is known of somebody is one thing, what may be used of it another: a field may wait until they have been told of it, or until
 * they (or a guardian) agree. It is kept meanwhile, since both can come later; whatever decides about a person asks here.
 */

/** No purpose is declared, the notice was not given yet, the consent is missing. */
export type Withheld = 'no_purpose' | 'pending_notice' | 'no_consent';

/** Why the trait may not be used of whoever these facets are; undefined where it may. Whether there is one does not matter. */
export function whyWithheld(
  facets: readonly Facet[],
  trait: string,
  { gates, inactive }: CompiledPrivacy,
): Withheld | undefined {
  const gate = gates.get(trait);
  if (gate === undefined) return undefined;
  if (gate.closed) return 'no_purpose';
  const { notice, consent } = gate;
  if (notice !== undefined) {
    const told = readNotices(facets).get(notice.name)?.value;
    if (typeof told !== 'number' || told < notice.version) return 'pending_notice';
  }
  return consent === undefined || agrees(facets, consent, inactive) ? undefined : 'no_consent';
}

/** The trait's register, where it may be used. Without a privacy definition everything may. */
export function usableRegister(
  facets: readonly Facet[],
  trait: string,
  privacy: CompiledPrivacy | undefined,
): Register | undefined {
  if (privacy?.gates.has(trait) && whyWithheld(facets, trait, privacy) !== undefined) return undefined;
  return readRegister(facets, 'traits', trait);
}

/** The trait's value for conditions, where it may be used and is not sealed. */
export function usableTrait(
  facets: readonly Facet[],
  trait: string,
  privacy: CompiledPrivacy | undefined,
): JsonValue | undefined {
  return comparableRegister(usableRegister(facets, trait, privacy));
}

/** Whether a consent is given to a purpose that is in use. */
export function usableConsent(
  facets: readonly Facet[],
  name: string,
  privacy: CompiledPrivacy | undefined,
): JsonValue | undefined {
  if (privacy?.inactive.has(name.split('.', 1)[0] ?? name)) return undefined;
  return comparableRegister(readConsent(facets, name));
}

/** Traits of somebody that may not be used, with the reason, by name. */
export function withheldTraits(
  facets: readonly Facet[],
  privacy: CompiledPrivacy,
): ReadonlyMap<string, Withheld> {
  const found = new Map<string, Withheld>();
  if (privacy.gates.size === 0) return found;
  for (const { traits } of facets) {
    for (const name of traits.keys()) {
      if (found.has(name) || !privacy.gates.has(name)) continue;
      const reason = whyWithheld(facets, name, privacy);
      if (reason !== undefined) found.set(name, reason);
    }
  }
  return found;
}

function agrees(facets: readonly Facet[], consent: string, inactive: ReadonlySet<string>): boolean {
  if (inactive.has(consent.split('.', 1)[0] ?? consent)) return false;
  return readConsent(facets, consent)?.value === true;
}
