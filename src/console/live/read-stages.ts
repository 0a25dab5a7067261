/** What `/metrics` says of a stage: how many batches, and how long they took, in seconds. */
export interface StageDurations {
  readonly stage: string;
  readonly count: number;
  readonly median: number;
  readonly p99: number;
}

interface Bucket {
  readonly bound: number;
  readonly count: number;
}

const LINE = /^tessera_stage_batch_seconds_bucket\{([^}]*)\} (\S+)$/gm;

/** Cumulative counts by stage and upper bound, of all processes together. */
export function readStageBuckets(text: string): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const stages = new Map<string, Map<number, number>>();
  for (const [, labels = '', count = ''] of text.matchAll(LINE)) {
    const stage = /stage="([^"]*)"/.exec(labels)?.[1] ?? '';
    const le = /le="([^"]*)"/.exec(labels)?.[1] ?? '';
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    const buckets = stages.get(stage) ?? new Map<number, number>();
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(count));
    stages.set(stage, buckets);
  }
  return stages;
}

/** Of what came between two readings; quantiles as Prometheus estimates them, linear within a bucket. */
export function durationsBetween(
  before: ReadonlyMap<string, ReadonlyMap<number, number>>,
  after: ReadonlyMap<string, ReadonlyMap<number, number>>,
): readonly StageDurations[] {
  return [...after].map(([stage, buckets]) => {
    const older = before.get(stage);
    const grown = [...buckets]
      .map(([bound, count]): Bucket => ({ bound, count: count - (older?.get(bound) ?? 0) }))
      .sort((a, b) => a.bound - b.bound);
    const count = grown.at(-1)?.count ?? 0;
    return { stage, count, median: quantile(grown, 0.5), p99: quantile(grown, 0.99) };
  });
}

function quantile(buckets: readonly Bucket[], share: number): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return Number.NaN;
  const rank = share * total;
  let below: Bucket = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket.bound === Number.POSITIVE_INFINITY) return below.bound;
      const within = (rank - below.count) / (bucket.count - below.count);
      return below.bound + (bucket.bound - below.bound) * within;
    }
    below = bucket;
  }
  return below.bound;
}
