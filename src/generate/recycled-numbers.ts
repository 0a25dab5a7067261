import type { Random } from './random.ts';
import { rates } from './rates.ts';
import type { Person } from './world.ts';

/** Indexes of the numbers that returning owners take. */
const NEW_PHONES = 60_000_000;
/** Refunds and late sales of the old owner come to an end within this many days. */
const AFTERMATH_DAYS = 18;

/**
 * Chooses people whose number goes to somebody else: the old owner stops coming, the operator keeps the number back,
 * the new owner begins to come. In a stream that is shorter than that nothing is recycled.
 */
export function recycleNumbers(
  customers: readonly Person[],
  options: { readonly days: number; readonly random: Random },
): void {
  const { days, random } = options;
  const gap = AFTERMATH_DAYS + rates.recycledSilenceDays;
  const latest = days - 1 - gap - 1;
  if (latest < 1 || customers.length < 2) return;
  const wanted = Math.max(1, Math.round(customers.length * rates.recycledNumber));
  const taken = new Set<Person>();
  for (let tries = 0; tries < wanted * 20 && taken.size < wanted * 2; tries++) {
    const before = customers[random.below(customers.length)] as Person;
    const after = customers[random.below(customers.length)] as Person;
    if (before === after || taken.has(before) || taken.has(after)) continue;
    if (!fits(before) || !fits(after) || before.household === after.household) continue;
    if (before.from >= latest) continue;
    taken.add(before).add(after);
    handOver(before, after, { latest, gap, ...options });
  }
}

/** Phones of families and of second memberships are a story of their own. */
function fits(person: Person): boolean {
  return !person.household.phoneShared && person.duplicate === undefined;
}

function handOver(
  before: Person,
  after: Person,
  options: { readonly latest: number; readonly gap: number; readonly days: number; readonly random: Random },
): void {
  const { latest, gap, days, random } = options;
  const untilDay = random.between(before.from, Math.min(latest, Math.max(before.from, before.to)));
  const fromDay = random.between(untilDay + gap, days - 1);
  const { phone } = before;
  before.to = untilDay;
  after.from = fromDay;
  after.to = days - 1;
  after.phone = phone;
  before.recycled = { phone, role: 'before', fromDay, untilDay };
  after.recycled = { phone, role: 'after', fromDay, untilDay };
  if (random.chance(rates.recycledOwnerReturns) && before.member && fromDay < days - 1) {
    // Comes back with another number, and is recognized by the membership.
    before.to = days - 1;
    before.phone = NEW_PHONES + before.n;
  }
}
