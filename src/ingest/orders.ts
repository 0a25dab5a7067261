/**
 * Order events → the order fact they report and its money (retail.md, Orders and Money).
 *
 *   total   everything on the bill: as given, else lines + shipping + fees, plus tax where prices exclude it
 *   spend   merchandise paid: the lines of kind `goods` after all discounts, with tax exactly where prices include it;
 *           else the merchandise figure that was given; else the total less shipping and fees, flagged `total_only`
 *
 * Refunds carry both negative, and `refund` positive. A cancellation carries no amounts of its own: it takes back the
 * order that it names, whatever that came to.
 */
import { limits } from '../limits.ts';
import type { OrderInfo, OrderTransition } from '../model/event.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { orderTransitions } from '../model/order-transitions.ts';
import { allocate } from './money.ts';
import { canonicalLine, GOODS, type OrderLine, readLines, shareDiscount, sumLines } from './order-lines.ts';
import { type Rejection, reject } from './rejection.ts';

export interface OrderInput {
  readonly transition: OrderTransition;
  readonly eventId: string;
  /** Validated and converted: amounts are minor units, ids are text. */
  readonly properties: JsonObject;
  /** Namespace of orders that name none. */
  readonly namespace: string;
  readonly ledger: boolean;
  /** Whether prices include tax where the order does not say. */
  readonly taxIncluded: boolean;
}

export interface OrderReading {
  readonly ok: true;
  readonly order: OrderInfo;
  /** The lines with quantity, kind and amount filled in; undefined when the event has none. */
  readonly products: readonly JsonObject[] | undefined;
}

export const defaultNamespace = 'default';

/** Refunds that give money back without taking goods back: their lines say for what, not how much. */
const MONEY_ONLY: readonly JsonValue[] = ['refund_only', 'price_adjustment'];

/** Which order fact an event type reports; undefined for all others. */
export function transitionOf(type: string): OrderTransition | undefined {
  return orderTransitions.get(type);
}

/** Reads the money of one order event. */
export function readOrder(input: OrderInput): OrderReading | Rejection {
  const lines = readLines(input.properties.products);
  if (!Array.isArray(lines)) return lines;
  shareDiscount(lines, amount(input.properties, 'discount'));
  const bill = readBill(input, lines);
  if (!bill.ok) return bill;
  if (input.transition === 'refunded') spreadRefund(input.properties, lines, bill);
  return {
    ok: true,
    order: orderInfo(input, bill),
    products: Array.isArray(input.properties.products) ? lines.map(canonicalLine) : undefined,
  };
}

interface Bill {
  readonly ok: true;
  readonly total: number;
  spend: number;
  readonly totalOnly: boolean;
}

function readBill(input: OrderInput, lines: readonly OrderLine[]): Bill | Rejection {
  const { properties } = input;
  if (input.transition === 'cancelled') return { ok: true, total: 0, spend: 0, totalOnly: false };
  const goods = lines.length === 0 ? undefined : sumLines(lines, GOODS);
  const merchandise = goods ?? given(properties, 'subtotal') ?? given(properties, 'revenue');
  const total = given(properties, 'total') ?? summedTotal(input, lines, merchandise);
  if (total === undefined) {
    return reject('invalid_amount', '/total', 'is required where not every product has a price');
  }
  if (total < 0) return reject('invalid_amount', '/total', negativeTotal(input.transition));
  if (input.transition === 'refunded' && merchandise !== undefined && merchandise < 0) {
    return reject(
      'invalid_amount',
      '/products',
      'the lines of a refund are what was given back, and positive',
    );
  }
  const spend = merchandise ?? Math.max(0, total - extras(input));
  if (!(Math.max(total, Math.abs(spend)) <= limits.amountMinorMax)) {
    return reject('invalid_amount', '/total', 'the order is larger than one order may be');
  }
  return { ok: true, total, spend, totalOnly: merchandise === undefined };
}

function summedTotal(
  input: OrderInput,
  lines: readonly OrderLine[],
  merchandise: number | undefined,
): number | undefined {
  const sum = lines.length === 0 ? merchandise : sumLines(lines);
  return sum === undefined ? undefined : sum + extras(input) - discountOnFreight(input, lines);
}

/** What a bill holds beside its lines. */
function extras(input: OrderInput): number {
  const { properties } = input;
  const taxed = typeof properties.tax_included === 'boolean' ? properties.tax_included : input.taxIncluded;
  return amount(properties, 'shipping') + amount(properties, 'fee') + (taxed ? 0 : amount(properties, 'tax'));
}

/** A discount that exceeds the goods was given on freight, as far as there is any. */
function discountOnFreight(input: OrderInput, lines: readonly OrderLine[]): number {
  let shared = 0;
  for (const line of lines) shared += line.share ?? 0;
  if (shared === 0) return 0;
  const rest = amount(input.properties, 'discount') - shared;
  return Math.max(0, Math.min(rest, amount(input.properties, 'shipping')));
}

/** A refund of money alone is pro rata over its lines: they carry what was given back, not what they cost. */
function spreadRefund(properties: JsonObject, lines: readonly OrderLine[], bill: Bill): void {
  const kind = properties.kind;
  if (kind === undefined || !MONEY_ONLY.includes(kind)) return;
  const goods = lines.filter((line) => line.kind === GOODS && (line.amount ?? 0) > 0);
  if (goods.length === 0) return;
  const back = Math.max(0, bill.total - amount(properties, 'shipping'));
  const parts = allocate(
    back,
    goods.map((line) => line.amount ?? 0),
  );
  goods.forEach((line, i) => {
    line.amount = parts[i] ?? 0;
  });
  bill.spend = back;
}

function orderInfo(input: OrderInput, bill: Bill): OrderInfo {
  const { properties, transition, eventId } = input;
  const refunded = transition === 'refunded';
  return {
    namespace: text(properties.order_namespace) ?? input.namespace,
    order_id: text(properties.order_id) ?? '',
    transition,
    refund_id: refunded ? (text(properties.refund_id) ?? eventId) : '',
    ledger: input.ledger,
    total: refunded ? negated(bill.total) : bill.total,
    spend: refunded ? negated(bill.spend) : bill.spend,
    refund: refunded ? bill.total : 0,
    total_only: bill.totalOnly,
  };
}

function negativeTotal(transition: OrderTransition): string {
  return transition === 'refunded'
    ? 'is the amount given back and must not be negative'
    : 'must not be negative; report goods taken back as order_refunded';
}

function given(properties: JsonObject, key: string): number | undefined {
  const value = properties[key];
  return typeof value === 'number' ? value : undefined;
}

function amount(properties: JsonObject, key: string): number {
  return given(properties, key) ?? 0;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Without a negative zero, which JSON cannot tell from zero. */
function negated(value: number): number {
  return value === 0 ? 0 : -value;
}
