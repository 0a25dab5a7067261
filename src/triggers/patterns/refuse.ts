import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { DAY_MS, type DurationMs, parseDuration } from '../../model/time.ts';

/** Refuses a definition, with the place of what is wrong. */
export function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

export function compileDuration(
  text: string,
  path: string,
  maxMs: DurationMs = limits.windowMaxMs,
): DurationMs {
  const ms = parseDuration(text);
  if (ms === undefined || ms > maxMs)
    refuse(path, `${text} is not a duration such as 30m, 24h or 7d (at most ${maxMs / DAY_MS}d)`);
  return ms;
}
