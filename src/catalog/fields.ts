import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { readMoment } from '../model/date-time.ts';
import { decimalOf, parseDecimal } from '../model/decimal.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { EpochMs } from '../model/time.ts';

/** Fields of one row; each reader throws `invalid_catalog` with the place of what does not fit. */
export class Fields {
  readonly #row: JsonObject;
  readonly #path: string;

  constructor(row: JsonValue | undefined, path: string, known: readonly string[]) {
    if (!isJsonObject(row)) throw misfit(path, 'must be an object');
    this.#row = row;
    this.#path = path;
    for (const name of Object.keys(row))
      if (!known.includes(name)) throw misfit(this.place(name.slice(0, 64)), 'is not known here');
  }

  place(name: string): string {
    return `${this.#path}/${name}`;
  }

  get(name: string): JsonValue | undefined {
    return this.#row[name] ?? undefined;
  }

  id(name: string): string {
    return this.optionalId(name) ?? this.#fail(name, 'is required');
  }

  optionalId(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : readId(value, this.place(name));
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.length > limits.catalogTextCharactersMax)
      return this.#fail(name, `must be a text of at most ${limits.catalogTextCharactersMax} characters`);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name);
    return value === undefined || typeof value === 'boolean'
      ? value
      : this.#fail(name, 'must be true or false');
  }

  number(name: string, min: number, max: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    return typeof value === 'number' && value >= min && value <= max
      ? value
      : this.#fail(name, `must be a number from ${min} to ${max}`);
  }

  /** Whole pieces, or kilograms and the like with up to 4 decimals. */
  quantity(name: string, min: number): number | undefined {
    const value = this.number(name, min, limits.quantityMax);
    if (value === undefined) return undefined;
    const decimal = decimalOf(value);
    return decimal !== undefined && decimal.scale <= limits.quantityDecimalsMax
      ? value
      : this.#fail(name, `may have ${limits.quantityDecimalsMax} decimals`);
  }

  time(name: string): EpochMs | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= limits.epochMillisecondsMin)
      return value;
    const time = typeof value === 'string' ? readMoment(value) : undefined;
    return time ?? this.#fail(name, 'must be a time, RFC 3339 or epoch milliseconds');
  }

  /** Decimal text or a number in major units → minor units. */
  amount(name: string, currency: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const text = typeof value === 'string' ? parseDecimal(value) : undefined;
    const decimal = typeof value === 'number' ? decimalOf(value) : text;
    const decimals = decimalsOfCurrency(currency);
    if (decimal === undefined || decimals === undefined || decimal.units < 0 || decimal.scale > decimals)
      return this.#fail(name, `must be an amount in ${currency}, such as 39.90`);
    const minor = decimal.units * 10 ** (decimals - decimal.scale);
    return minor <= limits.amountMinorMax ? minor : this.#fail(name, 'is too large');
  }

  /** Ids, none of them twice. */
  ids(name: string, max: number): readonly string[] | undefined {
    const list = this.list(name, max);
    const ids = list?.map((value, n) => readId(value, `${this.place(name)}/${n}`));
    return ids && new Set(ids).size < ids.length ? this.#fail(name, 'names something twice') : ids;
  }

  list(name: string, max: number): readonly JsonValue[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length > max)
      return this.#fail(name, `must be a list of at most ${max}`);
    return value.length === 0 ? undefined : value;
  }

  pattern(name: string, pattern: RegExp, meaning: string): string | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    return typeof value === 'string' && pattern.test(value) ? value : this.#fail(name, `must be ${meaning}`);
  }

  #fail(name: string, problem: string): never {
    throw misfit(this.place(name), problem);
  }
}

function readId(value: JsonValue, path: string): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const fits = typeof text === 'string' && text !== '' && text.length <= limits.catalogIdCharactersMax;
  // Control characters would make two ids that look alike.
  if (!fits || /\p{Cc}/u.test(text))
    throw misfit(path, `must be an id of 1 to ${limits.catalogIdCharactersMax} characters`);
  return text;
}

export function misfit(path: string, problem: string): TesseraError {
  return new TesseraError('invalid_catalog', `${path} ${problem}.`, { path });
}

/** Without what is undefined, which a row leaves out. */
export function defined<T extends object>(row: { readonly [K in keyof T]: T[K] | undefined }): T {
  // What remains has the types of T, whose optional fields these are.
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}
