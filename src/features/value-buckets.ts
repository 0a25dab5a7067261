/**
 * Counts of values in buckets whose bounds grow by a constant factor, flat and ascending: [bucket, count, …].
 * Zero has a bucket of its own, negative values mirror the positive ones, and numbers of buckets ascend with the
 * values. Every value of a bucket is within the accuracy of the value that stands for it.
 */
export type Buckets = number[];

/** Relative error of an answer. */
export const BUCKET_ACCURACY = 0.01;

const GROWTH = (1 + BUCKET_ACCURACY) / (1 - BUCKET_ACCURACY);
const LOG_GROWTH = Math.log(GROWTH);
/** Nearer to zero than this is zero: far below the smallest amount or measure that means something. */
const SMALLEST = 1e-9;
/** Moves the bucket of the smallest magnitude to 1, so that the sign of a bucket is that of its values. */
const OFFSET = 1 - Math.ceil(Math.log(SMALLEST) / LOG_GROWTH);

export function bucketOf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < SMALLEST) return 0;
  const bucket = Math.ceil(Math.log(magnitude) / LOG_GROWTH) + OFFSET;
  return value < 0 ? -bucket : bucket;
}

/** The value in the middle of a bucket, where both of its ends are equally far in proportion. */
export function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const middle = (2 * GROWTH ** (Math.abs(bucket) - OFFSET)) / (1 + GROWTH);
  return bucket < 0 ? -middle : middle;
}

/** Answers whether the bucket is a new one. */
export function addToBucket(buckets: Buckets, bucket: number, count: number): boolean {
  let low = 0;
  let high = buckets.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (buckets[2 * middle]! < bucket) low = middle + 1;
    else high = middle;
  }
  if (buckets[2 * low] === bucket) {
    buckets[2 * low + 1]! += count;
    return false;
  }
  buckets.splice(2 * low, 0, bucket, count);
  return true;
}

export function addToBuckets(into: Buckets, from: Buckets): void {
  for (let index = 0; index < from.length; index += 2) addToBucket(into, from[index]!, from[index + 1]!);
}

/** Counts everything below the highest `max` buckets in the lowest of them; answers whether there was any. */
export function collapseBuckets(buckets: Buckets, max: number): boolean {
  const excess = buckets.length / 2 - max;
  if (excess <= 0) return false;
  let count = 0;
  for (let index = 0; index < excess; index += 1) count += buckets[2 * index + 1]!;
  buckets.splice(0, 2 * excess);
  buckets[1]! += count;
  return true;
}
