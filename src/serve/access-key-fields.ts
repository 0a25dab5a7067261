import { limits } from '../limits.ts';
import { allScopes, type KeyKind, type KeyTerms, type Scope } from '../model/access-key.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { parseDuration } from '../model/time.ts';
import type { NewKey } from './access-key-service.ts';
import { invalidField, refuseUnknownFields } from './json-body.ts';
import { parseTime, TIME_FORMS } from './parameters.ts';

const TERMS = ['scopes', 'origins', 'requests_per_second', 'events_per_second', 'expires_at'] as const;
const NAME = /^[\w.:-]{1,64}$/;

/** Terms of a key that says nothing of them: good for all pages, without a rate, for good. */
const UNSAID = { origins: 'any', requestsPerSecond: 0, eventsPerSecond: 0, expiresAt: 0 } as const;

/** `{ name, kind, scopes, … }`; what is not said of a new key is not restricted, except scopes, which have to be said. */
export function readNewKey(body: JsonObject): NewKey {
  refuseUnknownFields(body, ['name', 'kind', ...TERMS]);
  const { name } = body;
  if (typeof name !== 'string' || !NAME.test(name))
    throw invalidField('name', 'must have 1 to 64 letters, digits and _ . : -');
  const kind = readKind(body.kind);
  const { scopes = kind === 'write' ? (['ingest'] as const) : undefined, ...terms } = termsOf(body);
  if (scopes === undefined) throw invalidField('scopes', `must be some of ${allScopes.join(', ')}`);
  if (kind === 'write' && scopes.some((scope) => scope !== 'ingest'))
    throw invalidField('scopes', 'of a write key are ingest alone');
  return { name, kind, terms: { ...UNSAID, ...terms, scopes } };
}

/** Those that are named; the others stay as they are. */
export function readTerms(body: JsonObject): Partial<KeyTerms> {
  refuseUnknownFields(body, TERMS);
  if (Object.keys(body).length === 0) throw invalidField(TERMS[0], 'or another one must be there');
  return termsOf(body);
}

/** `{ grace: "24h" }`: how long the secret before is good as well; "0": not at all. */
export function readGrace(body: JsonObject): number {
  refuseUnknownFields(body, ['grace']);
  const { grace } = body;
  if (grace === undefined) return limits.keyGraceMs;
  const ms = grace === '0' || grace === 0 ? 0 : typeof grace === 'string' ? parseDuration(grace) : undefined;
  if (ms !== undefined && ms <= limits.keyGraceMaxMs) return ms;
  const days = limits.keyGraceMaxMs / 86_400_000;
  throw invalidField('grace', `must be a duration such as 24h of at most ${days}d, or "0"`);
}

function termsOf(body: JsonObject): Partial<KeyTerms> {
  const { scopes, origins, requests_per_second, events_per_second, expires_at } = body;
  return {
    ...(scopes === undefined ? {} : { scopes: readScopes(scopes) }),
    ...(origins === undefined ? {} : { origins: readOrigins(origins) }),
    ...(requests_per_second === undefined
      ? {}
      : { requestsPerSecond: readRate(requests_per_second, 'requests_per_second') }),
    ...(events_per_second === undefined
      ? {}
      : { eventsPerSecond: readRate(events_per_second, 'events_per_second') }),
    ...(expires_at === undefined ? {} : { expiresAt: readExpiry(expires_at) }),
  };
}

function readKind(kind: JsonValue | undefined): KeyKind {
  if (kind === 'write' || kind === 'secret') return kind;
  throw invalidField('kind', 'must be write (for pages and apps) or secret (for servers)');
}

function readScopes(value: JsonValue): readonly Scope[] {
  const problem = `must be a list of some of ${allScopes.join(', ')}`;
  if (!Array.isArray(value) || value.length === 0) throw invalidField('scopes', problem);
  const named: ReadonlySet<unknown> = new Set(value);
  const known = allScopes.filter((scope) => named.has(scope));
  if (known.length !== value.length) throw invalidField('scopes', `${problem}, each once`);
  return known;
}

function readOrigins(value: JsonValue): KeyTerms['origins'] {
  if (value === 'any') return value;
  const problem = `must be "any", or a list of 1 to ${limits.keyOriginsMax} origins such as https://shop.example, without a path`;
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.keyOriginsMax)
    throw invalidField('origins', problem);
  return value.map((origin: JsonValue) => {
    if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin)
      return origin;
    throw invalidField('origins', problem);
  });
}

/** Null: as many as come. */
function readRate(value: JsonValue, name: string): number {
  if (value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= limits.keyRateMax)
    return value;
  throw invalidField(name, `must be a whole number from 1 to ${limits.keyRateMax}, or null`);
}

/** Null: never. */
function readExpiry(value: JsonValue): number {
  if (value === null) return 0;
  const at = typeof value === 'string' ? parseTime(value) : value;
  if (typeof at === 'number' && Number.isSafeInteger(at) && at > 0) return at;
  throw invalidField('expires_at', `must be ${TIME_FORMS} or epoch milliseconds, or null`);
}
