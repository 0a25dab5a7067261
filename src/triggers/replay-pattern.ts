import type { Event } from '../model/event.ts';
import type { Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Candidate } from './candidate.ts';
import type { CompiledTrigger, TriggerSet } from './compile.ts';
import { soonestPending, takePending } from './due.ts';
import { observe } from './observe.ts';

/** An event that was applied, at its append time. */
export interface ReplayedEvent {
  readonly event: Event;
  readonly at: EpochMs;
}

/**
 * What a pattern would remember had it been in force while these events came, by the code that watches for it: the memory
 * comes to lie in the header. Answers what was complete in between. Conditions and limits are not asked, since what they
 * would have seen then is not known here; so each completion uses up what it is made of.
 */
export function replayPattern(
  trigger: CompiledTrigger,
  events: readonly ReplayedEvent[],
  { header, now }: { readonly header: Header; readonly now: EpochMs },
): readonly Candidate[] {
  const set: Pick<TriggerSet, 'byName'> = { byName: new Map([[trigger.name, trigger]]) };
  const completed: Candidate[] = [];
  const use = (candidates: readonly Candidate[]): void => {
    for (const candidate of candidates) candidate.useUp();
    completed.push(...candidates);
  };
  const pass = (until: EpochMs): void => {
    for (let due = soonestPending(header); due !== undefined && due <= until; due = soonestPending(header))
      use(takePending(header, set, { due, at: due }));
  };
  for (const { event, at } of events) {
    pass(at);
    use(observe([trigger], { header, event, now: at }).candidates);
  }
  pass(now);
  return completed;
}
