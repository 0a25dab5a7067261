import { limits } from '../../limits.ts';
import type { Header, PendingMoment, TriggerMatch, TriggerMemory } from '../../model/profile.ts';
import type { DurationMs, EpochMs } from '../../model/time.ts';
import type { CompiledTrigger } from '../compile.ts';

/*
 * What a profile remembers for a trigger: matches by step and key, bounded, and what waits for its time. Each is tagged with
 * the facet of its event, so that an unmerge takes along what belongs to whoever leaves.
 */

/** The step of events that close a chain (its last `not`), or that forbid a count (`unless`). */
export const CLOSING = -1;

/** The step of what lies under a key: its match has key and item together. */
export const HELD = -100;

/** The step of events that close every key which holds an item: its match has the item as its key. */
export const CLOSING_ITEM = -101;

/** The key of a match that says what a key holds. Lengths tell the two apart, whatever characters they have. */
export function heldKey(key: string, item: string): string {
  return `${key.length}:${key}${item}`;
}

/** The step of events that must not lie between a positive step and the one before it. */
export function forbiddenBefore(step: number): number {
  return -1 - step;
}

/** The memory of a trigger, which the header has from here on; one of another pattern is forgotten. */
export function memoryOf(header: Header, { name, patternVersion }: CompiledTrigger): TriggerMemory {
  const known = header.triggers.get(name);
  if (known !== undefined && (known.under ?? patternVersion) === patternVersion) return known;
  const memory: TriggerMemory = { under: patternVersion, matches: [], pending: [] };
  header.triggers.set(name, memory);
  return memory;
}

/** Whoever remembers nothing has no memory. */
export function dropEmpty(header: Header, { name }: CompiledTrigger): void {
  const memory = header.triggers.get(name);
  if (memory === undefined || memory.matches.length > 0 || memory.pending.length > 0) return;
  if (memory.done === undefined) header.triggers.delete(name);
}

interface Placed {
  readonly time: EpochMs;
  readonly cause: string;
}

/** By time, then by cause, which no two events share. */
export function byTime(a: Placed, b: Placed): number {
  if (a.time !== b.time) return a.time - b.time;
  return a.cause < b.cause ? -1 : a.cause > b.cause ? 1 : 0;
}

export interface MatchBounds {
  /** Matches of one key and step; the newest are kept. */
  readonly matches: number;
  /** What happened before is of no use any more. */
  readonly since: EpochMs;
}

/** Puts a match into its place and keeps the bounds, of matches and of keys. */
export function remember(memory: TriggerMemory, match: TriggerMatch, bounds: MatchBounds): void {
  const { matches } = memory;
  let at = matches.length;
  while (at > 0 && byTime(matches[at - 1] as TriggerMatch, match) > 0) at--;
  matches.splice(at, 0, match);
  keepBounds(memory, match, bounds);
}

/** What one more match may have exceeded, in place: a look-up of everything for each event took longer than all else. */
function keepBounds(
  { matches }: TriggerMemory,
  { step, key }: TriggerMatch,
  { matches: most, since }: MatchBounds,
): void {
  while ((matches[0]?.time ?? since) < since) matches.shift();
  let ofStep = 0;
  let ofKey = 0;
  for (let at = matches.length - 1; at >= 0; at--) {
    const each = matches[at] as TriggerMatch;
    if (each.key !== key) continue;
    ofKey++;
    if (each.step !== step || ++ofStep <= most) continue;
    matches.splice(at, 1);
    return;
  }
  if (ofKey > 1 || matches.length <= limits.triggerKeysMax) return;
  const kept = newestOfKeys(matches);
  if (kept !== matches) matches.splice(0, matches.length, ...kept);
}

/** Also after two memories have come together. */
export function boundMatches(memory: TriggerMemory, { matches: most, since }: MatchBounds): void {
  let { matches } = memory;
  if ((matches[0]?.time ?? since) < since) matches = matches.filter(({ time }) => time >= since);
  if (matches.length > Math.min(most, limits.triggerKeysMax))
    matches = newestOfKeys(newestOfSteps(matches, most));
  memory.matches = matches;
}

function newestOfSteps(matches: readonly TriggerMatch[], most: number): TriggerMatch[] {
  const counts = new Map<string, number>();
  const kept: TriggerMatch[] = [];
  for (let at = matches.length - 1; at >= 0; at--) {
    const match = matches[at] as TriggerMatch;
    const place = `${match.step} ${match.key ?? '\0'}`;
    const count = counts.get(place) ?? 0;
    if (count >= most) continue;
    counts.set(place, count + 1);
    kept.push(match);
  }
  return kept.reverse();
}

/** The keys with the newest matches, of what is held and of what closes apart; what counts for every key stays. */
function newestOfKeys(matches: TriggerMatch[]): TriggerMatch[] {
  const keysOf = new Map<number, Set<string>>();
  const kept: TriggerMatch[] = [];
  for (let at = matches.length - 1; at >= 0; at--) {
    const match = matches[at] as TriggerMatch;
    if (match.key === null || isAmongNewest(match.key, keysOfKind(match.step, keysOf))) kept.push(match);
  }
  return kept.length === matches.length ? matches : kept.reverse();
}

/** Kinds of matches that are bounded apart from all others: their steps. */
const APART: ReadonlySet<number> = new Set([CLOSING, HELD, CLOSING_ITEM]);

/** Orders of many products do not make a profile forget its carts, nor what it waits for. */
function keysOfKind(step: number, keysOf: Map<number, Set<string>>): Set<string> {
  const kind = APART.has(step) ? step : 0;
  const keys = keysOf.get(kind) ?? new Set<string>();
  keysOf.set(kind, keys);
  return keys;
}

function isAmongNewest(key: string, keys: Set<string>): boolean {
  if (keys.size < limits.triggerKeysMax) keys.add(key);
  return keys.has(key);
}

/** Forgets the matches of a key, up to and with one of them, or all. */
export function forget(memory: TriggerMemory, key: string, last?: Placed): void {
  memory.matches = memory.matches.filter(
    (match) => match.key !== key || (last !== undefined && byTime(match, last) > 0),
  );
}

/** Puts what waits into its place by due time. */
export function putPending(memory: TriggerMemory, moment: PendingMoment): void {
  const { pending } = memory;
  let at = pending.length;
  while (at > 0 && (pending[at - 1] as PendingMoment).due > moment.due) at--;
  pending.splice(at, 0, moment);
}

export function pendingOf(memory: TriggerMemory, key: string): PendingMoment | undefined {
  return memory.pending.find((moment) => moment.key === key);
}

export function removePending(memory: TriggerMemory, moment: PendingMoment): void {
  memory.pending = memory.pending.filter((each) => each !== moment);
}

/** Since when a match can be of use to an event that comes now and has to lie within `reachMs` of it. */
export function usefulSince(now: EpochMs, reachMs: DurationMs): EpochMs {
  return now - limits.triggerOutOfOrderMs - reachMs;
}
