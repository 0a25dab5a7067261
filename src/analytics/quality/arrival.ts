import type { JsonObject } from '../../model/json.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { type Ask, rate } from '../analysis.ts';
import { overTarget, type QualityPart } from './judge.ts';
import type { NamesSeen } from './names-seen.ts';
import { bySize, FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';

/** How long after they happened events come, by channel; late are those over their channel's budget. */
export interface Lateness extends JsonObject {
  readonly late: number;
  readonly rate: number | null;
  readonly target: number;
  readonly channels: readonly JsonObject[];
}

/** Whose clock is off by a minute or more. The time of an event is corrected by it where the sender tells its own. */
export interface Skew extends JsonObject {
  readonly events: number;
  readonly rate: number | null;
  readonly target: number;
  readonly by_source: readonly JsonObject[];
  readonly sources: readonly JsonObject[];
}

const DELAYS = [
  ['within_minute', MINUTE_MS],
  ['within_hour', HOUR_MS],
  ['within_day', DAY_MS],
  ['within_week', 7 * DAY_MS],
] as const;

export async function lateness(
  question: QualityQuestion,
  { channel }: NamesSeen,
  ask: Ask,
): Promise<QualityPart<Lateness>> {
  const delay = 'toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(time)';
  const counts = DELAYS.map(([name, ms], i) => {
    const from = i === 0 ? undefined : DELAYS[i - 1]?.[1];
    const above = from === undefined ? '' : `${delay} > ${from} AND `;
    return `countIf(${above}${delay} <= ${ms}) AS ${name}`;
  });
  const rows = await ask(
    `SELECT ${channel} AS channel_name, count() AS events, countIf(late) AS late_events, ${counts.join(', ')} ` +
      `FROM events WHERE ${received(question)} AND ${FROM_OUTSIDE} GROUP BY channel_name`,
  );
  const channels = bySize(
    rows.map((row) => {
      const [events, late] = [Number(row.events), Number(row.late_events)];
      const delays = Object.fromEntries(DELAYS.map(([name]) => [name, Number(row[name])]));
      const older = events - Object.values(delays).reduce((sum, each) => sum + each, 0);
      return { channel: String(row.channel_name), events, late, rate: rate(late, events), ...delays, older };
    }),
  );
  const { late: target, events: least } = question.rules.targets;
  const late = channels.reduce((sum, each) => sum + each.late, 0);
  const events = channels.reduce((sum, each) => sum + each.events, 0);
  return {
    found: { late, rate: rate(late, events), target, channels },
    rows: channels.map((row) => ({
      ...{ part: 'late', subject: row.channel, events: row.events },
      ...{ value: row.late, rate: row.rate, target },
    })),
    alerts: overTarget(channels, {
      code: 'late_high',
      target,
      subject: (row) => row.channel,
      enough: (row) => row.events >= least,
    }),
  };
}

/** Ingest notes on an event what its sender's clock is ahead; too few have it to be worth a column. */
export async function skew(
  question: QualityQuestion,
  { source, channel }: NamesSeen,
  ask: Ask,
): Promise<QualityPart<Skew>> {
  const rows = await ask(
    `SELECT source_name AS source, channel_name AS channel, count() AS events, countIf(ahead != 0) AS skewed, ` +
      `countIf(ahead > 0) AS ahead_events, countIf(ahead < 0) AS behind_events, max(abs(ahead)) AS largest_ms, ` +
      `quantileExactHighIf(0.5)(ahead, ahead != 0) AS median_ms FROM (` +
      `SELECT ${source} AS source_name, ${channel} AS channel_name, ` +
      `if(position(raw, '"aheadMs":') > 0, JSONExtractInt(raw, 'aheadMs'), 0) AS ahead ` +
      `FROM events WHERE ${received(question)} AND ${FROM_OUTSIDE}) GROUP BY source, channel`,
  );
  const sources = bySize(
    rows.map((row) => {
      const [events, skewed] = [Number(row.events), Number(row.skewed)];
      return {
        source: String(row.source),
        channel: String(row.channel),
        events,
        skewed,
        rate: rate(skewed, events),
        ahead: Number(row.ahead_events),
        behind: Number(row.behind_events),
        median_ms: skewed === 0 ? null : Number(row.median_ms),
        largest_ms: Number(row.largest_ms),
      };
    }),
  );
  const { skewed: target, events: least } = question.rules.targets;
  const skewed = sources.reduce((sum, each) => sum + each.skewed, 0);
  const events = sources.reduce((sum, each) => sum + each.events, 0);
  return {
    found: { events: skewed, rate: rate(skewed, events), target, by_source: bySource(sources), sources },
    rows: sources.map((row) => ({
      ...{ part: 'skewed', subject: `${row.source}/${row.channel}`, events: row.events },
      ...{ value: row.skewed, rate: row.rate, target },
    })),
    alerts: overTarget(sources, {
      code: 'clock_skew',
      target,
      subject: (row) => `${row.source}/${row.channel}`,
      enough: (row) => row.events >= least,
    }),
  };
}

/** Over all channels. */
function bySource(
  rows: readonly { readonly source: string; readonly events: number; readonly skewed: number }[],
): readonly JsonObject[] {
  const sums = new Map<string, { events: number; skewed: number }>();
  for (const { source, events, skewed } of rows) {
    const sum = sums.get(source) ?? { events: 0, skewed: 0 };
    sums.set(source, { events: sum.events + events, skewed: sum.skewed + skewed });
  }
  return [...sums].map(([source, sum]) => ({ source, ...sum, rate: rate(sum.skewed, sum.events) }));
}
