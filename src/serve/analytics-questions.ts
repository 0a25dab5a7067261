import type { FunnelStep } from '../analytics/funnel.ts';
import { limits } from '../limits.ts';
import { DAY_MS, type EpochMs, parseDuration } from '../model/time.ts';
import type { AnalyticsDefaults } from './analytics-service.ts';
import {
  choiceParameter,
  integerParameter,
  invalidParameter,
  type Parameter,
  TIME_FORMS,
  textParameter,
  timeParameter,
} from './parameters.ts';

/** Parameters that analyses share, and how their values become what is asked. */
export const stretchParameters = {
  from: timeParameter({
    description: `From when on: ${TIME_FORMS}; ${limits.analyticsDays} days before the end where absent.`,
    example: '2026-08-01',
  }),
  to: timeParameter({ description: 'Until just before when; now where absent.', example: '2026-11-01' }),
};

export const formatParameter = choiceParameter({
  description: 'json (the answer as below), csv, or table: the rows of the CSV as { columns, rows }.',
  choices: ['json', 'csv', 'table'],
});

export const zoneParameter = textParameter({
  description:
    'The zone whose clock divides time, as an IANA name; that of the messaging definition where absent.',
  charactersMax: 64,
  pattern: /^[A-Za-z][\w+/-]*$/,
  example: 'Asia/Shanghai',
});

export const currencyParameter = textParameter({
  description:
    'Money in this currency counts, orders in others count as orders only; the reporting currency where absent.',
  charactersMax: 3,
  pattern: /^[A-Z]{3}$/,
  example: 'CNY',
});

export const periodParameter = choiceParameter({
  description: 'What a cohort is: day, week (from Monday on) or month, which it is where absent.',
  choices: ['day', 'week', 'month'],
});

export const periodsParameter = integerParameter({
  description: 'So many periods after the first are told at most.',
  minimum: 1,
  maximum: limits.analyticsPeriodsMax,
  fallback: limits.analyticsPeriods,
});

export const eventParameter = textParameter({
  description: 'The event type; order_completed where absent.',
  charactersMax: 64,
  pattern: /^[a-z][a-z0-9_]*$/,
  example: 'product_viewed',
});

export function daysParameter(description: string, fallback: number): Parameter<number> {
  return integerParameter({ description, minimum: 1, maximum: limits.analyticsFollowDaysMax, fallback });
}

export interface GivenStretch {
  readonly from: EpochMs | undefined;
  readonly to: EpochMs | undefined;
}

export function stretchOf(
  { from, to }: GivenStretch,
  { now }: AnalyticsDefaults,
): { from: EpochMs; to: EpochMs } {
  const until = to ?? now;
  const since = from ?? until - limits.analyticsDays * DAY_MS;
  if (since >= until) throw invalidParameter('to', 'must be after from');
  return { from: since, to: until };
}

/** Fails with `invalid_parameter` for a zone that there is not. */
export function zoneOf(zone: string | undefined, defaults: AnalyticsDefaults): string {
  const name = zone ?? defaults.zone;
  if (defaults.dayOf(defaults.now, name) === undefined)
    throw invalidParameter('zone', 'must be a time zone such as Asia/Shanghai');
  return name;
}

export function windowOf(text: string | undefined): number {
  const windowMs = text === undefined ? limits.analyticsWindowMs : parseDuration(text);
  if (windowMs === undefined || windowMs <= 0 || windowMs > limits.analyticsWindowMsMax)
    throw invalidParameter('window', 'must be a duration such as 30m, 24h or 7d, of a year at most');
  return windowMs;
}

const STEP = /^([a-z][a-z0-9_]{0,63})(?:@([a-z][a-z0-9_|]{0,199}))?$/;

/** `product_viewed@online,product_added@web|app,order_completed@offline`. */
export function stepsOf(
  text: string | undefined,
  { offlineChannels }: AnalyticsDefaults,
): readonly FunnelStep[] {
  const names = text === undefined ? [] : text.split(',').map((each) => each.trim());
  if (names.length < 1 || names.length > limits.analyticsStepsMax)
    throw invalidParameter(
      'steps',
      `must name 1 to ${limits.analyticsStepsMax} event types, divided by commas`,
    );
  return names.map((name): FunnelStep => {
    const [, type, channels] = STEP.exec(name) ?? [];
    if (type === undefined)
      throw invalidParameter(
        'steps',
        'must be event types, each with its channels behind an @ if need be: a,b@web|app',
      );
    if (channels === undefined) return { name, type };
    if (channels === 'online' || channels === 'offline')
      return { name, type, channels: { names: offlineChannels, except: channels === 'online' } };
    return {
      name,
      type,
      channels: { names: channels.split('|').filter((each) => each !== ''), except: false },
    };
  });
}
