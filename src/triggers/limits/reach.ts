import { limits } from '../../limits.ts';
import { DAY_MS, type DurationMs } from '../../model/time.ts';
import type { CompiledMessaging } from '../messaging.ts';
import type { CompiledCap } from './caps.ts';
import type { CompiledLimits } from './compile-limits.ts';

/** How far limits look back: so long a fired decision is remembered. */
export interface DecisionReach {
  /** What caps that count several triggers need. */
  readonly shared: DurationMs;
  /** What a trigger's own cooldown and caps need, where that is more. */
  readonly byTrigger: ReadonlyMap<string, DurationMs>;
}

interface Limited {
  readonly name: string;
  readonly limits: CompiledLimits;
}

/** Calendar days end later than days: by as much as zones are apart, and a clock may be set back. */
const CALENDAR_MS = 2 * DAY_MS;

export function reachOf(triggers: readonly Limited[], messaging: CompiledMessaging): DecisionReach {
  let shared: DurationMs = limits.firedKeptMs;
  for (const cap of messaging.caps) shared = Math.max(shared, reachOfCap(cap));
  for (const trigger of triggers)
    for (const cap of trigger.limits.caps)
      if (cap.scope !== 'trigger') shared = Math.max(shared, reachOfCap(cap));
  const byTrigger = new Map<string, DurationMs>();
  for (const { name, limits: own } of triggers) {
    const caps = own.caps.filter(({ scope }) => scope === 'trigger').map(reachOfCap);
    const reach = Math.max(own.cooldownMs, ...caps);
    if (reach > shared) byTrigger.set(name, reach);
  }
  return { shared, byTrigger };
}

function reachOfCap({ days, withinMs }: CompiledCap): DurationMs {
  return days === undefined ? withinMs : withinMs + CALENDAR_MS;
}
