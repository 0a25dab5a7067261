import { describe, expect, it } from 'vitest';
import { evaluateSeed } from '../../../benchmarks/identity/evaluate-seed.ts';
import { explain } from '../../../benchmarks/identity/explain.ts';
import { printResults } from '../../../benchmarks/identity/print.ts';

const OPTIONS = { shoppers: 250, seed: 4, days: 365 };

describe('the evaluation of identity', () => {
  it('admits and applies every event, and tells the engine from a plain union-find', async () => {
    const progress: number[] = [];
    const evaluated = await evaluateSeed({ ...OPTIONS, onProgress: (share) => progress.push(share) });
    const { result } = evaluated;
    expect(result.missing).toBe(0);
    expect(result.rejected).toEqual({});
    expect(result.repeats).toBeGreaterThan(0);
    expect(progress.length).toBeGreaterThan(0);
    // So few shoppers leave two stores of tablets with hardly any visitors; what is right here is the comparison.
    expect(result.baseline.precision).toBeLessThan(0.95);
    expect(result.baseline.recall).toBe(1);
    expect(result.engine.precision).toBeGreaterThan(result.baseline.precision);
    expect(result.engine.recall).toBeGreaterThan(0.95);
    expect(result.found.sharedIdentifiers).toBeGreaterThan(0);
    const text = explain(evaluated, { ...OPTIONS, explain: 2 });
    expect(text).toContain('what costs precision');
    expect(text).toMatch(/person \d+, .*"type":/);
    const table = printResults({ machine: 'm', shoppers: 250, days: 365, results: [result] }, 'somewhere');
    expect(table).toContain('seed 4, union-find');
  });
});
