/** What data is worth, by loops over what was sent: the other account of src/analytics/quality. */
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly time: number;
  readonly receivedAt: number;
  readonly late: boolean;
  readonly aheadMs: number;
  readonly source: string;
  readonly channel: string;
  /** Names as sent: properties plain, others with their part in front. */
  readonly fields: readonly string[];
  readonly prices: readonly { readonly item: string; readonly price: number; readonly quantity: number }[];
}

export interface NaiveField {
  readonly events: number;
  readonly present: number;
}

/** By `type|field|source|channel`, of expected fields. */
export function naiveFields(
  sent: readonly SentEvent[],
  expected: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, NaiveField>> {
  const found: Record<string, { events: number; present: number }> = {};
  for (const { type, source, channel, fields } of sent) {
    for (const field of new Set([...(expected['*'] ?? []), ...(expected[type] ?? [])])) {
      const key = [type, field, source, channel].join('|');
      found[key] ??= { events: 0, present: 0 };
      found[key].events += 1;
      if (fields.includes(field)) found[key].present += 1;
    }
  }
  return found;
}

export function naiveUnknown(
  sent: readonly SentEvent[],
  known: ReadonlyMap<string, readonly string[]>,
): {
  readonly types: Record<string, number>;
  readonly properties: Record<string, number>;
  readonly events: number;
} {
  const types: Record<string, number> = {};
  const properties: Record<string, number> = {};
  let events = 0;
  for (const { type, fields } of sent) {
    const names = known.get(type);
    if (names === undefined) {
      types[type] = (types[type] ?? 0) + 1;
      continue;
    }
    const strange = fields.filter(
      (field) => !/^(?:identifiers|traits\.|context\.)/.test(field) && !names.includes(field),
    );
    if (strange.length > 0) events += 1;
    for (const name of strange) properties[`${type}.${name}`] = (properties[`${type}.${name}`] ?? 0) + 1;
  }
  return { types, properties, events };
}

/** By channel: events, late ones, and how long after they happened they came. */
export function naiveLateness(sent: readonly SentEvent[]): Readonly<Record<string, readonly number[]>> {
  const found: Record<string, number[]> = {};
  const bounds = [60_000, HOUR, DAY, 7 * DAY, Number.POSITIVE_INFINITY];
  for (const { channel, late, time, receivedAt } of sent) {
    found[channel] ??= [0, 0, 0, 0, 0, 0, 0];
    const row = found[channel];
    row[0] = (row[0] ?? 0) + 1;
    if (late) row[1] = (row[1] ?? 0) + 1;
    const bucket = bounds.findIndex((bound) => receivedAt - time <= bound);
    row[2 + bucket] = (row[2 + bucket] ?? 0) + 1;
  }
  return found;
}

/** By source and channel: events, those with a clock that is off, the largest. */
export function naiveSkew(
  sent: readonly SentEvent[],
): Readonly<Record<string, readonly [number, number, number]>> {
  const found: Record<string, [number, number, number]> = {};
  for (const { source, channel, aheadMs } of sent) {
    const row = found[`${source}|${channel}`] ?? [0, 0, 0];
    found[`${source}|${channel}`] = [
      row[0] + 1,
      row[1] + (aheadMs === 0 ? 0 : 1),
      Math.max(row[2], Math.abs(aheadMs)),
    ];
  }
  return found;
}

interface Hours {
  readonly day: number;
  readonly weeks: number;
  readonly score: number;
  readonly least: number;
  /** Days of promotions by their name, as UTC midnights. */
  readonly promotions: Readonly<Record<string, readonly number[]>>;
}

/** Unusual hours of a UTC day, `by|name|hour`, with their scores: the definition written out, one hour at a time. */
export function naiveVolume(
  all: readonly SentEvent[],
  { day, weeks, score, least, promotions }: Hours,
): Readonly<Record<string, number>> {
  const promoted = new Set(Object.values(promotions).flat());
  const own = Object.values(promotions).find((days) => days.includes(day));
  const found: Record<string, number> = {};
  for (const by of ['source', 'type'] as const) {
    for (const name of new Set(all.map((each) => each[by]))) {
      const series = all.filter((each) => each[by] === name);
      for (let hour = 0; hour < 24; hour += 1) {
        const countAt = (midnight: number): number =>
          series.filter(({ receivedAt }) => Math.floor(receivedAt / HOUR) * HOUR === midnight + hour * HOUR)
            .length;
        let before: number[] = [];
        if (own !== undefined) before = own.filter((each) => each < day);
        else
          for (let w = 1; w <= weeks; w += 1)
            if (!promoted.has(day - w * 7 * DAY)) before.push(day - w * 7 * DAY);
        // Before it sent anything on one of these days, it was not there.
        const compared = new Set([...before, day]);
        const first = Math.min(
          ...series
            .filter(({ receivedAt }) => compared.has(Math.floor(receivedAt / DAY) * DAY))
            .map(({ receivedAt }) => Math.floor(receivedAt / HOUR) * HOUR),
        );
        before = before.filter((each) => each + hour * HOUR > first);
        if (before.length < (own === undefined ? 4 : 2)) continue;
        const counts = before.map(countAt);
        const middle = middleOf(counts);
        const now = countAt(day);
        if (Math.max(middle, now) < least) continue;
        const spread = middleOf(counts.map((count) => Math.abs(count - middle)));
        const scale = Math.max(1.4826 * spread, Math.sqrt(Math.max(middle, 1)), middle / 10);
        if (Math.abs(now - middle) / scale >= score) found[`${by}|${name}|${hour}`] = (now - middle) / scale;
      }
    }
  }
  return found;
}

/** Prices of the day that are so many times the median of the item, or that part of it: `event|item`. */
export function naivePrices(
  past: readonly SentEvent[],
  today: readonly SentEvent[],
  { factor, observations }: { readonly factor: number; readonly observations: number },
): readonly string[] {
  const prices: Record<string, number[]> = {};
  for (const { prices: lines } of past)
    for (const { item, price } of lines) if (price > 0) prices[item] = [...(prices[item] ?? []), price];
  const found: string[] = [];
  for (const { id, prices: lines } of today) {
    for (const { item, price } of lines) {
      const own = prices[item] ?? [];
      const middle = middleOf(own);
      if (price <= 0 || own.length < observations || middle <= 0) continue;
      if (price > middle * factor || price < middle / factor) found.push(`${id}|${item}`);
    }
  }
  return found.sort();
}

function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return 0;
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? 0) + (sorted[Math.ceil(at)] ?? 0)) / 2;
}
