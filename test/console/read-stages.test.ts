import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { durationsBetween, readStageBuckets } from '../../src/console/live/read-stages.ts';

const BOUNDS = [0.001, 0.01, 0.1, 1];

async function readings(batches: readonly (readonly number[])[]) {
  const registry = new Registry();
  registry.setDefaultLabels({ process: '1' });
  const seconds = new Histogram({
    name: 'tessera_stage_batch_seconds',
    help: 'x',
    labelNames: ['stage'],
    buckets: BOUNDS,
    registers: [registry],
  });
  const read = [];
  for (const durations of batches) {
    for (const duration of durations) seconds.observe({ stage: 'people' }, duration);
    read.push(readStageBuckets(await registry.metrics()));
  }
  return read;
}

describe('how long stages take', () => {
  it('is what came between two readings, as the library that counts it writes it', async () => {
    const [before, after] = await readings([
      [0.5, 0.5, 0.5],
      [...Array.from({ length: 98 }, () => 0.005), 0.05, 0.05],
    ]);
    const [people] = durationsBetween(before ?? new Map(), after ?? new Map());
    expect(people).toMatchObject({ stage: 'people', count: 100 });
    // The 50th of 98 in a bucket from 1 to 10 ms; the 99th is the first of two from 10 to 100 ms.
    expect(people?.median).toBeCloseTo(0.001 + (0.009 * 50) / 98, 9);
    expect(people?.p99).toBeCloseTo(0.01 + 0.09 / 2, 9);
  });

  it('is unknown where nothing came, and bounded where it lasted longer than the largest bucket', async () => {
    const [first, second, third] = await readings([[], [], [5]]);
    expect(durationsBetween(first ?? new Map(), second ?? new Map())).toEqual([]);
    const [people] = durationsBetween(second ?? new Map(), third ?? new Map());
    expect(people).toEqual({ stage: 'people', count: 1, median: 1, p99: 1 });
  });
});
