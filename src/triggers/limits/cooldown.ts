import type { FiredEntry } from '../../model/decision-memory.ts';
import type { DurationMs, EpochMs } from '../../model/time.ts';

/** When the cooldown of a trigger ends; undefined where none holds at `at`. Held out decisions count like fired ones. */
export function cooldownUntil(
  fired: readonly FiredEntry[],
  { trigger, cooldownMs }: { readonly trigger: string; readonly cooldownMs: DurationMs },
  at: EpochMs,
): EpochMs | undefined {
  if (cooldownMs === 0) return undefined;
  const last = fired.findLast((entry) => entry.trigger === trigger);
  return last !== undefined && at - last.at < cooldownMs ? last.at + cooldownMs : undefined;
}
