/**
 * Identifiers as sent → claims: normalized, blocked values taken out, the value replaced by its blind index (a keyed
 * hash), sorted weakest first. The order is a total one over (strength, claim, type, hash), so the claims of an event,
 * and with them its facet, do not depend on the order in which a client wrote them.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Claim } from '../model/event.ts';
import type { IdentifierTypePolicy, IdentityPolicy } from '../model/identity-policy.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { createBlocklist } from './blocked-identifiers.ts';
import { createNormalizers } from './normalize-identifier.ts';

const HASH_BYTES = 16;
const ISSUED_TYPE = /^([a-z][a-z0-9_]{0,63})@([A-Za-z0-9._-]{1,64})$/;

/** A claim with its normalized value: ingest seals the value and lets only the claim go on. */
export interface ReadClaim extends Claim {
  readonly value: string;
  /** Place of the type in the policy: 0 is the strongest. */
  readonly rank: number;
  readonly strong: boolean;
}

export interface DroppedIdentifier {
  readonly type: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface IdentifierReading {
  /** Weakest first; empty when there are too many. */
  readonly claims: readonly ReadClaim[];
  readonly dropped: readonly DroppedIdentifier[];
  /** The event carries more than one event may: the caller rejects it. */
  readonly tooMany: boolean;
}

export interface IdentifierReaderOptions {
  readonly policy: Pick<IdentityPolicy, 'types' | 'blocked'>;
  readonly indexKey: Uint8Array;
  /** ISO 3166: whose phone numbers are meant where no country code is written. */
  readonly defaultRegion: string;
}

/** How the claims of one event are to be taken. */
export interface ReadingTerms {
  readonly verified: boolean;
  /** Ranks of the types that may not identify anyone in this event. */
  readonly denied?: ReadonlySet<number> | undefined;
  /** Claims that the event makes beside its identifiers. */
  readonly also?: readonly ReadClaim[] | undefined;
}

export interface IdentifierReader {
  /** Claims of one event. Traits named like an identifier type are identifiers too. */
  read(identifiers: JsonObject, traits: JsonObject | undefined, terms: ReadingTerms): IdentifierReading;
  /** One identifier, as a path or a command names it. */
  find(type: string, value: string): ReadClaim | DroppedIdentifier;
}

/** A value read once: both forms of its claim, or why it is none. */
type Resolved = { readonly stated: ReadClaim; readonly verified: ReadClaim } | DroppedIdentifier;

interface KnownType {
  /** As claims write it: with the issuer, where that is not the default one. */
  readonly name: string;
  readonly rule: IdentifierTypePolicy;
  readonly rank: number;
}

export function createIdentifierReader(options: IdentifierReaderOptions): IdentifierReader {
  const types = new Map(
    options.policy.types.map((rule, rank) => [rule.type, { name: rule.type, rule, rank }]),
  );
  const resolve = createResolver(options, types);
  const read: IdentifierReader['read'] = (identifiers, traits, terms) => {
    const reading = new Reading(resolve, terms);
    if (terms.also !== undefined) for (const claim of terms.also) reading.takeClaim(claim);
    for (const type in identifiers) reading.take(type, identifiers[type]);
    if (traits !== undefined) {
      for (const name in traits) if (types.has(name)) reading.take(name, traits[name]);
    }
    return reading.finish();
  };
  return {
    read,
    find(type, value) {
      const found = resolve(type, value);
      return 'code' in found ? found : found.stated;
    },
  };
}

/** Collects the claims of one event. */
class Reading {
  readonly #resolve: (type: string, value: string) => Resolved;
  readonly #terms: ReadingTerms;
  readonly #claims: ReadClaim[] = [];
  readonly #dropped: DroppedIdentifier[] = [];
  #values = 0;

  constructor(resolve: (type: string, value: string) => Resolved, terms: ReadingTerms) {
    this.#resolve = resolve;
    this.#terms = terms;
  }

  takeClaim(claim: ReadClaim): void {
    this.#values += 1;
    this.#add(claim);
  }

  take(type: string, value: JsonValue | undefined): void {
    // SDKs send null for "nobody yet": that is no identifier, and nothing to complain about.
    if (value === undefined || value === null) return;
    if (!isList(value)) {
      this.#takeOne(type, value);
      return;
    }
    for (const entry of value) {
      this.#takeOne(type, entry);
      if (this.#values > limits.identifiersPerEventMax) return;
    }
  }

  finish(): IdentifierReading {
    const tooMany = this.#values > limits.identifiersPerEventMax;
    if (tooMany) return { claims: [], dropped: [], tooMany };
    if (this.#claims.length > 1) this.#claims.sort(compareClaims);
    return { claims: this.#claims, dropped: this.#dropped, tooMany };
  }

  #takeOne(type: string, value: JsonValue): void {
    this.#values += 1;
    if (this.#values > limits.identifiersPerEventMax) return;
    const text = identifierText(value);
    const found = text === undefined ? drop(type, 'invalid_identifier', NOT_TEXT) : this.#resolve(type, text);
    if ('code' in found) {
      this.#dropped.push(found);
      return;
    }
    this.#add(this.#terms.verified ? found.verified : found.stated);
  }

  #add(claim: ReadClaim): void {
    if (this.#terms.denied?.has(claim.rank) === true) {
      this.#dropped.push(drop(claim.type, 'identifier_not_allowed', NOT_ALLOWED));
      return;
    }
    for (const other of this.#claims) if (other.hash === claim.hash && other.type === claim.type) return;
    this.#claims.push(claim);
  }
}

const NOBODY = 'The value never identifies anyone.';
const NOT_ALLOWED = 'Events of this source may not identify anyone by this type.';
const NOT_TEXT = 'An identifier is a text, an integer, or a list of these.';

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function identifierText(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

/** Weak before strong; among strong ones stated before verified; then the weaker type, then the hash. */
function compareClaims(a: ReadClaim, b: ReadClaim): number {
  if (a.strong !== b.strong) return a.strong ? 1 : -1;
  if (a.verified !== b.verified) return a.verified ? 1 : -1;
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  return a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0;
}

type Resolve = (type: string, value: string) => Resolved;

/** From type and value as sent to the claim, remembering what was read: HMAC and phone rules cost microseconds. */
function createResolver(options: IdentifierReaderOptions, types: ReadonlyMap<string, KnownType>): Resolve {
  const cache = new LRUCache<string, Resolved>({ max: limits.identifierCacheEntries });
  const normalizers = createNormalizers(options.defaultRegion);
  const { isNobody, isRelay } = createBlocklist(options.policy.blocked);
  const indexKey = createSecretKey(options.indexKey);

  const compute = (type: string, raw: string): Resolved => {
    const known = knownType(types, type);
    if (known === undefined)
      return drop(type, 'unknown_identifier_type', 'The identifier type is not configured.');
    if (isNobody(raw)) return drop(known.name, 'blocked_identifier', NOBODY);
    const { normalize } = known.rule;
    const value = normalizers[normalize](raw);
    if (value === undefined || value.length > limits.identifierCharactersMax) {
      return drop(known.name, 'invalid_identifier', `The value is not a valid ${known.rule.type}.`);
    }
    if (isNobody(value) || isRelay(value, normalize)) {
      return drop(known.name, 'blocked_identifier', NOBODY);
    }
    const hash = createHmac('sha256', indexKey).update(`${known.name}\u0000${value}`).digest();
    return claims(known, value, hash.toString('base64url', 0, HASH_BYTES));
  };

  return (type, raw) => {
    if (type.length > limits.identifierCharactersMax || raw.length > limits.identifierCharactersMax) {
      return drop(
        type.slice(0, limits.identifierCharactersMax),
        'invalid_identifier',
        'The identifier is too long.',
      );
    }
    const key = `${type}\u0000${raw}`;
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const resolved = compute(type, raw);
    cache.set(key, resolved);
    return resolved;
  };
}

function knownType(types: ReadonlyMap<string, KnownType>, type: string): KnownType | undefined {
  const plain = types.get(type);
  if (plain !== undefined) return plain;
  const [, base, issuer] = ISSUED_TYPE.exec(type) ?? [];
  const known = base === undefined ? undefined : types.get(base);
  if (known?.rule.issued !== true) return undefined;
  return issuer === known.rule.issuer ? known : { ...known, name: type };
}

/** Weak identifiers are never verified, so that the web and the till agree about a device. */
function claims({ name, rule, rank }: KnownType, value: string, hash: string): Resolved {
  const stated = { type: name, hash, verified: false, value, rank, strong: rule.strong };
  return { stated, verified: rule.strong ? { ...stated, verified: true } : stated };
}

function drop(type: string, code: ErrorCode, message: string): DroppedIdentifier {
  return { type, code, message };
}
