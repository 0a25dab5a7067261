/**
 * One wire event → the canonical event, all but its identifiers and its seals: name, schema, time, money, order fact.
 * A straight line that stops at the first fault; everything that can be prepared is prepared when the normalizer is made.
 */
import { createHash } from 'node:crypto';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { ENGINE_SOURCE, type Event, OPERATOR_SOURCE, type OrderInfo } from '../model/event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { PersonalFields } from '../model/personal-fields.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { type ConversionState, convert, copyOf, pathAsSent, rename } from './canonical-properties.ts';
import { defaultLateness, type EventTime, eventTime, invalidTime, readTime } from './event-time.ts';
import { canonicalName } from './names.ts';
import { defaultNamespace, readOrder, transitionOf } from './orders.ts';
import { type FindOptions, findPersonal } from './personal/find-personal.ts';
import { createNameBooks } from './personal/name-books.ts';
import type { PersonalValue } from './personal/personal-value.ts';
import { createPlans, type Plan, traitBook } from './property-plans.ts';
import { type Rejection, reject } from './rejection.ts';
import { findReserved } from './reserved-keys.ts';
import type { EventSchema, EventSchemas } from './schemas.ts';
import { validateEnvelope, validateProperties } from './validate.ts';

/** What is configured about one source of events. */
export interface SourceSettings {
  /** `behavior`: a copy beside an order system, whose orders close carts but add no count, spend or points. */
  readonly orders: 'ledger' | 'behavior';
  /** Namespace of its order ids, where an event names none. */
  readonly namespace?: string;
  /** Overrides the channel's budget; null: its events are never late (imports). */
  readonly lateness_ms?: DurationMs | null;
  /** Whether its prices include tax, where an order does not say (default true). */
  readonly tax_included?: boolean;
}

export interface NormalizeOptions {
  readonly schemas: EventSchemas;
  /** Types of which definitions say more, as they are in force; the same map for as long as they are. Absent: there are none. */
  readonly own?: () => ReadonlyMap<string, EventSchema>;
  /** ISO 4217 code of amounts whose event names none. */
  readonly defaultCurrency: string;
  /** Whether types outside the taxonomy are taken. */
  readonly allowCustomTypes: boolean;
  readonly sources: Readonly<Record<string, SourceSettings>>;
  /** Lateness budgets by channel, over the defaults; null: never late. */
  readonly lateness?: Readonly<Record<string, DurationMs | null>>;
  /** What the operator says of names of fields. */
  readonly personalFields?: PersonalFields;
  /** Offset of local times that name none, in minutes, east positive (default 0). */
  readonly zoneOffsetMinutes?: number;
}

/** What the request says about all of its events. */
export interface RequestContext {
  readonly receivedAt: EpochMs;
  /** When it is taken in, where that is later: of an event out of quarantine. By this it is late or not. */
  readonly takenAt?: EpochMs;
  /** The sender's clock at sending, where the protocol tells. */
  readonly sentAt?: EpochMs;
  /** Source of events that name none: the name of the key. */
  readonly source: string;
  readonly defaultChannel: string;
  /** True for write keys, which may not speak for another source. */
  readonly publicKey: boolean;
  /** Place of the event within the engine's intake: makes ids of events without one differ. */
  readonly index?: number | string;
}

export interface NormalizedEvent {
  readonly ok: true;
  readonly event: Omit<Event, 'claims' | 'facet'>;
  readonly rawIdentifiers: Readonly<Record<string, JsonValue>>;
  readonly rawTraits: JsonObject;
  readonly personal: readonly PersonalValue[];
}

export type Normalize = (wire: JsonObject, context: RequestContext) => NormalizedEvent | Rejection;

interface Prepared {
  readonly schemas: EventSchemas;
  readonly defaultCurrency: string;
  readonly zoneOffsetMinutes: number;
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly lateness: ReadonlyMap<string, DurationMs | null>;
  /** Undefined: the type is refused. */
  readonly planOf: (type: string) => Plan | undefined;
  readonly finding: FindOptions;
}

type MutableEvent = { -readonly [K in keyof NormalizedEvent['event']]: NormalizedEvent['event'][K] };

/** An event on its way, as far as its envelope is read. */
interface Draft {
  readonly ok: true;
  readonly wire: JsonObject;
  readonly id: string;
  readonly type: string;
  readonly plan: Plan;
  readonly source: string;
  readonly channel: string;
  readonly settings: SourceSettings;
}

interface Content {
  readonly ok: true;
  readonly properties: JsonObject;
  readonly currency: string | undefined;
  readonly order: OrderInfo | undefined;
}

const EMPTY: JsonObject = Object.freeze({});
const LEDGER: SourceSettings = Object.freeze({ orders: 'ledger' });
const ID_CHARACTERS = 22;

/** Prepares a normalizer; the returned function is pure. */
export function createNormalizer(options: NormalizeOptions): Normalize {
  const { schemas } = options;
  const currency = options.defaultCurrency;
  if (decimalsOfCurrency(currency) === undefined) {
    throw new TesseraError('invalid_config', 'the default currency is not an ISO 4217 code');
  }
  const books = createNameBooks(options.personalFields ?? {}, schemas);
  const prepared: Prepared = {
    schemas,
    defaultCurrency: currency,
    zoneOffsetMinutes: options.zoneOffsetMinutes ?? 0,
    sources: new Map(Object.entries(options.sources)),
    lateness: new Map(Object.entries({ ...defaultLateness, ...options.lateness })),
    planOf: createPlans(options, books.properties),
    finding: { books, traits: traitBook(schemas.envelope, books.traits) },
  };
  return (wire, context) => normalize(prepared, wire, context);
}

function normalize(
  prepared: Prepared,
  wire: JsonObject,
  context: RequestContext,
): NormalizedEvent | Rejection {
  const draft = readDraft(prepared, wire, context);
  if (!draft.ok) return draft;
  const time = timeOf(prepared, draft, context);
  if (!time.ok) return time;
  const content = readContent(prepared, draft);
  if (!content.ok) return content;
  const event = assemble(draft, content, {
    time: time.time,
    late: time.late,
    aheadMs: time.aheadMs,
    receivedAt: context.receivedAt,
  });
  const personal = findPersonal(event, draft.plan, prepared.finding);
  return {
    ok: true,
    event,
    rawIdentifiers: objectOf(wire.identifiers) as Readonly<Record<string, JsonValue>>, // JSON has no undefined values.
    rawTraits: event.traits ?? EMPTY,
    personal,
  };
}

/** What such events say holds for everybody. */
const CATALOG_TYPES: ReadonlySet<string> = new Set(['stock_changed', 'item_changed', 'issue_resolved']);

/** What the engine and its operators say comes under these names: by them a fold knows that no request waits for an answer. */
const OWN_SOURCES: ReadonlySet<string> = new Set([ENGINE_SOURCE, OPERATOR_SOURCE]);

function readDraft(prepared: Prepared, wire: JsonObject, context: RequestContext): Draft | Rejection {
  const fault = validateEnvelope(prepared.schemas, wire) ?? findReserved(wire);
  if (fault !== undefined) return fault;
  if (context.publicKey && wire.source !== undefined) {
    return reject('source_not_allowed', '/source', 'Only a secret key may name a source.');
  }
  const source = textOf(wire.source) ?? context.source;
  if (OWN_SOURCES.has(source))
    return reject(
      'source_not_allowed',
      '/source',
      `The source ${source} is the engine's own; name another one.`,
    );
  const type = typeof wire.type === 'string' ? canonicalName(wire.type) : undefined;
  if (type === undefined) {
    return reject(
      'schema_violation',
      '/type',
      'must be a name of letters, digits and underscores, at most 64 long',
    );
  }
  if (context.publicKey && CATALOG_TYPES.has(type))
    return reject('source_not_allowed', '/type', 'Only a secret key may say what holds for everybody.');
  const plan = prepared.planOf(type);
  if (plan === undefined)
    return reject('unknown_type', '/type', 'The type is unknown, and custom types are switched off.');
  return {
    ok: true,
    wire,
    id: wire.id === undefined ? contentId(wire, source, context) : String(wire.id),
    type,
    plan,
    source,
    channel: textOf(wire.channel) ?? context.defaultChannel,
    settings: prepared.sources.get(source) ?? LEDGER,
  };
}

function timeOf(prepared: Prepared, draft: Draft, context: RequestContext): EventTime | Rejection {
  const { wire, settings } = draft;
  let sentAt: EpochMs | undefined = context.sentAt;
  if (wire.sentAt !== undefined) {
    sentAt = readTime(wire.sentAt, prepared.zoneOffsetMinutes);
    if (sentAt === undefined) return invalidTime(wire.sentAt, '/sentAt');
  }
  const own = settings.lateness_ms;
  const budget = own === undefined ? prepared.lateness.get(draft.channel) : own;
  return eventTime(wire.time, {
    receivedAt: context.receivedAt,
    takenAt: context.takenAt,
    sentAt,
    zoneOffsetMinutes: prepared.zoneOffsetMinutes,
    latenessMs: budget === undefined ? limits.latenessOnlineMs : budget,
  });
}

function readContent(prepared: Prepared, draft: Draft): Content | Rejection {
  const { shape } = draft.plan.schema;
  const sent = objectOf(draft.wire.properties);
  const named = rename(shape, sent);
  const fault = validateProperties(draft.plan.schema, named, sent);
  if (fault !== undefined) return fault;
  const currency = shape.money
    ? currencyOf(named, draft.wire, prepared.defaultCurrency)
    : prepared.defaultCurrency;
  if (typeof currency !== 'string') return currency;
  const state: ConversionState = {
    decimals: decimalsOfCurrency(currency) ?? 0,
    money: false,
    failure: undefined,
  };
  const properties = convert(shape, named, state);
  if (state.failure !== undefined) return asSent(state.failure, draft.plan.schema, sent);
  const transition = transitionOf(draft.type);
  if (transition === undefined) {
    return { ok: true, properties, currency: state.money ? currency : undefined, order: undefined };
  }
  const reading = readOrder({
    transition,
    eventId: draft.id,
    properties,
    namespace: draft.settings.namespace ?? defaultNamespace,
    ledger: draft.settings.orders === 'ledger',
    taxIncluded: draft.settings.tax_included ?? true,
  });
  if (!reading.ok) return asSent(reading, draft.plan.schema, sent);
  return { ok: true, properties: withLines(properties, reading.products), currency, order: reading.order };
}

function withLines(properties: JsonObject, products: readonly JsonObject[] | undefined): JsonObject {
  if (products === undefined) return properties;
  const copy = copyOf(properties);
  copy.products = products;
  return copy;
}

/** A fault in canonical properties, with the path that its sender knows. */
function asSent(fault: Rejection, schema: EventSchema, sent: JsonObject): Rejection {
  const { shape, label } = schema;
  return { ...fault, path: `/properties${pathAsSent(shape, sent, fault.path)}`, schemaVersion: label };
}

/** The currency of the event's amounts: its own, the envelope's, or the configured one. */
function currencyOf(properties: JsonObject, wire: JsonObject, fallback: string): string | Rejection {
  const own = properties.currency;
  const stated = own ?? wire.currency;
  if (typeof stated !== 'string') return fallback;
  if (decimalsOfCurrency(stated) !== undefined) return stated;
  const upper = stated.toUpperCase();
  if (decimalsOfCurrency(upper) !== undefined) return upper;
  const path = own === undefined ? '/currency' : '/properties/currency';
  return reject('unknown_currency', path, 'The currency is not an ISO 4217 code.');
}

function assemble(
  draft: Draft,
  content: Content,
  time: Omit<EventTime, 'ok' | 'aheadMs'> & {
    readonly receivedAt: EpochMs;
    readonly aheadMs: DurationMs | undefined;
  },
): MutableEvent {
  const { wire } = draft;
  // Assigned one by one: conditional spreads cost a microsecond per event.
  const event: MutableEvent = {
    id: draft.id,
    type: draft.type,
    time: time.time,
    receivedAt: time.receivedAt,
    source: draft.source,
    channel: draft.channel,
    properties: content.properties,
  };
  if (time.late) event.late = true;
  if (time.aheadMs !== undefined) event.aheadMs = time.aheadMs;
  if (content.currency !== undefined) event.currency = content.currency;
  if (content.order !== undefined) event.order = content.order;
  if (isJsonObject(wire.traits)) event.traits = wire.traits;
  if (isJsonObject(wire.consent)) event.consent = wire.consent;
  if (isJsonObject(wire.context)) event.context = wire.context;
  return event;
}

/** An id for an event without one. It protects nothing from repeats: the time of receipt is part of it. */
function contentId(wire: JsonObject, source: string, context: RequestContext): string {
  return createHash('sha256')
    .update(`${source}\u0000${context.receivedAt}\u0000${context.index ?? 0}\u0000`)
    .update(JSON.stringify(wire))
    .digest('base64url')
    .slice(0, ID_CHARACTERS);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : EMPTY;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
