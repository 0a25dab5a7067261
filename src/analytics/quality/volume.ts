import type { JsonObject } from '../../model/json.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { Ask } from '../analysis.ts';
import { moment, quoted } from '../sql-pieces.ts';
import { alert, type QualityAlert, type QualityPart } from './judge.ts';
import { FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';
import { robustScore, usualOf } from './robust-score.ts';

/*
 * Whether so much comes as usual: each hour of each source and type beside the same hour of the same weekday of weeks before. A day
 * of a promotion stands beside the earlier days of the same one, and is in no other comparison.
 */
export interface Anomaly extends JsonObject {
  readonly by: Dimension;
  readonly name: string;
  /** As 2026-11-22, by the clock of the zone. */
  readonly day: string;
  readonly hour: number;
  readonly events: number;
  readonly median: number;
  readonly mad: number;
  /** How many earlier hours it is compared with. */
  readonly compared: number;
  readonly score: number;
  readonly promotion: string | null;
}

export interface Volume extends JsonObject {
  readonly weeks: number;
  readonly score: number;
  readonly zone: string;
  /** Hours of sources and types that could be judged. */
  readonly judged: number;
  readonly anomalies: readonly Anomaly[];
  /** Of all sources together: what came, and what usually does; null where too little is known. */
  readonly hours: readonly JsonObject[];
}

type Dimension = 'source' | 'type';

/** Fewer earlier hours say nothing; of a promotion there are few. */
const COMPARED_MIN = 4;
const COMPARED_MIN_OF_PROMOTION = 2;
/** Alone it is worth an alert; smaller ones are where two hours in a row are unusual. */
const SINGLE_SCORE = 8;

export async function volume(question: QualityQuestion, ask: Ask): Promise<QualityPart<Volume>> {
  const { rules, zone, rowsMax } = question;
  const days = comparedDays(question);
  const anomalies: Anomaly[] = [];
  const alerts: QualityAlert[] = [];
  let judged = 0;
  let hours: readonly JsonObject[] = [];
  for (const by of ['source', 'type'] as const) {
    const series = seriesOf(await ask(hoursSql(by, days, question)));
    if (by === 'source') hours = totalsOf([...series.values()], days, question);
    for (const [name, one] of series) {
      const own = judgeSeries({ by, name, series: one, days, question });
      judged += own.length;
      const unusual = own.filter(({ score }) => Math.abs(score) >= rules.volume.score);
      anomalies.push(...unusual);
      alerts.push(...alertsOf(unusual, question));
    }
  }
  anomalies.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  const { weeks, score } = rules.volume;
  return {
    found: { weeks, score, zone, judged, anomalies: anomalies.slice(0, rowsMax), hours },
    alerts,
    rows: anomalies.slice(0, rowsMax).map((each) => ({
      ...{ part: 'volume', subject: subjectOf(each), events: each.events },
      ...{ value: each.score, target: each.median },
    })),
  };
}

interface AskedDay {
  readonly day: string;
  readonly promotion: string | undefined;
  /** Earlier days that it stands beside, newest first. */
  readonly beside: readonly string[];
}

/** Days of the stretch by the clock of the zone, each with those before it that it is compared with. */
export function comparedDays({ from, to, rules, zone }: QualityQuestion): readonly AskedDay[] {
  const promoted = new Map(
    Object.entries(rules.promotions).flatMap(([name, days]) => days.map((day) => [day, name] as const)),
  );
  const day = dayIn(zone);
  const [first, last] = [day(from), day(to - 1)];
  const asked: AskedDay[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += DAY_MS) {
    const name = nameOf(at);
    const promotion = promoted.get(name);
    const weeksBefore = Array.from({ length: rules.volume.weeks }, (_, n) =>
      nameOf(at - 7 * (n + 1) * DAY_MS),
    );
    const beside =
      promotion === undefined
        ? weeksBefore.filter((each) => !promoted.has(each))
        : [...(rules.promotions[promotion] ?? [])]
            .filter((each) => each < name)
            .sort()
            .reverse();
    asked.push({ day: name, promotion, beside: beside.slice(0, rules.volume.weeks) });
  }
  return asked;
}

function nameOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The day that a moment lies in; `sv-SE` writes 2026-11-22. */
function dayIn(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (at) => format.format(at);
}

interface Series {
  /** By day and hour. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first hour of these days in which something came, as `2026-11-21 09`. */
  readonly since: string;
}

/** Counts of each hour of these days. */
function hoursSql(by: Dimension, days: readonly AskedDay[], question: QualityQuestion): string {
  const { zone, namesMax } = question;
  const all = [...new Set(days.flatMap(({ day, beside }) => [day, ...beside]))];
  const local = `toTimeZone(received_at, ${quoted(zone)})`;
  // Ranges first: they spare months in which none of the days lies. No zone is a day ahead or behind.
  const ranges = all
    .map((day) => Date.parse(day))
    .map((at) => `(${received({ from: at - DAY_MS, to: at + 2 * DAY_MS })})`);
  const looked =
    `(${ranges.join(' OR ')}) AND received_at < ${moment(question.to)} AND ${FROM_OUTSIDE} ` +
    `AND toYYYYMMDD(${local}) IN (${all.map((day) => day.replaceAll('-', '')).join(', ')})`;
  const names = `SELECT ${by} FROM events WHERE ${looked} GROUP BY ${by} ORDER BY count() DESC, ${by} LIMIT ${namesMax}`;
  return (
    `SELECT toString(${by}) AS name, toString(toDate(${local})) AS day, toHour(${local}) AS hour, count() AS events ` +
    `FROM events WHERE ${looked} AND ${by} IN (${names}) ` +
    `GROUP BY name, day, hour`
  );
}

function seriesOf(rows: readonly JsonObject[]): ReadonlyMap<string, Series> {
  const found = new Map<string, { counts: Map<string, number>; since: string }>();
  for (const { name, day, hour, events } of rows) {
    const at = hourOf(String(day), Number(hour));
    const one = found.get(String(name)) ?? { counts: new Map<string, number>(), since: at };
    found.set(String(name), one);
    one.counts.set(at, Number(events));
    if (at < one.since) one.since = at;
  }
  return found;
}

/** In the order of time, as texts are. */
function hourOf(day: string, hour: number): string {
  return `${day} ${String(hour).padStart(2, '0')}`;
}

/** Of the same hour of other days what came; before its first event a series was not silent, it was not there. */
function countsBeside(
  { beside }: Pick<AskedDay, 'beside'>,
  hour: number,
  { counts, since }: Series,
): readonly number[] {
  return beside
    .map((day) => hourOf(day, hour))
    .filter((at) => at > since)
    .map((at) => counts.get(at) ?? 0);
}

interface Judged {
  readonly by: Dimension;
  readonly name: string;
  readonly series: Series;
  readonly days: readonly AskedDay[];
  readonly question: QualityQuestion;
}

/** In their order, those that can be judged. */
function judgeSeries({ by, name, series, days, question }: Judged): readonly Anomaly[] {
  const { rules, zone } = question;
  const hours: Anomaly[] = [];
  for (const hour of hoursIn(question, zone)) {
    const asked = days.find((each) => each.day === hour.day);
    if (asked === undefined) continue;
    const beside = countsBeside(asked, hour.hour, series);
    const least = asked.promotion === undefined ? COMPARED_MIN : COMPARED_MIN_OF_PROMOTION;
    if (beside.length < least) continue;
    const usual = usualOf(beside);
    const events = series.counts.get(hourOf(hour.day, hour.hour)) ?? 0;
    if (Math.max(usual.median, events) < rules.volume.events) continue;
    hours.push({
      ...{ by, name, day: hour.day, hour: hour.hour, events },
      ...{ median: usual.median, mad: usual.mad, compared: beside.length },
      score: Math.round(robustScore(events, usual) * 100) / 100,
      promotion: asked.promotion ?? null,
    });
  }
  return hours;
}

function totalsOf(
  series: readonly Series[],
  days: readonly AskedDay[],
  question: QualityQuestion,
): readonly JsonObject[] {
  const counts = new Map<string, number>();
  for (const each of series)
    for (const [at, count] of each.counts) counts.set(at, (counts.get(at) ?? 0) + count);
  const [since = ''] = [...counts.keys()].sort();
  return hoursIn(question, question.zone).map(({ day, hour }) => {
    const asked = days.find((each) => each.day === day);
    const beside = asked === undefined ? [] : countsBeside(asked, hour, { counts, since });
    const usual = beside.length < COMPARED_MIN ? null : usualOf(beside).median;
    return { day, hour, events: counts.get(hourOf(day, hour)) ?? 0, usual };
  });
}

/** Whole hours of the stretch by the clock of the zone. Where clocks are put back, one hour is two. */
function hoursIn(
  { from, to, settled }: QualityQuestion,
  zone: string,
): readonly { day: string; hour: number }[] {
  const day = dayIn(zone);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
  const hours = new Map<string, { day: string; hour: number }>();
  for (let at = Math.ceil(from / HOUR_MS) * HOUR_MS; at + HOUR_MS <= Math.min(to, settled); at += HOUR_MS) {
    const one = { day: day(at), hour: Number(clock.format(at)) };
    hours.set(`${one.day} ${one.hour}`, one);
  }
  return [...hours.values()];
}

/** One hour by itself is chance more often than not; silence, a huge one, or two in a row are not. */
function alertsOf(unusual: readonly Anomaly[], { rules }: QualityQuestion): readonly QualityAlert[] {
  const alerts: QualityAlert[] = [];
  for (const [i, one] of unusual.entries()) {
    const next = unusual[i + 1];
    const before = unusual[i - 1];
    const silent = one.events === 0 && one.median >= rules.volume.events;
    const inRow = [before, next].some((other) => other !== undefined && follows(one, other));
    if (!silent && !inRow && Math.abs(one.score) < SINGLE_SCORE) continue;
    const code =
      one.score > 0 ? 'volume_high' : silent && one.by === 'source' ? 'source_silent' : 'volume_low';
    alerts.push(alert(code, subjectOf(one), [one.events, one.median]));
  }
  return alerts;
}

function subjectOf({ by, name, day, hour }: Anomaly): string {
  return `${by} ${name} ${day} ${String(hour).padStart(2, '0')}:00`;
}

function follows(one: Anomaly, other: Anomaly): boolean {
  const at = ({ day, hour }: Anomaly): number => Date.parse(day) + hour * HOUR_MS;
  return Math.abs(at(one) - at(other)) === HOUR_MS && Math.sign(one.score) === Math.sign(other.score);
}
