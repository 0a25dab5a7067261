import type { Evidence } from '../model/identity.ts';

/**
 * What is left of the evidence of a link once it says nothing any more about some identifiers. That an event named the
 * identifier at all stays true: where nothing else does, the oldest entry goes on without its partner.
 */
export function evidenceWithout(evidence: readonly Evidence[], isGone: (key: string) => boolean): Evidence[] {
  const kept = evidence.filter((entry) => entry.with === '' || !isGone(entry.with));
  if (kept.length > 0) return kept;
  const [first] = evidence;
  return first === undefined ? [] : [{ ...first, with: '' }];
}
