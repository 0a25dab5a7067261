import type { LedgerFact } from '../model/loyalty.ts';
import type { EpochMs } from '../model/time.ts';

/** What was reported of orders and burns after they were: looked up by the fact that it is about. */
export interface OrderReports {
  /** Returns and cancellations, oldest first. */
  returnsOf(earned: LedgerFact): readonly LedgerFact[];
  /** When the points of a lot are no longer pending. */
  availableAt(earned: LedgerFact): EpochMs;
  /** Whether a return, a cancellation or a delivery is of the fact's order. */
  isAbout(report: LedgerFact, fact: LedgerFact): boolean;
  /** The report that called the burn off, taking effect not before the burn; undefined while it stands. */
  restoredAt(burn: LedgerFact): { readonly time: EpochMs; readonly fact: LedgerFact } | undefined;
}

const SEPARATOR = '\0';

/** An order that is named without its namespace is the one of that number. */
function numberOf(order: string): string {
  return order.slice(order.indexOf(SEPARATOR) + 1);
}

function isSame(a: string, b: string): boolean {
  return a === b || ((a.startsWith(SEPARATOR) || b.startsWith(SEPARATOR)) && numberOf(a) === numberOf(b));
}

/** Facts in order of time. */
export function reportsByOrder(facts: readonly LedgerFact[]): OrderReports {
  const byNumber = new Map<string, LedgerFact[]>();
  const restores = new Map<string, LedgerFact>();
  for (const fact of facts) {
    if (fact.kind === 'restore') restores.set(fact.order, fact);
    if (fact.kind !== 'refund' && fact.kind !== 'cancel' && fact.kind !== 'delivered') continue;
    const number = numberOf(fact.order);
    const found = byNumber.get(number);
    if (found === undefined) byNumber.set(number, [fact]);
    else found.push(fact);
  }
  const about = ({ order }: LedgerFact): readonly LedgerFact[] =>
    order === '' ? [] : (byNumber.get(numberOf(order)) ?? []).filter((report) => isSame(report.order, order));
  return {
    returnsOf: (earned) => about(earned).filter(({ kind }) => kind !== 'delivered'),
    availableAt(earned) {
      const { time, holdMs, deliveryMs } = earned;
      if (deliveryMs === undefined) return time + holdMs;
      const delivered = about(earned).find(({ kind }) => kind === 'delivered');
      return Math.max(time, Math.min(delivered?.time ?? time + deliveryMs, time + deliveryMs)) + holdMs;
    },
    isAbout: (report, { order }) => order !== '' && isSame(report.order, order),
    restoredAt(burn) {
      const [, , id = ''] = burn.key.split(SEPARATOR);
      const candidates = [restores.get(id), about(burn).find(({ kind }) => kind === 'cancel')];
      const [fact] = candidates
        .filter((each) => each !== undefined)
        .sort((a, b) => a.time - b.time || (a.key < b.key ? -1 : 1));
      return fact && { time: Math.max(fact.time, burn.time), fact };
    },
  };
}
