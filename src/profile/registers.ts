import { limits } from '../limits.ts';
import { noticeOf, textVersionOf, wordsOfConsent } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import { facetKeyOf } from '../model/facet-id.ts';
import type { JsonValue } from '../model/json.ts';
import type { Facet, Register } from '../model/profile.ts';
import { withoutSealed } from '../model/without-sealed.ts';

/**
 * Traits and consents are registers: the higher rank wins, then the newer, and ties go to the greater (source, event
 * id). So they merge in any order, and an unmerge takes exactly its own away. A trait's rank is what the conflict rule
 * of its name says of the source; consents have none, since the latest word of a person is the one that counts, as far as
 * it is theirs (`readConsent`).
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
    const stated = event.claims.some(({ verified }) => verified) ? {} : ({ stated: true } as const);
    const text = textVersionOf(event);
    const how = text === undefined ? stated : { ...stated, text };
    for (const { name, value, rank } of wordsOfConsent(event.consent))
      writeConsent(facet, name, { value, time: event.time, tie, rank, ...how });
  }
}

function write(registers: Map<string, Register>, name: string, next: Register, max: number): void {
  const current = registers.get(name);
  if (current === undefined && registers.size >= max) return;
  if (current === undefined || wins(next, current)) registers.set(name, next);
}

/** Two registers for each consent: the newest word, and the newest that was verified, kept only where they differ. */
function writeConsent(facet: Facet, name: string, next: Register): void {
  const current = facet.consents.get(name);
  if (current === undefined && facet.consents.size >= limits.consentsPerFacetMax) return;
  const proved = better(provedIn(facet, name), next.stated ? undefined : next);
  const newest = better(current, next);
  facet.consents.set(name, newest);
  if (newest.stated && proved !== undefined) {
    facet.proved ??= new Map();
    facet.proved.set(name, proved);
  } else if (facet.proved?.delete(name) && facet.proved.size === 0) delete facet.proved;
}

function provedIn(facet: Facet, name: string): Register | undefined {
  const newest = facet.consents.get(name);
  return newest?.stated ? facet.proved?.get(name) : newest;
}

function better(a: Register | undefined, b: Register): Register;
function better(a: Register | undefined, b: Register | undefined): Register | undefined;
function better(a: Register | undefined, b: Register | undefined): Register | undefined {
  return a === undefined || (b !== undefined && wins(b, a)) ? b : a;
}

function wins(a: Register, b: Register): boolean {
  if (a.rank !== b.rank) return a.rank > b.rank;
  if (a.time !== b.time) return a.time > b.time;
  if (a.tie !== b.tie) return a.tie > b.tie;
  // One event that was reported under two sets of identifiers may have said two things.
  if (a.value !== b.value) {
    const [x, y] = [JSON.stringify(a.value), JSON.stringify(b.value)];
    if (x !== y) return x > y;
  }
  if (a.stated !== b.stated) return b.stated === true;
  return (a.text ?? '') > (b.text ?? '');
}

/** Takes over another facet's registers for good; a sealed value goes on opening with the key of its own facet. */
export function uniteRegisters(into: Facet, from: Facet): void {
  const key = facetKeyOf(from.id);
  const foreign = key !== facetKeyOf(into.id);
  for (const [name, register] of from.traits) {
    const kept = foreign && register.facet === undefined ? { ...register, facet: key } : register;
    write(into.traits, name, kept, limits.traitsPerFacetMax);
  }
  for (const [name, register] of from.consents) writeConsent(into, name, register);
  for (const [name, register] of from.proved ?? []) writeConsent(into, name, register);
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

/**
 * A consent to a purpose holds for its channels, until one says otherwise later; taken back, it is so for all. Whoever
 * knows somebody's phone can state a consent of theirs: it never overrides a refusal that was verified, while a refusal
 * counts whoever states it.
 */
export function readConsent(facets: readonly Facet[], name: string): Register | undefined {
  const purpose = purposeOf(name);
  let { newest, proved } = wordsOf(facets, name);
  if (purpose !== name) {
    const whole = wordsOf(facets, purpose);
    newest = better(newest, whole.newest);
    proved = better(proved, whole.proved);
  }
  return newest?.value === true && proved?.value === false ? proved : newest;
}

interface Words {
  readonly newest: Register | undefined;
  readonly proved: Register | undefined;
}

function wordsOf(facets: readonly Facet[], name: string): Words {
  let newest: Register | undefined;
  let proved: Register | undefined;
  for (const facet of facets) {
    newest = better(newest, facet.consents.get(name));
    proved = better(proved, provedIn(facet, name));
  }
  return { newest, proved };
}

function purposeOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
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
export function readConsents(facets: readonly Facet[]): (Register & { readonly name: string })[] {
  const names = new Set(facets.flatMap(({ consents }) => [...consents.keys()]));
  const found: (Register & { readonly name: string })[] = [];
  for (const name of [...names].sort()) {
    if (noticeOf(name) !== undefined) continue;
    const register = readConsent(facets, name);
    const purpose = purposeOf(name);
    if (register === undefined || (purpose !== name && register === readConsent(facets, purpose))) continue;
    found.push({ ...register, name });
  }
  return found;
}

/** The newest version of each notice that is recorded of somebody, by its name. */
export function readNotices(facets: readonly Facet[]): ReadonlyMap<string, Register> {
  const found = new Map<string, Register>();
  for (const { consents } of facets) {
    for (const [name, register] of consents) {
      const notice = noticeOf(name);
      if (notice !== undefined) found.set(notice, better(found.get(notice), register));
    }
  }
  return found;
}

/** A register's value for conditions: what is sealed, or lies sealed in it, is never visible to them. */
export function comparableRegister(register: Register | undefined): JsonValue | undefined {
  return register === undefined ? undefined : withoutSealed(register.value);
}
