import { unitedFacts } from '../model/ledger-facts.ts';
import type { Ledger, LedgerFact } from '../model/loyalty.ts';
import type { CompiledProgram } from './program.ts';
import { replayLedger } from './replay.ts';

/**
 * The one thing of the ledger that depends on the order of the log: whether a burn is accepted. It is, when the points
 * are available at the append time of its record; so of two tills that spend the same points, the second is refused.
 * A burn that was accepted before, and comes again under other identifiers, is the same burn.
 */
export function acceptsBurn(
  ledgers: Iterable<Ledger | undefined>,
  burn: LedgerFact,
  program: CompiledProgram,
): boolean {
  const facts = unitedFacts(ledgers);
  if (facts.has(burn.key)) return true;
  return replayLedger(facts.values(), program, burn.time).available >= burn.points;
}
