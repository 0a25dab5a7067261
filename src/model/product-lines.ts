import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { decimalsOfCurrency, formatMinor } from './money.ts';

/** Product lines, prices and texts of an event as history's columns hold them; whatever was sent, it fits. */
export interface ProductLines {
  readonly itemIds: string[];
  readonly variantIds: string[];
  readonly categories: string[];
  readonly brands: string[];
  readonly quantities: string[];
  readonly prices: string[];
  readonly amounts: number[];
  readonly kinds: string[];
}

const NONE: JsonObject = Object.freeze({});

const NO_LINES: ProductLines = Object.freeze({
  itemIds: [],
  variantIds: [],
  categories: [],
  brands: [],
  quantities: [],
  prices: [],
  amounts: [],
  kinds: [],
});

export function productLines(products: JsonValue | undefined, currency: string): ProductLines {
  if (!Array.isArray(products)) return NO_LINES;
  const lines: ProductLines = {
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
    const line: JsonObject = isJsonObject(product) ? product : NONE;
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

export function priceOf(minor: JsonValue | undefined, currency: string): string | null {
  if (typeof minor !== 'number' || !Number.isFinite(minor)) return null;
  if (decimalsOfCurrency(currency) === undefined) return null;
  // A major unit is never less than a minor one, so this bounds the price as well.
  const bounded = Math.min(Math.max(minor, -PRICE_MAX), PRICE_MAX);
  return formatMinor(Number.isInteger(bounded) ? bounded : Number(bounded.toPrecision(DIGITS)), currency);
}

function quantityOf(value: JsonValue | undefined): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '1';
  return Math.min(Math.max(value, -QUANTITY_MAX), QUANTITY_MAX).toFixed(4);
}

function integerOf(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}

export function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
