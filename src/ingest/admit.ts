import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import type { Claim, Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { QuarantineRecord } from '../model/quarantine-records.ts';
import type { RecordPlace } from '../model/record.ts';
import type { Clock } from '../ports/clock.ts';
import type { DecodedItem } from './body.ts';
import type { Decoded, DecodedEvent } from './dialects/dialect.ts';
import { combinationKey, facetKey, pseudoFacetOf } from './facet-key.ts';
import type { DroppedField, FieldScreen } from './field-screen.ts';
import type { DroppedIdentifier, ReadClaim } from './identifiers.ts';
import type { Identification, IdentityIntake } from './identity-intake.ts';
import type { Intake } from './intake.ts';
import type { DataKey, Keyring } from './keyring.ts';
import type { Normalize, NormalizedEvent, RequestContext } from './normalize.ts';
import { sealFields } from './personal/seal-fields.ts';
import type { QuarantinedEvent } from './quarantine.ts';
import {
  keptOf,
  knownOf,
  quarantineRecord,
  type Rejected,
  type RejectedItem,
  typeOf,
  withoutQuarantine,
} from './rejected-item.ts';
import type { Rejection } from './rejection.ts';
import type { Sealer } from './seal.ts';
import { withShownPath } from './shown-path.ts';
import { Turns } from './slices.ts';

/**
 * The way of a batch into the log: normalize, name the facet, seal what is personal, append, and only then
 * answer. One bad event never fails the others: it is appended too, sealed and with its reason, so that it can be
 * replayed.
 */
export interface AdmitOptions {
  readonly normalize: Normalize;
  readonly identifiers: IdentityIntake;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly outcomes: OutcomeSource;
  readonly tally: { readonly received: Tally; readonly refused: Tally };
  /** Keeps out what must not be taken in; absent: everything may. */
  readonly screen?: FieldScreen;
  /** What large batches wait for between their slices; absent: turns of their own. */
  readonly turns?: Turns;
}

interface Tally {
  add(count: number): void;
}

/** Where the fate of appended records can be asked for. */
export interface OutcomeSource {
  announce(): () => void;
  outcomesOf(places: readonly RecordPlace[]): Promise<readonly Outcome[]>;
}

export interface AdmitRequest {
  readonly items: readonly DecodedItem[];
  /** Turns one item of the body into wire events of the canonical shape. */
  readonly decode: (item: JsonObject) => Decoded;
  readonly context: RequestContext;
  /** How the items came: kept with those that go into quarantine. */
  readonly origin: Pick<QuarantinedEvent, 'dialect' | 'path' | 'envelope'>;
  /** Secret keys make verified claims. */
  readonly verified: boolean;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

export interface AcceptedItem {
  readonly index: number;
  readonly event: Event;
  readonly dropped: readonly DroppedIdentifier[];
  /** Fields that the event went on without; absent while there are none. */
  readonly droppedFields?: readonly DroppedField[];
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
  readonly identified: Identification;
  readonly facet: string;
  readonly droppedFields?: readonly DroppedField[];
}

export function createAdmit(options: AdmitOptions): Admit {
  const introduced = new LRUCache<string, true>({ max: limits.facetKeyCacheEntries });
  const turns = options.turns ?? new Turns();
  const sealing = { keyring: options.keyring, sealer: options.sealer, introduced, turns };
  const facetOf = createFacetCache();
  // Ids of events without one must differ between requests of the same millisecond.
  let requests = 0;
  return async (request) => {
    const started = performance.now();
    const context = { ...request.context, index: requests++ * limits.batchEventsMax };
    const drafted: Drafted = { drafts: [], rejected: [] };
    const drafting = { request, context, options, facetOf };
    for (let from = 0; from < request.items.length; ) {
      if (from > 0) await turns.next();
      const to = sliceEnd(request.items, from);
      draft(drafted, { from, to }, drafting);
      from = to;
    }
    const { drafts, rejected } = drafted;
    const events = await sealAll(drafts, sealing, request.dryRun);
    const validated = performance.now();
    if (request.dryRun) {
      const accepted = events.map((event, i) => acceptedItem(drafts[i] as Draft, event));
      return { accepted, rejected: rejected.map(withoutQuarantine), timings: timingsOf(started, validated) };
    }
    options.tally.received.add(request.items.length);
    const kept = keptOf(rejected, request.origin.envelope);
    options.tally.refused.add(rejected.length - kept.length);
    const quarantined = new Map<RejectedItem, QuarantineRecord>();
    for (let from = 0; from < kept.length; ) {
      if (from > 0) await turns.next();
      const to = sliceEnd(kept, from);
      for (const entry of kept.slice(from, to))
        quarantined.set(entry, quarantineRecord(entry, { ...request, context }, options.sealer));
      from = to;
    }
    const records = [...quarantined.values()];
    const appended = await appendAll({ events, quarantined: records, wait: request.wait }, options);
    for (const { combination } of drafts) introduced.set(combination, true);
    return {
      accepted: events.map((event, i) => acceptedItem(drafts[i] as Draft, event, appended.outcomes?.[i])),
      rejected: rejected.map((entry) => {
        const id = quarantined.get(entry)?.id;
        return { ...withoutQuarantine(entry), ...(id === undefined ? {} : { quarantine_id: id }) };
      }),
      timings: timingsOf(started, validated, appended),
    };
  };
}

/** Where the slice that begins at `from` ends: how many events are taken in before others have their turn. */
function sliceEnd(items: readonly { readonly text: string }[], from: number): number {
  const most = Math.min(items.length, from + limits.admitSliceEvents);
  let characters = 0;
  let at = from;
  while (at < most && characters < limits.bodySliceBytes) characters += items[at++]!.text.length;
  return at;
}

interface Drafted {
  readonly drafts: Draft[];
  readonly rejected: RejectedItem[];
}

function draft({ drafts, rejected }: Drafted, { from, to }: { from: number; to: number }, input: DraftInput) {
  const { request } = input;
  for (let index = from; index < to; index++) {
    const item = request.items[index] as DecodedItem;
    if (!item.ok) {
      rejected.push({
        index,
        ...(item.id === undefined ? {} : { id: item.id }),
        rejection: withShownPath(item),
        text: item.text,
      });
      continue;
    }
    const decoded = request.decode(item.value);
    if (!('ok' in decoded)) {
      const made = draftSeveral(decoded, index, input);
      if ('code' in made)
        rejected.push({ index, ...typeOf(decoded), rejection: withShownPath(made), text: item.text });
      else drafts.push(...made);
      continue;
    }
    const made = decoded.ok ? draftOne(decoded, index, input) : decoded;
    if ('code' in made) {
      const known = decoded.ok ? knownOf(decoded.event) : {};
      rejected.push({ index, ...known, rejection: withShownPath(made), text: item.text });
    } else drafts.push(made);
  }
}

/** The events of one item, all of them or none: the item goes into quarantine as it was sent, and is replayed as a whole. */
function draftSeveral(
  events: readonly DecodedEvent[],
  index: number,
  input: DraftInput,
): Draft[] | Rejection {
  const drafts: Draft[] = [];
  for (const event of events) {
    const made = draftOne(event, index, input);
    if ('code' in made) return made;
    drafts.push(made);
  }
  return drafts;
}

interface DraftInput {
  readonly facetOf: (claims: readonly ReadClaim[]) => string;
  readonly request: AdmitRequest;
  /** One object for all events of a request: only the index changes from one to the next. */
  readonly context: RequestContext & { index: number };
  readonly options: AdmitOptions;
}

function draftOne(
  { event: wire, sentAt, stated }: DecodedEvent,
  index: number,
  input: DraftInput,
): Draft | Rejection {
  const { request, context, options } = input;
  context.index++;
  const screened = options.screen?.(wire);
  if (screened?.ok === false) return screened;
  const { event: taken, dropped } = screened ?? { event: wire, dropped: [] };
  const normalized = options.normalize(sentAt === undefined ? taken : { ...taken, sentAt }, context);
  if (!normalized.ok) return normalized;
  const sender = stated === true ? { ...request, verified: false } : request;
  const identified = options.identifiers.identify(normalized, sender);
  if (!identified.ok) return identified;
  const { claims } = identified;
  const facet = claims.length > 0 ? input.facetOf(claims) : unattributedFacet(normalized.event);
  const combination = claims.length > 2 ? combinationKey(claims) : facet;
  const made = { index, normalized, identified, facet, combination };
  return dropped.length === 0 ? made : { ...made, droppedFields: dropped };
}

/** Facet keys of warm claims: a hash costs 0.8 µs, remembering it a quarter. */
function createFacetCache(): (claims: readonly ReadClaim[]) => string {
  const known = new LRUCache<string, string>({ max: limits.identifierCacheEntries });
  const nameOf = ({ type, hash: index, verified }: ReadClaim) => `${type}${index}${verified ? 'v' : 's'}`;
  return (claims) => {
    const weakest = claims[0] as ReadClaim;
    const strongest = claims[claims.length - 1] as ReadClaim;
    const name = claims.length === 1 ? nameOf(weakest) : nameOf(weakest) + nameOf(strongest);
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = facetKey(claims);
    known.set(name, made);
    return made;
  };
}

function unattributedFacet({ order, source, id }: NormalizedEvent['event']): string {
  return pseudoFacetOf({ source, id, ...(order && { orderKey: `${order.namespace}\0${order.order_id}` }) });
}

interface Sealing {
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  /** Combinations whose sealed identifiers the log holds already: later events need not repeat them. */
  readonly introduced: LRUCache<string, true>;
  readonly turns: Turns;
}

/** Seals every draft; waits only for facets whose key is not at hand. A dry run makes no keys, as they would be stored. */
async function sealAll(drafts: readonly Draft[], sealing: Sealing, dryRun: boolean): Promise<Event[]> {
  const { keyring, introduced } = sealing;
  const waiting = new Map<string, Promise<DataKey>>();
  // Events of one call stay in order, so only the first of each combination has to introduce it.
  const first = new Set<string>();
  const ready = new Map<string, DataKey>();
  for (const { facet, normalized, identified, combination } of drafts) {
    if (ready.has(facet) || waiting.has(facet)) continue;
    const silent = identified.claims.length === 0 || introduced.has(combination);
    if (normalized.personal.length === 0 && silent) continue;
    const key = dryRun ? keyring.currentIntakeKey() : keyring.facetKey(facet);
    if (key instanceof Promise) waiting.set(facet, key);
    else ready.set(facet, key);
  }
  for (const [facet, key] of waiting) ready.set(facet, await key);
  const events: Event[] = [];
  for (const entry of drafts) {
    if (events.length > 0 && events.length % limits.admitSliceEvents === 0) await sealing.turns.next();
    const introduces = !introduced.has(entry.combination) && !first.has(entry.combination);
    if (introduces) first.add(entry.combination);
    events.push(sealDraft(entry, { key: ready.get(entry.facet), introduces, sealer: sealing.sealer }));
  }
  return events;
}

interface SealingOne {
  readonly key: DataKey | undefined;
  readonly introduces: boolean;
  readonly sealer: Sealer;
}

function sealDraft(entry: Draft, { key, introduces, sealer }: SealingOne): Event {
  const { normalized, identified, facet, combination } = entry;
  const { event, personal } = normalized;
  const seals = key !== undefined && introduces;
  const sealed: Claim[] = identified.claims.map(({ type, hash: index, verified, value }) =>
    seals
      ? {
          type,
          hash: index,
          verified,
          sealed: sealer.seal(key, { facet, path: identifierPath(type) }, value),
        }
      : { type, hash: index, verified },
  );
  // The normalizer made this object for this event alone: completing it is cheaper than a copy.
  const complete = event as { -readonly [Key in keyof Event]: Event[Key] };
  if (identified.properties !== undefined) complete.properties = identified.properties;
  if (key !== undefined && personal.length > 0) sealFields(event, personal, { key, facet, sealer });
  complete.claims = sealed;
  complete.facet = facet;
  if (combination !== facet) complete.combination = combination;
  // Set only where there is something to say: an absent field costs nothing in the log.
  if (identified.identity !== undefined) complete.identity = identified.identity;
  if (identified.name !== undefined) complete.name = identified.name;
  if (identified.kind !== undefined) complete.kind = identified.kind;
  if (identified.sharedDevices === true) complete.sharedDevices = true;
  return complete;
}

/** The path that a sealed identifier is bound to. */
export function identifierPath(type: string): string {
  return `identifiers.${type}`;
}

interface Appended {
  readonly outcomes?: readonly Outcome[];
  readonly loggedAt: number;
}

async function appendAll(
  input: { events: readonly Event[]; quarantined: readonly QuarantineRecord[]; wait: boolean },
  { intake, outcomes, tally }: AdmitOptions,
): Promise<Appended> {
  const withdraw = input.wait ? outcomes.announce() : undefined;
  try {
    let places: readonly RecordPlace[];
    try {
      places = await intake.append(input.events, input.quarantined);
    } catch (error) {
      tally.refused.add(input.events.length + input.quarantined.length);
      throw error;
    }
    const loggedAt = performance.now();
    if (!input.wait) return { loggedAt };
    return { loggedAt, outcomes: await outcomes.outcomesOf(places) };
  } finally {
    withdraw?.();
  }
}

function acceptedItem(
  { index, identified, droppedFields }: Draft,
  event: Event,
  outcome?: Outcome,
): AcceptedItem {
  return {
    index,
    event,
    dropped: identified.dropped,
    ...(droppedFields && { droppedFields }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

function timingsOf(started: number, validated: number, appended?: Appended): Admission['timings'] {
  const loggedAt = appended?.loggedAt ?? validated;
  return {
    validate_us: Math.round((validated - started) * 1000),
    log_us: Math.round((loggedAt - validated) * 1000),
    apply_us: Math.round((performance.now() - loggedAt) * 1000),
  };
}
