import type { Header, PendingMoment, TriggerMemory } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Candidate } from './candidate.ts';
import type { CompiledTrigger, TriggerSet } from './compile.ts';
import { candidateOf } from './patterns/absence.ts';
import { candidateOfDay } from './patterns/calendar.ts';
import { memoryOf } from './patterns/memory.ts';

/** When the first of what patterns wait for is due; undefined while nothing waits. */
export function soonestPending({ triggers }: Header): EpochMs | undefined {
  let soonest: EpochMs | undefined;
  for (const { pending } of triggers.values()) {
    const due = pending[0]?.due;
    if (due !== undefined && (soonest === undefined || due < soonest)) soonest = due;
  }
  return soonest;
}

/** Takes what is due out of the header; what waits for a trigger that is gone, or is another one now, goes as well. */
export function takePending(
  header: Header,
  { byName }: Pick<TriggerSet, 'byName'>,
  { due, at }: { readonly due: EpochMs; readonly at: EpochMs },
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const [name, memory] of header.triggers) {
    const [first] = memory.pending;
    if (first === undefined || first.due > due) continue;
    const trigger = byName.get(name);
    if (trigger === undefined) header.triggers.delete(name);
    else if (memoryOf(header, trigger) === memory)
      for (const moment of takeDue(memory, due))
        found.push(candidateOfMoment(trigger, moment, { header, at, due: moment.due }));
  }
  return found;
}

function takeDue(memory: TriggerMemory, due: EpochMs): readonly PendingMoment[] {
  const later = memory.pending.findIndex((moment) => moment.due > due);
  return memory.pending.splice(0, later < 0 ? memory.pending.length : later);
}

function candidateOfMoment(
  trigger: CompiledTrigger,
  moment: PendingMoment,
  now: { readonly header: Header; readonly at: EpochMs; readonly due: EpochMs },
): Candidate {
  if (trigger.pattern.kind === 'calendar') return candidateOfDay(trigger, moment, now);
  return candidateOf(trigger, moment, now);
}
