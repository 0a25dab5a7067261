import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import type { Claim, Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Position, QuarantineRecord } from '../model/record.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { DecodedItem } from './body.ts';
import { combinationKey, facetKey, pseudoFacetOf } from './facet-key.ts';
import type { DroppedIdentifier, IdentifierReader, ReadClaim } from './identifiers.ts';
import type { Normalize, NormalizedEvent, PersonalValue, RequestContext } from './normalize.ts';
import { type Rejection, reject } from './rejection.ts';
import type { DataKey, Sealer } from './seal.ts';

/**
 * The way of a batch into the log: normalize, name the facet, seal what is personal, append, and only then
 * answer. One bad event never fails the others: it is appended too, sealed and with its reason, so that it can be
 * replayed.
 */
export interface AdmitOptions {
  readonly normalize: Normalize;
  readonly identifiers: IdentifierReader;
  readonly sealer: Sealer;
  readonly log: Log;
  readonly clock: Clock;
  readonly encodeEvent: (event: Event) => Uint8Array;
  readonly encodeQuarantine: (record: QuarantineRecord) => Uint8Array;
  readonly outcomes: OutcomeSource;
  readonly tally: { readonly received: Tally; readonly refused: Tally };
}

interface Tally {
  add(count: number): void;
}

/** Where the fate of appended records can be asked for. */
export interface OutcomeSource {
  announce(): () => void;
  outcomesOf(positions: readonly Position[]): Promise<readonly Outcome[]>;
}

export interface AdmitRequest {
  readonly items: readonly DecodedItem[];
  /** Turns one item of the body into wire events of the canonical shape. */
  readonly decode: (item: JsonObject) => JsonObject;
  readonly context: RequestContext;
  /** Secret keys make verified claims. */
  readonly verified: boolean;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

export interface Rejected {
  readonly index: number;
  readonly id?: string;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly quarantine_id?: string;
}

export interface AcceptedItem {
  readonly index: number;
  readonly event: Event;
  readonly dropped: readonly DroppedIdentifier[];
  readonly outcome?: Outcome;
}

export interface Admission {
  readonly accepted: readonly AcceptedItem[];
  readonly rejected: readonly Rejected[];
  readonly timings: { readonly validate_us: number; readonly log_us: number; readonly apply_us: number };
}

export type Admit = (request: AdmitRequest) => Promise<Admission>;

interface Draft {
  readonly index: number;
  /** Key of the whole set of claims: what the log may have introduced already. */
  readonly combination: string;
  readonly normalized: NormalizedEvent;
  readonly claims: readonly ReadClaim[];
  readonly dropped: readonly DroppedIdentifier[];
  readonly facet: string;
}

export function createAdmit(options: AdmitOptions): Admit {
  const introduced = new LRUCache<string, true>({ max: limits.facetKeyCacheEntries });
  const sealing = { sealer: options.sealer, introduced };
  // Ids of events without one must differ between requests of the same millisecond.
  let requests = 0;
  return async (request) => {
    const started = performance.now();
    const context = { ...request.context, index: `${requests++}` };
    const { drafts, rejected } = draft(request, context, options);
    const events = await sealAll(drafts, sealing);
    const validated = performance.now();
    if (request.dryRun) {
      const accepted = events.map((event, i) => acceptedItem(drafts[i] as Draft, event));
      return { accepted, rejected: rejected.map(withoutQuarantine), timings: timingsOf(started, validated) };
    }
    options.tally.received.add(request.items.length);
    const quarantined = rejected.map((entry) => quarantineRecord(entry, context, options));
    const records = [...events.map(options.encodeEvent), ...quarantined.map(options.encodeQuarantine)];
    const appended = await appendAll({ records, accepted: events.length, wait: request.wait }, options);
    for (const { combination } of drafts) introduced.set(combination, true);
    return {
      accepted: events.map((event, i) => acceptedItem(drafts[i] as Draft, event, appended.outcomes?.[i])),
      rejected: rejected.map((entry, i) => ({ ...withoutQuarantine(entry), quarantine_id: quarantined[i]?.id ?? '' })),
      timings: timingsOf(started, validated, appended),
    };
  };
}

interface RejectedItem {
  readonly index: number;
  readonly id?: string;
  readonly rejection: Rejection;
  readonly text: string;
}

function draft(
  request: AdmitRequest,
  context: RequestContext,
  options: AdmitOptions,
): { drafts: Draft[]; rejected: RejectedItem[] } {
  const drafts: Draft[] = [];
  const rejected: RejectedItem[] = [];
  for (let index = 0; index < request.items.length; index++) {
    const item = request.items[index] as DecodedItem;
    if (!item.ok) {
      rejected.push({ index, ...(item.id === undefined ? {} : { id: item.id }), rejection: item, text: item.text });
      continue;
    }
    const wire = request.decode(item.value);
    const made = draftOne(wire, { ...context, index: `${context.index}.${index}` }, { index, request, options });
    if ('code' in made) {
      const id = typeof wire.id === 'string' ? wire.id.slice(0, limits.eventIdCharactersMax) : undefined;
      rejected.push({ index, ...(id === undefined ? {} : { id }), rejection: made, text: item.text });
    } else drafts.push(made);
  }
  return { drafts, rejected };
}

function draftOne(
  wire: JsonObject,
  context: RequestContext,
  { index, request, options }: { index: number; request: AdmitRequest; options: AdmitOptions },
): Draft | Rejection {
  const normalized = options.normalize(wire, context);
  if (!normalized.ok) return normalized;
  const read = options.identifiers.read(normalized.rawIdentifiers, normalized.rawTraits, request.verified);
  if (read.tooMany) {
    return reject('too_many_identifiers', '/identifiers', `at most ${limits.identifiersPerEventMax} identifiers`);
  }
  const { event } = normalized;
  const orderKey = event.order && `${event.order.namespace}\0${event.order.order_id}`;
  const facet = read.claims.length > 0 ? facetKey(read.claims) : pseudoFacetOf(orderKey ?? `${event.source}\0${event.id}`);
  const combination = read.claims.length > 2 ? combinationKey(read.claims) : facet;
  return { index, normalized, claims: read.claims, dropped: read.dropped, facet, combination };
}

interface Sealing {
  readonly sealer: Sealer;
  /** Combinations whose sealed identifiers the log holds already: later events need not repeat them. */
  readonly introduced: LRUCache<string, true>;
}

/** Seals every draft; waits only for facets whose key is not at hand. */
async function sealAll(drafts: readonly Draft[], { sealer, introduced }: Sealing): Promise<Event[]> {
  const waiting = new Map<string, Promise<DataKey>>();
  const ready = new Map<string, DataKey>();
  for (const { facet, normalized, claims, combination } of drafts) {
    if (ready.has(facet) || waiting.has(facet)) continue;
    if (normalized.personal.length === 0 && (claims.length === 0 || introduced.has(combination))) continue;
    const key = sealer.dataKey(facet);
    if (key instanceof Promise) waiting.set(facet, key);
    else ready.set(facet, key);
  }
  for (const [facet, key] of waiting) ready.set(facet, await key);
  return drafts.map((entry) => sealDraft(entry, ready.get(entry.facet), { sealer, introduced }));
}

function sealDraft(entry: Draft, key: DataKey | undefined, { sealer, introduced }: Sealing): Event {
  const { normalized, claims, facet, combination } = entry;
  const { event, personal } = normalized;
  const first = key !== undefined && !introduced.has(combination);
  const sealed: Claim[] = claims.map(({ value, ...claim }) =>
    first ? { ...claim, sealed: sealer.seal(key, { facet, path: identifierPath(claim.type) }, value) } : claim,
  );
  if (key !== undefined) for (const value of personal) sealInPlace(event, value, { key, facet, sealer });
  return { ...event, claims: sealed, facet, ...(combination === facet ? {} : { combination }) };
}

/** The path that a sealed identifier is bound to. */
export function identifierPath(type: string): string {
  return `/identifiers/${type}`;
}

function sealInPlace(
  event: object,
  personal: PersonalValue,
  { key, facet, sealer }: { key: DataKey; facet: string; sealer: Sealer },
): void {
  // The normalizer made these objects for this event alone, so they may be changed.
  let holder = event as Record<string, unknown>;
  for (const step of personal.keys.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  const last = personal.keys.at(-1);
  if (last === undefined) return;
  const value = holder[last];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  holder[last] = { $sealed: sealer.seal(key, { facet, path: personal.path }, text), kind: personal.kind };
}

function quarantineRecord(entry: RejectedItem, context: RequestContext, options: AdmitOptions): QuarantineRecord {
  const { rejection, text, index } = entry;
  const sealed = options.sealer.sealText(text);
  const id = `q-${hash('sha256', `${context.receivedAt}\0${context.index}\0${index}\0${sealed}`, 'hex').slice(0, 24)}`;
  return {
    kind: 'quarantine',
    id,
    source: context.source,
    receivedAt: context.receivedAt,
    code: rejection.code,
    path: rejection.path,
    message: rejection.message,
    sealed,
  };
}

interface Appended {
  readonly outcomes?: readonly Outcome[];
  readonly loggedAt: number;
}

async function appendAll(
  input: { records: readonly Uint8Array[]; accepted: number; wait: boolean },
  { log, outcomes, tally }: AdmitOptions,
): Promise<Appended> {
  const withdraw = input.wait ? outcomes.announce() : undefined;
  try {
    let positions: readonly Position[];
    try {
      positions = await log.append(input.records);
    } catch (error) {
      tally.refused.add(input.records.length);
      throw error;
    }
    const loggedAt = performance.now();
    if (!input.wait) return { loggedAt };
    return { loggedAt, outcomes: await outcomes.outcomesOf(positions.slice(0, input.accepted)) };
  } finally {
    withdraw?.();
  }
}

function acceptedItem({ index, dropped }: Draft, event: Event, outcome?: Outcome): AcceptedItem {
  return { index, event, dropped, ...(outcome === undefined ? {} : { outcome }) };
}

function withoutQuarantine({ index, id, rejection }: RejectedItem): Rejected {
  const { code, path, message } = rejection;
  return { index, ...(id === undefined ? {} : { id }), code, path, message };
}

function timingsOf(started: number, validated: number, appended?: Appended): Admission['timings'] {
  const loggedAt = appended?.loggedAt ?? validated;
  return {
    validate_us: Math.round((validated - started) * 1000),
    log_us: Math.round((loggedAt - validated) * 1000),
    apply_us: Math.round((performance.now() - loggedAt) * 1000),
  };
}

