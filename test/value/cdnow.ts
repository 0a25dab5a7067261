import type { PurchaseHistory } from '../../src/value/bg-nbd.ts';
import type { SpendHistory } from '../../src/value/gamma-gamma.ts';

const DAY_MS = 86_400_000;

export interface Customer {
  readonly history: PurchaseHistory;
  readonly spend: SpendHistory | undefined;
}

export function finish<Result>(search: Generator<unknown, Result>): Result {
  for (;;) {
    const next = search.next();
    if (next.done) return next.value;
  }
}

/** Customers of the CDNOW sample by their numbers, straight from the file: purchases up to a day, by days. */
export function purchaseDaysOf(text: string, lastDay: string): ReadonlyMap<string, Customer> {
  const until = Date.parse(`${lastDay}T00:00:00Z`) / DAY_MS;
  const customers = new Map<string, Map<number, number>>();
  for (const line of text.split('\n')) {
    const [customer, , date = '', , dollars] = line.trim().split(/\s+/);
    if (customer === undefined || dollars === undefined) continue;
    const day = Date.parse(date.replace(/(....)(..)(..)/, '$1-$2-$3T00:00:00Z')) / DAY_MS;
    if (day > until) continue;
    const days = customers.get(customer) ?? new Map<number, number>();
    customers.set(customer, days.set(day, (days.get(day) ?? 0) + Number(dollars)));
  }
  return new Map([...customers].map(([customer, days]) => [customer, customerOf(days, until)]));
}

function customerOf(days: ReadonlyMap<number, number>, until: number): Customer {
  const [first = 0, ...later] = [...days.keys()].sort((a, b) => a - b);
  const history = {
    repeats: later.length,
    recency: ((later.at(-1) ?? first) - first) / 7,
    age: (until - first) / 7,
  };
  const spent = later.reduce((sum, day) => sum + (days.get(day) ?? 0), 0);
  const spend = spent > 0 ? { purchases: later.length, average: spent / later.length } : undefined;
  return { history, spend };
}
