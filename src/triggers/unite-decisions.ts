import { limits } from '../limits.ts';
import type { DecisionMemory, DeferredFiring } from '../model/decision-memory.ts';
import { inReleaseOrder } from './decision-memory.ts';
import { openEvent } from './kept-event.ts';

/*
 * Decisions of people who become one, or two. What was sent was sent to both of whom it is remembered: after a merge caps
 * count all of it, and after an unmerge each of the two still counts it, because both may be the person who got it.
 */

/** What two people who are one remember together: nothing twice, everything in the order of time. */
export function uniteDecisions(
  ours: DecisionMemory | undefined,
  theirs: DecisionMemory | undefined,
): DecisionMemory | undefined {
  if (ours === undefined || theirs === undefined) return ours ?? theirs;
  const sent = { ...ours.sent };
  for (const [channel, count] of Object.entries(theirs.sent)) sent[channel] = (sent[channel] ?? 0) + count;
  // An unmerge copied what both have: it is counted once.
  const both = new Set(ours.fired.map(({ id }) => id));
  for (const { id, channel, heldOut } of theirs.fired)
    if (both.has(id) && !heldOut && sent[channel] !== undefined) sent[channel] = (sent[channel] ?? 1) - 1;
  return {
    fired: united(ours.fired, theirs.fired).slice(-limits.firedPerProfileMax),
    sent,
    deferred: inReleaseOrder(united(ours.deferred, theirs.deferred)).slice(0, limits.deferredPerProfileMax),
    revocable: united(ours.revocable, theirs.revocable),
  };
}

interface Remembered {
  readonly id: string;
  readonly at: number;
}

function united<Entry extends Remembered>(ours: readonly Entry[], theirs: readonly Entry[]): Entry[] {
  const byId = new Map(ours.map((entry) => [entry.id, entry]));
  for (const entry of theirs) if (!byId.has(entry.id)) byId.set(entry.id, entry);
  return [...byId.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

/**
 * What goes along when facets leave: everything that was fired as a copy, and what is deferred where its event was of
 * one of them. The memory that stays loses the latter.
 */
export function partDecisions(memory: DecisionMemory, leaving: ReadonlySet<string>): DecisionMemory {
  const leaves = ({ event }: DeferredFiring): boolean =>
    event !== undefined && leaving.has(openEvent(event).facet);
  const deferred = memory.deferred.filter(leaves);
  memory.deferred = memory.deferred.filter((entry) => !leaves(entry));
  return {
    fired: [...memory.fired],
    sent: memory.sent,
    deferred,
    revocable: [...memory.revocable],
  };
}
