import { type Decimal, formatDecimal, parseDecimal } from '../../model/decimal.ts';
import type { JsonValue } from '../../model/json.ts';

/** The exact sum of amounts that are decimal text, as text; undefined where one of them is none, or the sum too long. */
export function sumDecimals(amounts: readonly (JsonValue | undefined)[]): string | undefined {
  const decimals: Decimal[] = [];
  for (const amount of amounts) {
    const decimal = parseDecimal(String(amount));
    if (decimal === undefined) return undefined;
    decimals.push(decimal);
  }
  const scale = decimals.reduce((most, decimal) => Math.max(most, decimal.scale), 0);
  const units = decimals.reduce(
    (sum, decimal) => sum + BigInt(decimal.units) * 10n ** BigInt(scale - decimal.scale),
    0n,
  );
  if (units > BigInt(Number.MAX_SAFE_INTEGER) || units < -BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return formatDecimal({ units: Number(units), scale }, 0);
}
