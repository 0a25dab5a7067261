import { limits } from '../limits.ts';
import type { CarriedMemory, Header, PendingMoment, TriggerMatch, TriggerMemory } from '../model/profile.ts';
import type { CompiledTrigger, TriggerSet } from './compile.ts';
import { isClosed, lastOf } from './patterns/absence.ts';
import { boundMatches, byTime, dropEmpty, forget } from './patterns/memory.ts';
import { partDecisions, uniteDecisions } from './unite-decisions.ts';

/*
 * What triggers remember when people become one, or two. A merge unites both memories and decides nothing; an unmerge takes
 * along what belongs to the facets that leave, and copies what was decided, because both may be the person who got it.
 */

/** What was remembered for triggers that there are no more. */
export function forgetGone(header: Header, { byName }: Pick<TriggerSet, 'byName'>): void {
  for (const name of header.triggers.keys()) if (!byName.has(name)) header.triggers.delete(name);
}

/** Everything, as it leaves with a whole person. */
export function takeMemory(header: Header): CarriedMemory {
  const memory = Object.fromEntries(header.triggers);
  const { decisions } = header;
  header.triggers.clear();
  delete header.decisions;
  return { memory, ...(decisions === undefined ? {} : { decisions }) };
}

/** What belongs to the facets that leave. */
export function partMemory(header: Header, leaving: ReadonlySet<string>): CarriedMemory {
  const memory: Record<string, TriggerMemory> = {};
  for (const [name, ours] of header.triggers) {
    const theirs = partOf(ours, leaving);
    if (theirs !== undefined) memory[name] = theirs;
    if (isEmpty(ours)) header.triggers.delete(name);
  }
  const { decisions } = header;
  return { memory, ...(decisions === undefined ? {} : { decisions: partDecisions(decisions, leaving) }) };
}

function partOf(ours: TriggerMemory, leaving: ReadonlySet<string>): TriggerMemory | undefined {
  const leaves = ({ facet }: { readonly facet: string }): boolean => leaving.has(facet);
  const matches = ours.matches.filter(leaves);
  const pending = ours.pending.filter(leaves);
  if (matches.length === 0 && pending.length === 0 && ours.done === undefined) return undefined;
  ours.matches = ours.matches.filter((match) => !leaves(match));
  ours.pending = ours.pending.filter((moment) => !leaves(moment));
  const { under, done } = ours;
  return { ...(under && { under }), matches, pending, ...(done && { done: [...done] }) };
}

/** A facet has another name from here on: it was closed. */
export function renameFacet(header: Header, from: string, to: string): void {
  const renamed = <Tagged extends { readonly facet: string }>(each: Tagged): Tagged =>
    each.facet === from ? { ...each, facet: to } : each;
  for (const memory of header.triggers.values()) {
    memory.matches = memory.matches.map(renamed);
    memory.pending = memory.pending.map(renamed);
  }
}

/** What arrives with a person, or with facets, together with what is remembered here. Nothing fires because of it. */
export function uniteMemory(
  header: Header,
  carried: CarriedMemory,
  { byName }: Pick<TriggerSet, 'byName'>,
): void {
  for (const [name, theirs] of Object.entries(carried.memory)) {
    const trigger = byName.get(name);
    if (trigger === undefined || isOfOther(theirs, trigger)) continue;
    const ours = header.triggers.get(name);
    const both = ours === undefined || isOfOther(ours, trigger) ? theirs : united(ours, theirs, trigger);
    boundMatches(both, { matches: matchesMax(trigger), since: Number.NEGATIVE_INFINITY });
    header.triggers.set(name, both);
    dropEmpty(header, trigger);
  }
  const decisions = uniteDecisions(header.decisions, carried.decisions);
  if (decisions !== undefined) header.decisions = decisions;
}

function isEmpty({ matches, pending, done }: TriggerMemory): boolean {
  return matches.length === 0 && pending.length === 0 && done === undefined;
}

function isOfOther({ under }: TriggerMemory, { patternVersion }: CompiledTrigger): boolean {
  return under !== undefined && under !== patternVersion;
}

function matchesMax({ pattern }: CompiledTrigger): number {
  return Math.max(limits.triggerMatchesMax, pattern.kind === 'count' ? pattern.count : 0);
}

function united(ours: TriggerMemory, theirs: TriggerMemory, trigger: CompiledTrigger): TriggerMemory {
  const done = [...new Set([...(ours.done ?? []), ...(theirs.done ?? [])])];
  const both: TriggerMemory = {
    under: trigger.patternVersion,
    matches: onceEach([...ours.matches, ...theirs.matches].sort(byTime)),
    pending: unitedPending([...ours.pending, ...theirs.pending], trigger),
    ...(done.length === 0 ? {} : { done }),
  };
  for (const moment of both.pending) {
    if (!isClosed(both, moment, [])) continue;
    both.pending = both.pending.filter((each) => each !== moment);
    forget(both, moment.key, lastOf(moment));
  }
  return both;
}

function onceEach(matches: readonly TriggerMatch[]): TriggerMatch[] {
  const known = new Set<string>();
  return matches.filter(({ step, cause, key }) => {
    const name = JSON.stringify([step, cause, key]);
    if (known.has(name)) return false;
    known.add(name);
    return true;
  });
}

/** Of one key the newer, or the older where a new beginning does not count. The newest of all are kept. */
function unitedPending(moments: readonly PendingMoment[], { pattern }: CompiledTrigger): PendingMoment[] {
  const older = pattern.kind === 'chain' && pattern.absence?.restart === false;
  const byKey = new Map<string, PendingMoment>();
  for (const moment of [...moments].sort((a, b) => byTime(lastOf(a), lastOf(b))))
    if (!older || !byKey.has(moment.key)) byKey.set(moment.key, moment);
  const newest = [...byKey.values()].sort((a, b) => byTime(lastOf(a), lastOf(b)));
  return newest.slice(-limits.triggerPendingMax).sort((a, b) => a.due - b.due);
}
