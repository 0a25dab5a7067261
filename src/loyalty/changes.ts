import type { LedgerFact, LoyaltyChange } from '../model/loyalty.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledProgram } from './program.ts';
import { replayLedger } from './replay.ts';

/**
 * When the passing of time alone next changes something: points are released, about to expire or expire, a term or its
 * grace ends. Undefined: never. `facts` are one per key (`unitedFacts`).
 */
export function nextChange(
  facts: Iterable<LedgerFact>,
  program: CompiledProgram,
  now: EpochMs,
): EpochMs | undefined {
  return replayLedger(facts, program, now).nextAt;
}

/** What time has changed after one moment, up to and at another one, in order. */
export function changesBetween(
  facts: Iterable<LedgerFact>,
  program: CompiledProgram,
  { after, until }: { readonly after: EpochMs; readonly until: EpochMs },
): readonly LoyaltyChange[] {
  const { entries, lots, tier } = replayLedger(facts, program, until);
  const within = (at: EpochMs): boolean => at > after && at <= until;
  const changes: LoyaltyChange[] = [];
  for (const { at, kind, amount, lot } of entries) {
    if (kind === 'release' && within(at)) changes.push({ change: 'released', at, points: amount, lot });
    if (kind === 'expire' && within(at)) changes.push({ change: 'expired', at, points: amount, lot });
  }
  const expiring = new Map<EpochMs, number>();
  for (const { fact, pending, available } of lots) {
    const { expiresAt } = fact;
    if (expiresAt === undefined || pending + available === 0 || !within(expiresAt - program.warnMs)) continue;
    expiring.set(expiresAt, (expiring.get(expiresAt) ?? 0) + pending + available);
  }
  for (const [expires_at, points] of expiring)
    changes.push({ change: 'expiring', at: expires_at - program.warnMs, points, expires_at });
  for (const each of tier?.changes ?? []) if (within(each.at)) changes.push({ change: 'tier', ...each });
  return changes.sort((a, b) => a.at - b.at);
}
