import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { DurationMs } from '../model/time.ts';
import { parseDuration } from '../model/time.ts';
import type { Zones } from '../model/zone.ts';
import type { CalendarUnit } from './calendar.ts';
import { Calendar } from './calendar.ts';
import { inCalendar } from './in-calendar.ts';
import { inSession } from './in-session.ts';
import type { Operation } from './operation.ts';
import type { Span } from './tiles.ts';
import { compileSpan } from './tiles.ts';

/** The window of a definition, ready to be put around an aggregate. */
export interface Window {
  /** What the aggregate itself is compiled for: a lifetime where the window keeps several states of it. */
  readonly span: Span;
  /** How far back a reading reaches at most; Infinity for a lifetime. */
  readonly windowMs: DurationMs;
  around(operation: Operation): Operation;
}

type Windowed = Pick<FeatureDefinition, 'name' | 'aggregate' | 'window' | 'previous' | 'zone' | 'idle'>;

const DEFAULT_ZONE = 'UTC';
const LIFETIME = compileSpan('lifetime');

export function refuseWindow(name: string, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${name}" at ${path}: ${why}`, { path });
}

export function isCalendarUnit(window: string): window is CalendarUnit {
  return window === 'day' || window === 'week' || window === 'month';
}

function compileCalendar(definition: Windowed, unit: CalendarUnit, zones: Zones): Window {
  const { previous = 0, zone: name = DEFAULT_ZONE } = definition;
  if (!Number.isInteger(previous) || previous < 0 || previous > limits.calendarPreviousMax)
    refuseWindow(
      definition.name,
      '/previous',
      `must be a whole number from 0 to ${limits.calendarPreviousMax}`,
    );
  const zone = zones.find(name);
  if (zone === undefined)
    refuseWindow(definition.name, '/zone', `"${name}" is not an IANA time zone such as Asia/Shanghai`);
  const calendar = new Calendar({ unit, previous, zone });
  return {
    span: LIFETIME,
    windowMs: calendar.reachMs,
    around: (operation) => inCalendar(operation, calendar),
  };
}

function compileSession(definition: Windowed): Window {
  const { idle } = definition;
  const idleMs = idle === undefined ? limits.sessionIdleMs : parseDuration(idle);
  if (idleMs === undefined || idleMs < limits.sessionIdleMinMs || idleMs > limits.sessionIdleMaxMs)
    refuseWindow(definition.name, '/idle', `"${idle ?? ''}" must be a duration from 1s to 4h, such as 30m`);
  return {
    span: LIFETIME,
    windowMs: limits.sessionReachMs,
    around: (operation) => inSession(operation, idleMs, idle === undefined),
  };
}

/** Compiles the window of a definition; throws `invalid_definition`, naming the key and why. */
export function compileWindow(definition: Windowed, zones: Zones): Window {
  const { window, previous, zone, idle, aggregate } = definition;
  if (idle !== undefined && window !== 'session')
    refuseWindow(definition.name, '/idle', 'belongs to the window "session"');
  if (isCalendarUnit(window)) return compileCalendar(definition, window, zones);
  if (previous !== undefined)
    refuseWindow(definition.name, '/previous', 'belongs to the windows "day", "week" and "month"');
  if (zone !== undefined && !hasZone(aggregate))
    refuseWindow(definition.name, '/zone', 'belongs to the windows "day", "week" and "month"');
  if (window === 'session') return compileSession(definition);
  const span = compileSpan(window);
  return { span, windowMs: span.windowMs, around: (operation) => operation };
}

const TAKES_ZONE: ReadonlySet<unknown> = new Set(['histogram', 'purchases']);

/** Hours, weekdays and days of purchases are those of a zone, whatever the window. */
export function hasZone(aggregate: unknown): boolean {
  return TAKES_ZONE.has(aggregate);
}
