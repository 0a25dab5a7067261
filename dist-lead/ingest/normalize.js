/**
 * One wire event → the canonical event, all but its identifiers and its seals: name, schema, time, money, order fact.
 * A straight line that stops at the first fault; everything that can be prepared is prepared when the normalizer is made.
 */
import { createHash } from 'node:crypto';
import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { isJsonObject } from "../model/json.js";
import { decimalsOfCurrency } from "../model/money.js";
import { convert, copyOf, pathAsSent, rename } from "./canonical-properties.js";
import { defaultLateness, eventTime, invalidTime, readTime } from "./event-time.js";
import { canonicalName } from "./names.js";
import { defaultNamespace, readOrder, transitionOf } from "./orders.js";
import { pointer, reject } from "./rejection.js";
import { findReserved } from "./reserved-keys.js";
import { validateEnvelope, validateProperties } from "./validate.js";
const EMPTY = Object.freeze({});
const LEDGER = Object.freeze({ orders: 'ledger' });
const ID_CHARACTERS = 22;
/** Prepares a normalizer; the returned function is pure. */
export function createNormalizer(options) {
    const { schemas } = options;
    const plans = new Map();
    for (const [type, schema] of schemas.types)
        plans.set(type, planOf(schema));
    const currency = options.defaultCurrency;
    if (decimalsOfCurrency(currency) === undefined) {
        throw new TesseraError('invalid_config', 'the default currency is not an ISO 4217 code');
    }
    const prepared = {
        schemas,
        defaultCurrency: currency,
        zoneOffsetMinutes: options.zoneOffsetMinutes ?? 0,
        sources: new Map(Object.entries(options.sources)),
        lateness: new Map(Object.entries({ ...defaultLateness, ...options.lateness })),
        plans,
        customPlan: options.allowCustomTypes ? planOf(schemas.custom) : undefined,
        traits: planOf(schemas.envelope).personal,
    };
    return (wire, context) => normalize(prepared, wire, context);
}
function normalize(prepared, wire, context) {
    const draft = readDraft(prepared, wire, context);
    if (!draft.ok)
        return draft;
    const time = timeOf(prepared, draft, context);
    if (!time.ok)
        return time;
    const content = readContent(prepared, draft);
    if (!content.ok)
        return content;
    const event = assemble(draft, content, {
        time: time.time,
        late: time.late,
        receivedAt: context.receivedAt,
    });
    return {
        ok: true,
        event,
        rawIdentifiers: objectOf(wire.identifiers), // JSON has no undefined values.
        rawTraits: event.traits ?? EMPTY,
        personal: personalOf(event, draft.plan, prepared.traits),
    };
}
function readDraft(prepared, wire, context) {
    const fault = validateEnvelope(prepared.schemas, wire) ?? findReserved(wire);
    if (fault !== undefined)
        return fault;
    if (context.publicKey && wire.source !== undefined) {
        return reject('source_not_allowed', '/source', 'Only a secret key may name a source.');
    }
    const type = typeof wire.type === 'string' ? canonicalName(wire.type) : undefined;
    if (type === undefined) {
        return reject('schema_violation', '/type', 'must be a name of letters, digits and underscores, at most 64 long');
    }
    const plan = prepared.plans.get(type) ?? prepared.customPlan;
    if (plan === undefined)
        return reject('unknown_type', '/type', 'The type is unknown, and custom types are switched off.');
    const source = textOf(wire.source) ?? context.source;
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
function timeOf(prepared, draft, context) {
    const { wire, settings } = draft;
    let sentAt = context.sentAt;
    if (wire.sentAt !== undefined) {
        sentAt = readTime(wire.sentAt, prepared.zoneOffsetMinutes);
        if (sentAt === undefined)
            return invalidTime(wire.sentAt, '/sentAt');
    }
    const own = settings.lateness_ms;
    const budget = own === undefined ? prepared.lateness.get(draft.channel) : own;
    return eventTime(wire.time, {
        receivedAt: context.receivedAt,
        sentAt,
        zoneOffsetMinutes: prepared.zoneOffsetMinutes,
        latenessMs: budget === undefined ? limits.latenessOnlineMs : budget,
    });
}
function readContent(prepared, draft) {
    const { shape } = draft.plan.schema;
    const sent = objectOf(draft.wire.properties);
    const named = rename(shape, sent);
    const fault = validateProperties(draft.plan.schema, named, sent);
    if (fault !== undefined)
        return fault;
    const currency = shape.money
        ? currencyOf(named, draft.wire, prepared.defaultCurrency)
        : prepared.defaultCurrency;
    if (typeof currency !== 'string')
        return currency;
    const state = {
        decimals: decimalsOfCurrency(currency) ?? 0,
        money: false,
        failure: undefined,
    };
    const properties = convert(shape, named, state);
    if (state.failure !== undefined)
        return asSent(state.failure, shape, sent);
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
    if (!reading.ok)
        return asSent(reading, shape, sent);
    return { ok: true, properties: withLines(properties, reading.products), currency, order: reading.order };
}
function withLines(properties, products) {
    if (products === undefined)
        return properties;
    const copy = copyOf(properties);
    copy.products = products;
    return copy;
}
/** A fault in canonical properties, with the path that its sender knows. */
function asSent(fault, shape, sent) {
    return { ...fault, path: `/properties${pathAsSent(shape, sent, fault.path)}` };
}
/** The currency of the event's amounts: its own, the envelope's, or the configured one. */
function currencyOf(properties, wire, fallback) {
    const own = properties.currency;
    const stated = own ?? wire.currency;
    if (typeof stated !== 'string')
        return fallback;
    if (decimalsOfCurrency(stated) !== undefined)
        return stated;
    const upper = stated.toUpperCase();
    if (decimalsOfCurrency(upper) !== undefined)
        return upper;
    const path = own === undefined ? '/currency' : '/properties/currency';
    return reject('unknown_currency', path, 'The currency is not an ISO 4217 code.');
}
function assemble(draft, content, time) {
    const { wire } = draft;
    // Assigned one by one: conditional spreads cost a microsecond per event.
    const event = {
        id: draft.id,
        type: draft.type,
        time: time.time,
        receivedAt: time.receivedAt,
        source: draft.source,
        channel: draft.channel,
        properties: content.properties,
    };
    if (time.late)
        event.late = true;
    if (content.currency !== undefined)
        event.currency = content.currency;
    if (content.order !== undefined)
        event.order = content.order;
    if (isJsonObject(wire.traits))
        event.traits = wire.traits;
    if (isJsonObject(wire.consent))
        event.consent = wire.consent;
    if (isJsonObject(wire.context))
        event.context = wire.context;
    return event;
}
/** Those of the marked fields that this event holds. */
function personalOf(event, plan, traits) {
    const found = [];
    collect(event.properties, plan.personal, found);
    for (const field of plan.personalBelow) {
        let value = event;
        for (const key of field.keys)
            value = isJsonObject(value) ? value[key] : undefined;
        if (value !== undefined && value !== null)
            found.push(field);
    }
    if (event.traits !== undefined)
        collect(event.traits, traits, found);
    return found;
}
function collect(object, fields, found) {
    for (const key in object) {
        const field = fields.get(key);
        if (field !== undefined && object[key] !== null)
            found.push(field);
    }
}
function planOf(schema) {
    const all = schema.personal.map(({ keys, kind }) => ({ path: keys.reduce(pointer, ''), keys, kind }));
    return {
        schema,
        personal: new Map(all.filter(({ keys }) => keys.length === 2).map((field) => [field.keys[1] ?? '', field])),
        personalBelow: all.filter(({ keys }) => keys.length > 2),
    };
}
/** An id for an event without one. It protects nothing from repeats: the time of receipt is part of it. */
function contentId(wire, source, context) {
    return createHash('sha256')
        .update(`${source}\u0000${context.receivedAt}\u0000${context.index ?? 0}\u0000`)
        .update(JSON.stringify(wire))
        .digest('base64url')
        .slice(0, ID_CHARACTERS);
}
function objectOf(value) {
    return isJsonObject(value) ? value : EMPTY;
}
function textOf(value) {
    return typeof value === 'string' ? value : undefined;
}
//# sourceMappingURL=normalize.js.map