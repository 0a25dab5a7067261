import { limits } from '../limits.ts';
import type {
  DecisionMemory,
  DeferredFiring,
  FiredEntry,
  RevocableFiring,
} from '../model/decision-memory.ts';
import type { Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { DecisionReach } from './limits/reach.ts';

/*
 * What a profile remembers of its decisions, so that limits can be asked without history. Lists are in the order of time and
 * bounded: what is dropped is what no limit in force looks back to, and after that the oldest.
 */

/** Answers for a profile that remembers nothing. */
export const NO_DECISIONS: Readonly<DecisionMemory> = Object.freeze(emptyDecisions());

export function emptyDecisions(): DecisionMemory {
  return { fired: [], sent: {}, deferred: [], revocable: [] };
}

/** The memory of a header, which has it from here on. */
export function decisionsOf(header: Header): DecisionMemory {
  header.decisions ??= emptyDecisions();
  return header.decisions;
}

/** Whether it was decided before: the same completion of a pattern is decided once. */
export function isDecided({ fired, deferred }: DecisionMemory, id: string): boolean {
  return fired.some((entry) => entry.id === id) || deferred.some((entry) => entry.id === id);
}

/** `at` is the time of the entry, which is the newest. */
export function rememberFired(memory: DecisionMemory, entry: FiredEntry, reach: DecisionReach): void {
  memory.fired.push(entry);
  if (!entry.heldOut && entry.channel !== 'none')
    memory.sent = { ...memory.sent, [entry.channel]: (memory.sent[entry.channel] ?? 0) + 1 };
  memory.fired = boundFired(memory.fired, entry.at, reach);
}

function boundFired(fired: readonly FiredEntry[], now: EpochMs, reach: DecisionReach): FiredEntry[] {
  const { shared, byTrigger } = reach;
  const seen = new Map<string, number>();
  const kept: FiredEntry[] = [];
  // From the newest back, so that of each trigger the newest ones stay.
  for (const entry of fired.toReversed()) {
    const { trigger, at } = entry;
    const before = seen.get(trigger) ?? 0;
    if (kept.length >= limits.firedPerProfileMax) break;
    if (before >= limits.firedPerTriggerMax || now - at > (byTrigger.get(trigger) ?? shared)) continue;
    seen.set(trigger, before + 1);
    kept.push(entry);
  }
  return kept.reverse();
}

export function rememberRevocable(memory: DecisionMemory, entry: RevocableFiring): void {
  const kept = memory.revocable.filter(({ at }) => entry.at - at <= limits.revocableMs);
  const same = kept.filter(({ trigger }) => trigger === entry.trigger);
  const oldest = same.length >= limits.revocablePerTriggerMax ? same[0] : undefined;
  memory.revocable = [...kept.filter((each) => each !== oldest), entry];
}

/** Sorted by release; false where there are too many. */
export function addDeferred(memory: DecisionMemory, entry: DeferredFiring): boolean {
  if (memory.deferred.length >= limits.deferredPerProfileMax) return false;
  memory.deferred = inReleaseOrder([...memory.deferred, entry]);
  return true;
}

export function inReleaseOrder(deferred: readonly DeferredFiring[]): DeferredFiring[] {
  return deferred.toSorted((a, b) => a.until - b.until || (a.id < b.id ? -1 : 1));
}

export function removeDeferred(memory: DecisionMemory, id: string): void {
  memory.deferred = memory.deferred.filter((entry) => entry.id !== id);
}
