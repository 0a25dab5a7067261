import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { FiredEntry } from '../../model/decision-memory.ts';
import { localDayOf, momentShowing } from '../../model/local-time.ts';
import type { CapDefinition } from '../../model/messaging.ts';
import { DAY_MS, type DurationMs, type EpochMs, parseDuration } from '../../model/time.ts';
import type { Zone } from '../../model/zone.ts';

/*
 * Caps count fired decisions. Those in days go by the customer's calendar, because "one a day" means today to whoever reads
 * it; the others, and those that say so, by the stretch of time up to now.
 */
export interface CompiledCap {
  readonly scope: 'trigger' | 'group' | 'channel' | 'overall' | 'customer';
  /** Of the group or channel; empty otherwise. */
  readonly name: string;
  readonly count: number;
  /** Calendar days, today included; absent where `withinMs` counts. */
  readonly days?: number;
  readonly withinMs: DurationMs;
  /** True for a cap that stands in a trigger's own limit: service messages know no other. */
  readonly own: boolean;
}

/** Fails with `invalid_definition` and the place. */
export function compileCap(
  cap: CapDefinition,
  { path, own }: { readonly path: string; readonly own: boolean },
): CompiledCap {
  const withinMs = parseDuration(cap.every);
  if (withinMs === undefined || withinMs > limits.windowMaxMs)
    refuse(`${path}/every`, `${cap.every} is not a duration such as 30m, 24h or 7d (at most 730d)`);
  const named = SCOPES.filter((scope) => cap[scope] !== undefined);
  const [scope] = named;
  if (scope === undefined || named.length > 1) refuse(path, `must name one of ${SCOPES.join(', ')}`);
  if (!Number.isInteger(cap.count) || cap.count < 1 || cap.count > limits.capCountMax)
    refuse(`${path}/count`, `must be a number from 1 to ${limits.capCountMax}`);
  const calendar = cap.every.endsWith('d') && cap.rolling !== true;
  return {
    scope,
    name: cap.group ?? cap.channel ?? '',
    count: cap.count,
    ...(calendar ? { days: withinMs / DAY_MS } : {}),
    withinMs,
    own,
  };
}

const SCOPES = ['trigger', 'group', 'channel', 'overall'] as const;

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

/** What is about to be sent, as caps look at it. */
export interface CappedMessage {
  readonly trigger: string;
  readonly group: string;
  readonly channel: string;
  readonly service: boolean;
}

/** When, and on whose calendar. */
export interface CapMoment {
  readonly at: EpochMs;
  readonly zone: Zone;
}

/** Whether the cap concerns the message: one that nothing is sent by counts for its trigger and its group only. */
export function concerns(cap: CompiledCap, message: CappedMessage): boolean {
  if (message.service && !cap.own) return false;
  switch (cap.scope) {
    case 'trigger':
      return true;
    case 'group':
      return message.group === cap.name;
    case 'channel':
      return message.channel !== NO_CHANNEL && message.channel === cap.name;
    case 'overall':
    case 'customer':
      return message.channel !== NO_CHANNEL;
  }
}

const NO_CHANNEL = 'none';

/** The decisions that a cap counts for a message, in the order of time. */
export function counted(
  fired: readonly FiredEntry[],
  { cap, message }: { readonly cap: CompiledCap; readonly message: CappedMessage },
  moment: CapMoment,
): readonly FiredEntry[] {
  return fired.filter(
    (entry) => !entry.heldOut && countsFor(entry, cap, message) && isWithin(entry, cap, moment),
  );
}

/** Service messages count for the caps of their own trigger alone. */
function countsFor(entry: FiredEntry, cap: CompiledCap, message: CappedMessage): boolean {
  if (cap.scope === 'trigger') return entry.trigger === message.trigger;
  if (entry.service && (!cap.own || entry.trigger !== message.trigger)) return false;
  return concerns(cap, { ...entry, service: false });
}

function isWithin(
  { at }: FiredEntry,
  { days, withinMs }: CompiledCap,
  { at: now, zone }: CapMoment,
): boolean {
  if (days === undefined) return at + withinMs > now;
  return localDayOf(zone, now) - localDayOf(zone, at) < days;
}

/** The moment from which on the cap does not count the entry any more. */
function endOf({ at }: FiredEntry, { days, withinMs }: CompiledCap, zone: Zone): EpochMs {
  if (days === undefined) return at + withinMs;
  const local = (localDayOf(zone, at) + days) * DAY_MS;
  return momentShowing(zone, local) ?? at + withinMs;
}

/** The first of these caps that has no room for the message, with the moment from which on it has; undefined if all have. */
export function fullCap(
  caps: readonly CompiledCap[],
  { fired, message }: { readonly fired: readonly FiredEntry[]; readonly message: CappedMessage },
  moment: CapMoment,
): { readonly cap: CompiledCap; readonly count: number; readonly until: EpochMs } | undefined {
  for (const cap of caps) {
    if (!concerns(cap, message)) continue;
    const found = counted(fired, { cap, message }, moment);
    if (found.length < cap.count) continue;
    const ends = found.map((entry) => endOf(entry, cap, moment.zone)).sort((a, b) => a - b);
    // Of a customer who wants nothing at all, there is no such moment.
    const until = cap.count === 0 ? Number.POSITIVE_INFINITY : ends[found.length - cap.count];
    return { cap, count: found.length, until: until ?? Number.POSITIVE_INFINITY };
  }
  return undefined;
}
