import { limits } from '../../limits.ts';
import type { TriggerMatch, TriggerMemory } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import { firingId } from '../candidate.ts';
import type { CompiledTrigger } from '../compile.ts';
import { CLOSING, dropEmpty, forget, memoryOf, remember, usefulSince } from './memory.ts';
import type { CountKind } from './pattern.ts';
import type { Sighting } from './sighting.ts';

/*
 * n events within a window: the one that ends with the newest of the same key. A decision uses up what is remembered of the
 * key, so that the next one needs new events.
 */
export function seeCount(trigger: CompiledTrigger, pattern: CountKind, sighting: Sighting): void {
  const { event, cause, header } = sighting;
  if (pattern.cancels?.(event)) {
    const memory = memoryOf(header, trigger);
    noteUnless(memory, { step: CLOSING, time: event.time, cause, key: null, facet: event.facet });
    sighting.cancellations.push({ trigger, key: undefined, event });
    sighting.changed = true;
  }
  if (!pattern.matches(event)) return;
  const key = pattern.key(event);
  if (key === undefined) return;
  const memory = memoryOf(header, trigger);
  sighting.changed = true;
  rememberMatch(memory, { step: 0, time: event.time, cause, key, facet: event.facet }, { pattern, sighting });
  if (event.late !== true) complete(trigger, { pattern, key, memory }, sighting);
}

function complete(
  trigger: CompiledTrigger,
  {
    pattern,
    key,
    memory,
  }: { readonly pattern: CountKind; readonly key: string; readonly memory: TriggerMemory },
  sighting: Sighting,
): void {
  const { header, event, cause, now, candidates } = sighting;
  if (!areEnough(pattern, memory, key)) return;
  const inWindow = matchesOf(pattern, memory, key);
  const latest = (inWindow.at(-1) as TriggerMatch).time;
  const opens = latest - pattern.withinMs;
  const unlessAt = unlessAtOf(memory);
  if (unlessAt > opens && unlessAt <= latest) return;
  candidates.push({
    trigger,
    key,
    cause,
    id: firingId(trigger.name, key, cause),
    at: now,
    event,
    trace: { count: inWindow.length, times: inWindow.map(({ time }) => time), within_ms: pattern.withinMs },
    ...(pattern.cancels === undefined ? {} : { calledOff: { from: opens + 1 } }),
    useUp: () => {
      forget(memory, key);
      dropEmpty(header, trigger);
    },
  });
}

/** Whether there are as many in the window as `matchesOf` would have to find: nearly always there are not. */
function areEnough({ count, withinMs }: CountKind, { matches }: TriggerMemory, key: string): boolean {
  let found = 0;
  let opens = Number.NEGATIVE_INFINITY;
  for (let at = matches.length - 1; at >= 0; at--) {
    const match = matches[at] as TriggerMatch;
    if (match.step !== 0 || match.key !== key) continue;
    if (found === 0) opens = match.time - withinMs;
    if (match.time <= opens) return false;
    if (++found >= count) return true;
  }
  return false;
}

/** The matches of the key that lie in the window, ascending. */
export function matchesOf(pattern: CountKind, memory: TriggerMemory, key: string): readonly TriggerMatch[] {
  const matches = memory.matches.filter((match) => match.step === 0 && match.key === key);
  const opens = (matches.at(-1)?.time ?? 0) - pattern.withinMs;
  return matches.filter(({ time }) => time > opens);
}

/** When the newest of the events that forbid it happened. */
export function unlessAtOf({ matches }: TriggerMemory): EpochMs {
  return matches.findLast(({ step }) => step === CLOSING)?.time ?? Number.NEGATIVE_INFINITY;
}

function rememberMatch(
  memory: TriggerMemory,
  match: TriggerMatch,
  { pattern, sighting }: { readonly pattern: CountKind; readonly sighting: Sighting },
): void {
  const { facet, key, time } = match;
  // A match that a newer one of the same facet puts out of its window stays outside, whichever facet leaves.
  const opens = time - pattern.withinMs;
  const { matches } = memory;
  for (let at = 0; at < matches.length; at++) {
    const each = matches[at] as TriggerMatch;
    if (each.time > opens) break;
    if (each.step === 0 && each.key === key && each.facet === facet) matches.splice(at--, 1);
  }
  remember(memory, match, {
    matches: Math.max(pattern.count, limits.triggerMatchesMax),
    since: usefulSince(sighting.now, pattern.withinMs),
  });
}

/** Only the newest counts; of each facet one, because the others may leave. */
function noteUnless(memory: TriggerMemory, match: TriggerMatch): void {
  const known = memory.matches.find(({ step, facet }) => step === CLOSING && facet === match.facet);
  if (known !== undefined && known.time >= match.time) return;
  memory.matches = memory.matches.filter((each) => each !== known);
  remember(memory, match, { matches: limits.triggerMatchesMax, since: Number.NEGATIVE_INFINITY });
}
