import { limits } from '../../limits.ts';
import type { TriggerMatch, TriggerMemory } from '../../model/profile.ts';
import type { DurationMs } from '../../model/time.ts';
import { type Candidate, firingId } from '../candidate.ts';
import type { CompiledTrigger } from '../compile.ts';
import { awaitAbsence, callOffHolding, callOffPending, keysHolding, recheckPending } from './absence.ts';
import { findChain } from './find-chain.ts';
import {
  CLOSING,
  CLOSING_ITEM,
  dropEmpty,
  forbiddenBefore,
  forget,
  HELD,
  heldKey,
  memoryOf,
  remember,
  usefulSince,
} from './memory.ts';
import type { Absence, ChainKind, Closer, NotStep } from './pattern.ts';
import type { Sighting } from './sighting.ts';

/*
 * A sequence: the events that must come and those that must not are remembered by step and key, and each one that comes looks
 * for a chain that it is part of, whatever the order in which they arrive. With an absence at its end, a complete chain waits
 * for its time instead (absence.ts).
 */
export function seeChain(trigger: CompiledTrigger, pattern: ChainKind, sighting: Sighting): void {
  const { steps, absence } = pattern;
  if (absence !== undefined) seeClosing(trigger, absence, sighting);
  const keys = new Set<string>();
  for (const [index, { matches, key, item, nots }] of steps.entries()) {
    for (const not of nots) seeForbidden(trigger, { not, index, pattern }, sighting);
    if (!matches(sighting.event)) continue;
    const value = key(sighting.event);
    if (value === undefined) continue;
    keys.add(value);
    const held = item?.(sighting.event);
    if (held !== undefined) hold(trigger, { key: value, item: held }, sighting);
    // Of a chain of one, only what waits has to be remembered.
    if (steps.length > 1) note(trigger, { step: index, key: value, reachMs: reachOf(pattern) }, sighting);
  }
  if (sighting.event.late === true) return;
  for (const key of keys) complete(trigger, { pattern, key }, sighting);
}

function complete(
  trigger: CompiledTrigger,
  { pattern, key }: { readonly pattern: ChainKind; readonly key: string },
  sighting: Sighting,
): void {
  const { event, cause, header } = sighting;
  const { steps, absence } = pattern;
  const memory = memoryOf(header, trigger);
  const only = { step: 0, time: event.time, cause, key, facet: event.facet };
  const chain =
    steps.length === 1 ? [only] : findChain({ steps, matches: memory.matches, key, including: cause });
  if (chain !== undefined && absence !== undefined)
    awaitAbsence(trigger, { absence, key, chain, memory }, sighting);
  else if (chain !== undefined) sighting.candidates.push(candidateOf(trigger, { key, chain }, sighting));
  dropEmpty(header, trigger);
}

function candidateOf(
  trigger: CompiledTrigger,
  { key, chain }: { readonly key: string; readonly chain: readonly TriggerMatch[] },
  { event, cause, now, header }: Sighting,
): Candidate {
  return {
    trigger,
    key,
    cause,
    id: firingId(trigger.name, key, cause),
    at: now,
    event,
    trace: { times: chain.map(({ time }) => time) },
    useUp: () => {
      forget(memoryOf(header, trigger), key, chain.at(-1));
      dropEmpty(header, trigger);
    },
  };
}

function seeClosing(trigger: CompiledTrigger, absence: Absence, sighting: Sighting): void {
  const { event } = sighting;
  for (const closer of absence.closers) if (closer.matches(event)) close(trigger, closer, sighting);
}

function close(trigger: CompiledTrigger, { key: keyOf, items }: Closer, sighting: Sighting): void {
  const { event, header } = sighting;
  if (items !== undefined) {
    for (const item of items(event)) closeHolding(trigger, item, sighting);
    return;
  }
  const key = keyOf === undefined ? null : keyOf(event);
  if (key === undefined) return;
  note(trigger, { step: CLOSING, key, reachMs: 0 }, sighting);
  sighting.cancellations.push({ trigger, key: key ?? undefined, event });
  callOffPending(memoryOf(header, trigger), { key, time: event.time });
}

/** An order of any channel closes every cart that one of its products was put into. */
function closeHolding(trigger: CompiledTrigger, item: string, sighting: Sighting): void {
  const { event, header } = sighting;
  note(trigger, { step: CLOSING_ITEM, key: item, reachMs: 0 }, sighting);
  const memory = memoryOf(header, trigger);
  const { decisions } = header;
  const decided = [...(decisions?.deferred ?? []), ...(decisions?.revocable ?? [])];
  const own = decided.filter(({ trigger: name }) => name === trigger.name).map(({ key }) => key);
  for (const key of keysHolding(memory, item, own)) sighting.cancellations.push({ trigger, key, event });
  callOffHolding(memory, { item, time: event.time });
}

/** What a key holds may come to be known after what closes it. */
function hold(
  trigger: CompiledTrigger,
  { key, item }: { readonly key: string; readonly item: string },
  sighting: Sighting,
): void {
  note(trigger, { step: HELD, key: heldKey(key, item), reachMs: 0 }, sighting);
  recheckPending(memoryOf(sighting.header, trigger), key);
}

function seeForbidden(
  trigger: CompiledTrigger,
  { not, index, pattern }: { readonly not: NotStep; readonly index: number; readonly pattern: ChainKind },
  sighting: Sighting,
): void {
  if (!not.matches(sighting.event)) return;
  const key = not.key === undefined ? null : not.key(sighting.event);
  if (key === undefined) return;
  note(trigger, { step: forbiddenBefore(index), key, reachMs: reachOf(pattern) }, sighting);
}

function note(
  trigger: CompiledTrigger,
  {
    step,
    key,
    reachMs,
  }: { readonly step: number; readonly key: string | null; readonly reachMs: DurationMs },
  sighting: Sighting,
): void {
  const { event, cause, now, header } = sighting;
  const memory: TriggerMemory = memoryOf(header, trigger);
  remember(
    memory,
    { step, time: event.time, cause, key, facet: event.facet },
    { matches: limits.triggerMatchesMax, since: usefulSince(now, reachMs) },
  );
  sighting.changed = true;
}

/** How far apart the first and the last event of a chain may lie. */
function reachOf({ steps }: ChainKind): DurationMs {
  let sum = 0;
  for (let index = 1; index < steps.length; index++) sum += steps[index]?.withinMs ?? 0;
  return sum;
}
