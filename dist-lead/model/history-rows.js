import { isJsonObject } from "./json.js";
import { decimalsOfCurrency, formatMinor } from "./money.js";
import { DAY_MS } from "./time.js";
/**
 * History rows as plain values in column order. Every value is made to fit its column here: a row that ClickHouse
 * refuses would hold up every row behind it, so nothing that a client sends may reach that point.
 */
const POSITION = ['partition', 'seq', 'idx', 'ord'];
/** Columns in the order of the values; a test holds them against deploy/clickhouse. */
export const historyColumns = Object.freeze({
    events: [
        ...POSITION,
        'event_id',
        'type',
        'time',
        'received_at',
        'applied_at',
        'late',
        'source',
        'channel',
        'facet_id',
        'profile_id',
        'currency',
        'order_namespace',
        'order_id',
        'order_transition',
        'order_ledger',
        'order_total_only',
        'refund_id',
        'total',
        'spend',
        'refund',
        'item_id',
        'variant_id',
        'category',
        'brand',
        'store',
        'country',
        'price',
        'item_ids',
        'variant_ids',
        'categories',
        'brands',
        'quantities',
        'prices',
        'amounts',
        'kinds',
        'raw',
    ],
    facets: [...POSITION, 'facet_id', 'profile_id', 'change', 'at'],
    merges: [...POSITION, 'winner', 'loser', 'rule', 'source', 'event_id', 'at'],
    decisions: [
        ...POSITION,
        'id',
        'trigger',
        'profile_id',
        'decision',
        'reason',
        'at',
        'event_id',
        'channel',
        'payload',
        'trace',
    ],
    quarantine: [...POSITION, 'id', 'event_id', 'source', 'received_at', 'code', 'path', 'message', 'sealed'],
});
const NO_ORDER = Object.freeze({
    namespace: '',
    order_id: '',
    transition: 'completed',
    refund_id: '',
    ledger: false,
    total: 0,
    spend: 0,
    refund: 0,
    total_only: false,
});
const NONE = Object.freeze({});
export function eventRow({ event, rawText, cause, profileId, appendedAt }) {
    const properties = event.properties;
    const context = event.context ?? NONE;
    const order = event.order ?? NO_ORDER;
    const currency = event.currency ?? '';
    const lines = productLines(properties.products, currency);
    return {
        table: 'events',
        values: [
            cause.partition,
            cause.seq,
            cause.index,
            cause.ordinal,
            event.id,
            event.type,
            sqlTime(event.time),
            sqlTime(event.receivedAt),
            sqlTime(appendedAt),
            event.late === true,
            event.source,
            event.channel,
            event.facet,
            profileId,
            currency,
            order.namespace,
            order.order_id,
            event.order === undefined ? '' : order.transition,
            order.ledger,
            order.total_only,
            order.refund_id,
            order.total,
            order.spend,
            order.refund,
            textOf(properties.item_id),
            textOf(properties.variant_id),
            textOf(properties.category),
            textOf(properties.brand),
            textOf(context.store) || textOf(properties.store),
            textOf(context.country) || textOf(properties.country),
            priceOf(properties.price, currency),
            lines.itemIds,
            lines.variantIds,
            lines.categories,
            lines.brands,
            lines.quantities,
            lines.prices,
            lines.amounts,
            lines.kinds,
            rawText,
        ],
    };
}
/** A facet has an owner from here on. */
export function facetRow(input) {
    return {
        table: 'facets',
        values: [...position(input.cause), input.facetId, input.profileId, input.change, sqlTime(input.at)],
    };
}
export function mergeRow(input) {
    const { winner, loser, rule, source, eventId } = input;
    return {
        table: 'merges',
        values: [...position(input.cause), winner, loser, rule, source, eventId, sqlTime(input.at)],
    };
}
export function decisionRow(firing, cause) {
    return {
        table: 'decisions',
        values: [
            ...position(cause),
            firing.id,
            firing.trigger,
            firing.profile_id,
            firing.decision,
            firing.reason ?? '',
            sqlTime(firing.at),
            firing.event_id,
            firing.channel,
            JSON.stringify(firing.payload),
            JSON.stringify(firing.trace),
        ],
    };
}
/** `eventId` is known when the event was quarantined on applying. */
export function quarantineRow(record, cause, eventId = '') {
    return {
        table: 'quarantine',
        values: [
            ...position(cause),
            record.id,
            eventId,
            record.source,
            sqlTime(record.receivedAt),
            record.code,
            record.path,
            record.message,
            record.sealed,
        ],
    };
}
function position(cause) {
    return [cause.partition, cause.seq, cause.index, cause.ordinal];
}
/** `00` to `99`. */
const PAIRS = Object.freeze(Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')));
/**
 * `2026-11-21 10:00:00.123`, in UTC. Text, because ClickHouse reads a number as seconds or as milliseconds by its size.
 * An event has three times, so this runs on integers instead of a Date: a fifth of the time. The calendar counts from
 * 1 March, which puts the leap day last, in eras of 400 years, which all have the same number of days.
 */
export function sqlTime(at) {
    const days = Math.floor(at / DAY_MS);
    const inDay = at - days * DAY_MS;
    const sinceEra0 = days + 719_468;
    const era = Math.floor(sinceEra0 / 146_097);
    const dayOfEra = sinceEra0 - era * 146_097;
    const yearOfEra = Math.floor((dayOfEra -
        Math.floor(dayOfEra / 1_460) +
        Math.floor(dayOfEra / 36_524) -
        Math.floor(dayOfEra / 146_096)) /
        365);
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
    const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
    const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
    const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    const seconds = Math.floor(inDay / 1_000);
    const clock = `${pair(Math.floor(seconds / 3_600))}:${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
    const millis = inDay % 1_000;
    return `${pair(Math.floor(year / 100))}${pair(year % 100)}-${pair(month)}-${pair(day)} ${clock}.${Math.floor(millis / 100)}${pair(millis % 100)}`;
}
function pair(n) {
    return PAIRS[n] ?? '00';
}
function textOf(value) {
    if (typeof value === 'string')
        return value;
    return typeof value === 'number' ? String(value) : '';
}
const NO_LINES = Object.freeze({
    itemIds: [],
    variantIds: [],
    categories: [],
    brands: [],
    quantities: [],
    prices: [],
    amounts: [],
    kinds: [],
});
function productLines(products, currency) {
    if (!Array.isArray(products))
        return NO_LINES;
    const lines = {
        itemIds: [],
        variantIds: [],
        categories: [],
        brands: [],
        quantities: [],
        prices: [],
        amounts: [],
        kinds: [],
    };
    for (const product of products) {
        const line = isJsonObject(product) ? product : NONE;
        lines.itemIds.push(textOf(line.item_id));
        lines.variantIds.push(textOf(line.variant_id));
        lines.categories.push(textOf(line.category));
        lines.brands.push(textOf(line.brand));
        lines.quantities.push(quantityOf(line.quantity));
        lines.prices.push(priceOf(line.price, currency) ?? '0');
        lines.amounts.push(integerOf(line.amount));
        lines.kinds.push(textOf(line.kind) || 'goods');
    }
    return lines;
}
/** Largest whole part that Decimal(18, 6) holds, and with it every amount the engine accepts. */
const PRICE_MAX = 999_999_999_999;
/** The same for Decimal(18, 4). */
const QUANTITY_MAX = 99_999_999_999_999;
/** What a double is sure to give back; a unit price with more digits would not be a price. */
const DIGITS = 15;
function priceOf(minor, currency) {
    if (typeof minor !== 'number' || !Number.isFinite(minor))
        return null;
    if (decimalsOfCurrency(currency) === undefined)
        return null;
    // A major unit is never less than a minor one, so this bounds the price as well.
    const bounded = Math.min(Math.max(minor, -PRICE_MAX), PRICE_MAX);
    return formatMinor(Number.isInteger(bounded) ? bounded : Number(bounded.toPrecision(DIGITS)), currency);
}
function quantityOf(value) {
    if (typeof value !== 'number' || !Number.isFinite(value))
        return '1';
    return Math.min(Math.max(value, -QUANTITY_MAX), QUANTITY_MAX).toFixed(4);
}
function integerOf(value) {
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}
//# sourceMappingURL=history-rows.js.map