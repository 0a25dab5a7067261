/**
 * Would a JSON number survive being read as a double? Yes if the double, printed with as many significant digits
 * as were written, gives the written digits again. Up to 15 digits always do; beyond that it has to be tried:
 * 0.30000000000000004 does, 12345678901234.567 comes back as …566. Numbers that overflow, or that become 0 without
 * being 0, never do. Whole numbers written without point or exponent must moreover be safe integers.
 */
import { limits } from '../limits.ts';

/** For the JSON number `text`, which is known to follow the grammar. */
export function isExactNumber(text: string): boolean {
  if (text.length > SHORT && hasTooManyDigits(text)) return false;
  const digits = significantDigits(text);
  if (digits === '') return true;
  const value = Number(text);
  if (!Number.isFinite(value) || value === 0 || digits.length > limits.jsonSignificantDigitsMax) return false;
  if (INTEGER.test(text) && !Number.isSafeInteger(value)) return false;
  // The shortest form comes first: where the double lies halfway between two decimals, it may choose the other one.
  return (
    significantDigits(String(value)) === digits ||
    significantDigits(value.toPrecision(digits.length)) === digits
  );
}

const INTEGER = /^-?\d+$/;
/** Below that reading the whole text costs nothing. */
const SHORT = 64;

/** Without a copy, since nothing bounds how many digits somebody sends: more between the first and the last other than 0 than a double holds. */
function hasTooManyDigits(text: string): boolean {
  let digits = 0;
  let zeros = 0;
  for (let at = 0; at < text.length && digits <= limits.jsonSignificantDigitsMax; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit === 0) zeros += digits === 0 ? 0 : 1;
    else if (digit > 0 && digit <= 9) {
      digits += zeros + 1;
      zeros = 0;
    } else if ((text.charCodeAt(at) | 0x20) === 0x65) break;
  }
  return digits > limits.jsonSignificantDigitsMax;
}

/** The digits of the mantissa without leading and trailing zeros, which carry no value of their own. */
function significantDigits(text: string): string {
  const mantissa = text.split(/[eE]/, 1)[0] ?? '';
  return withoutTrailingZeros(mantissa.replace(/[-.]/g, '').replace(/^0+/, ''));
}

/** A loop because /0+$/ takes quadratic time on long runs of zeros that do not end the text. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return digits.slice(0, end);
}
