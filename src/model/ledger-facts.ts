import type { Ledger, LedgerFact, SettledPoints } from './loyalty.ts';

/** The union of ledgers of several facets: one winner per key, whatever the order in which they come. */

export const NOTHING_SETTLED: SettledPoints = Object.freeze({
  earned: 0,
  burned: 0,
  expired: 0,
  returned: 0,
});

export function emptyLedger(): Ledger {
  return { facts: new Map(), settled: NOTHING_SETTLED };
}

/** The earlier report wins, then the smaller (source, event id), then what more has settled of. */
function isBetter(a: LedgerFact, b: LedgerFact): boolean {
  if (a.time !== b.time) return a.time < b.time;
  if (a.tie !== b.tie) return a.tie < b.tie;
  if (a.points !== b.points) return a.points < b.points;
  return JSON.stringify(a) < JSON.stringify(b);
}

export function putFact(facts: Map<string, LedgerFact>, fact: LedgerFact): void {
  const known = facts.get(fact.key);
  if (known === undefined || isBetter(fact, known)) facts.set(fact.key, fact);
}

/** The facts that count over the facets of a profile. */
export function unitedFacts(ledgers: Iterable<Ledger | undefined>): Map<string, LedgerFact> {
  const united = new Map<string, LedgerFact>();
  for (const ledger of ledgers) {
    if (ledger !== undefined) for (const fact of ledger.facts.values()) putFact(united, fact);
  }
  return united;
}

export function addSettled(a: SettledPoints, b: SettledPoints): SettledPoints {
  return {
    earned: a.earned + b.earned,
    burned: a.burned + b.burned,
    expired: a.expired + b.expired,
    returned: a.returned + b.returned,
  };
}

/** Takes another facet's ledger over for good. */
export function uniteLedgers(into: Ledger, from: Ledger): void {
  for (const fact of from.facts.values()) putFact(into.facts, fact);
  into.settled = addSettled(into.settled, from.settled);
}
