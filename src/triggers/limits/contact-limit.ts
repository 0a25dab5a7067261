import type { ProfileLookup } from '../../conditions/condition.ts';
import { limits } from '../../limits.ts';
import { DAY_MS } from '../../model/time.ts';
import type { CompiledCap } from './caps.ts';

/** The trait by which customers say how many messages they want in a week. */
export const CONTACT_LIMIT = 'contact_limit';

const DAYS = 7;

/** The customer's own maximum as a cap: so many in seven calendar days, 0 for none; undefined where they have said nothing. */
export function contactLimit(lookup: ProfileLookup): CompiledCap | undefined {
  const said = lookup.trait(CONTACT_LIMIT);
  const count = typeof said === 'string' && /^\d{1,3}$/.test(said) ? Number(said) : said;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) return undefined;
  // Nobody gets more than caps can count, so that a larger wish is as good as none.
  if (count > limits.capCountMax) return undefined;
  return { scope: 'customer', name: '', count, days: DAYS, withinMs: DAYS * DAY_MS, own: false };
}
