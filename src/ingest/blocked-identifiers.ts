import type { BlockedValues, Normalization } from '../model/identity-policy.ts';

const QUOTES = /^[\s"'`\\“”‘’«»]+|[\s"'`\\“”‘’«»]+$/g;
/** Digits of a country code: a phone number is blocked by its national part as well. */
const CODE_LENGTHS = [1, 2, 3];
const REPEATED_DIGIT = /^(\d)\1*$/;

/** Says which values never identify anybody. */
export interface Blocklist {
  /** Whether the value, as it was sent or normalized, is one of those that programs and forms send for nobody. */
  readonly isNobody: (value: string) => boolean;
  /** Whether the normalized value stands for somebody else: a relay address, a marketplace's privacy number. */
  readonly isRelay: (value: string, normalization: Normalization) => boolean;
}

export function createBlocklist(blocked: BlockedValues): Blocklist {
  const domains = new Set(blocked.email_domains);
  const prefixes = new Set(blocked.phone_prefixes);
  const prefixLengths = [...new Set(blocked.phone_prefixes.map(({ length }) => length))];
  return {
    isNobody: nobodyTest(blocked),
    isRelay(value, normalization) {
      if (normalization === 'phone')
        return prefixLengths.some((length) => prefixes.has(value.slice(0, length)));
      return normalization === 'email' && isBelow(value.slice(value.lastIndexOf('@') + 1), domains);
    },
  };
}

function nobodyTest(blocked: BlockedValues): Blocklist['isNobody'] {
  const values = new Set(blocked.values.map(folded));
  return (value) => {
    const text = folded(value);
    if (text === '' || values.has(text)) return true;
    if (text.startsWith('+') && CODE_LENGTHS.some((length) => values.has(text.slice(1 + length))))
      return true;
    const digits = text.replace(/^\+/, '');
    return (
      REPEATED_DIGIT.test(digits) && (digits.startsWith('0') || digits.length >= blocked.repeated_digits_from)
    );
  };
}

/** Whether the domain, or one that it is a part of, is listed. */
function isBelow(domain: string, domains: ReadonlySet<string>): boolean {
  if (domains.size === 0) return false;
  for (let at = 0; at >= 0; ) {
    if (domains.has(domain.slice(at))) return true;
    const dot = domain.indexOf('.', at);
    at = dot < 0 ? -1 : dot + 1;
  }
  return false;
}

function folded(value: string): string {
  return value.normalize('NFKC').replace(QUOTES, '').toLowerCase();
}
