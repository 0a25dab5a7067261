import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { type DurationMs, parseDuration } from '../../model/time.ts';
import type { TriggerLimit } from '../../model/trigger.ts';
import { type CompiledCap, compileCap } from './caps.ts';
import { type CompiledGuard, type ConditionNames, compileGuards } from './guards.ts';
import { type CompiledQuietHours, compileQuietHours } from './quiet-hours.ts';

/** The limits of one trigger, made ready. */
export interface CompiledLimits {
  /** 0 where there is none. */
  readonly cooldownMs: DurationMs;
  readonly caps: readonly CompiledCap[];
  /** False: none; undefined: those that hold for everybody. */
  readonly quietHours: CompiledQuietHours | false | undefined;
  readonly holdout: number;
  readonly guards: readonly CompiledGuard[];
}

/** Fails with `invalid_definition` and the place. */
export function compileLimits(limit: TriggerLimit | undefined, names: ConditionNames): CompiledLimits {
  const { cooldown, caps = [], quiet_hours, holdout = 0, guards } = limit ?? {};
  const hours = quiet_hours && compileQuietHours(quiet_hours, '/limit/quiet_hours');
  if (!(holdout >= 0 && holdout * 100 <= limits.holdoutPercentMax))
    refuse('/limit/holdout', `must be a share from 0 to ${limits.holdoutPercentMax / 100}`);
  return {
    cooldownMs: cooldown === undefined ? 0 : compileCooldown(cooldown),
    caps: caps.map((cap, index) => compileCap(cap, { path: `/limit/caps/${index}`, own: true })),
    quietHours: hours,
    holdout,
    guards: compileGuards(guards, { ...names, path: '/limit/guards' }),
  };
}

function compileCooldown(text: string): DurationMs {
  const ms = parseDuration(text);
  if (ms === undefined || ms > limits.windowMaxMs)
    refuse('/limit/cooldown', `${text} is not a duration such as 30m, 24h or 7d (at most 730d)`);
  return ms;
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}
