import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { facetKeyOf } from '../model/facet-id.ts';
import { isJsonObject, isSealed, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Facet, Register } from '../model/profile.ts';

/**
 * Traits and consents are registers: the higher rank wins, then the newer, and ties go to the greater (source, event
 * id). So they merge in any order, and an unmerge takes exactly its own away. A trait's rank is what the conflict rule
 * of its name says of the source; consents have none, since the latest word of a person is the one that counts.
 */
export type RankOf = (name: string, source: string, channel: string) => number;

export function applyRegisters(facet: Facet, event: Event, rankOf: RankOf): void {
  if (event.traits === undefined && event.consent === undefined) return;
  const tie = `${event.source}\0${event.id}`;
  if (event.traits !== undefined) {
    for (const name of Object.keys(event.traits)) {
      const value = event.traits[name];
      if (value === undefined) continue;
      const rank = rankOf(name, event.source, event.channel);
      write(facet.traits, name, { value, time: event.time, tie, rank }, limits.traitsPerFacetMax);
    }
  }
  if (event.consent !== undefined) {
    for (const [purpose, value] of flattenConsent(event.consent)) {
      write(facet.consents, purpose, { value, time: event.time, tie, rank: 0 }, limits.consentsPerFacetMax);
    }
  }
}

function write(registers: Map<string, Register>, name: string, next: Register, max: number): void {
  const current = registers.get(name);
  if (current === undefined && registers.size >= max) return;
  if (current === undefined || wins(next, current)) registers.set(name, next);
}

function wins(a: Register, b: Register): boolean {
  if (a.rank !== b.rank) return a.rank > b.rank;
  if (a.time !== b.time) return a.time > b.time;
  if (a.tie !== b.tie) return a.tie > b.tie;
  // One event that was reported under two sets of identifiers may have said two things.
  return a.value !== b.value && JSON.stringify(a.value) > JSON.stringify(b.value);
}

/** Takes over another facet's registers for good; a sealed value goes on opening with the key of its own facet. */
export function uniteRegisters(into: Facet, from: Facet): void {
  const key = facetKeyOf(from.id);
  const foreign = key !== facetKeyOf(into.id);
  for (const [name, register] of from.traits) {
    const kept = foreign && register.facet === undefined ? { ...register, facet: key } : register;
    write(into.traits, name, kept, limits.traitsPerFacetMax);
  }
  for (const [name, register] of from.consents)
    write(into.consents, name, register, limits.consentsPerFacetMax);
}

/** `{ marketing: { sms: true }, sharing: false }` becomes `marketing.sms` and `sharing`. */
function* flattenConsent(consent: JsonObject): Generator<readonly [string, boolean]> {
  for (const purpose of Object.keys(consent)) {
    const value = consent[purpose];
    if (typeof value === 'boolean') yield [purpose, value];
    else if (isJsonObject(value)) {
      for (const channel of Object.keys(value)) {
        const given = value[channel];
        if (typeof given === 'boolean') yield [`${purpose}.${channel}`, given];
      }
    }
  }
}

/** The value in force over the facets of a profile, or undefined. */
export function readRegister(
  facets: readonly Facet[],
  kind: 'traits' | 'consents',
  name: string,
): Register | undefined {
  let best: Register | undefined;
  for (const facet of facets) {
    const register = facet[kind].get(name);
    if (register !== undefined && (best === undefined || wins(register, best))) best = register;
  }
  return best;
}

/** A consent to a purpose holds for its channels, until one says otherwise later; taken back, it is so for all. */
export function readConsent(facets: readonly Facet[], name: string): Register | undefined {
  const own = readRegister(facets, 'consents', name);
  const dot = name.indexOf('.');
  const whole = dot < 0 ? undefined : readRegister(facets, 'consents', name.slice(0, dot));
  return whole !== undefined && (own === undefined || wins(whole, own)) ? whole : own;
}

export interface ReadRegister extends Register {
  readonly name: string;
  /** The key, also where the facet is closed: that is what the value was sealed under. */
  readonly facet: string;
}

/** All registers in force, by name; each says which facet it came from, whose key opens it if it is sealed. */
export function readRegisters(facets: readonly Facet[], kind: 'traits' | 'consents'): ReadRegister[] {
  const best = new Map<string, ReadRegister>();
  for (const facet of facets) {
    const key = facetKeyOf(facet.id);
    for (const [name, register] of facet[kind]) {
      const current = best.get(name);
      if (current === undefined || wins(register, current))
        best.set(name, { ...register, name, facet: register.facet ?? key });
    }
  }
  return [...best.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Consents in force: what was said of a channel before its purpose was decided as a whole is left out. */
export function readConsents(facets: readonly Facet[]): ReadRegister[] {
  const all = readRegisters(facets, 'consents');
  const wholes = new Map(all.filter(({ name }) => !name.includes('.')).map((entry) => [entry.name, entry]));
  return all.filter((entry) => {
    const whole = wholes.get(entry.name.slice(0, entry.name.indexOf('.')));
    return !entry.name.includes('.') || whole === undefined || !wins(whole, entry);
  });
}

/** A register's value for conditions: sealed ones are never visible to them. */
export function comparableRegister(register: Register | undefined): JsonValue | undefined {
  return register === undefined || isSealed(register.value) ? undefined : register.value;
}
