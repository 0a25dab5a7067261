import { describe, expect, it } from 'vitest';
import { SpoolLag } from '../../src/historian/spool-lag.ts';
import { limits } from '../../src/limits.ts';

describe('how long a spool has waited', () => {
  it('is nothing while nothing waits, and else the age of the oldest', () => {
    const lag = new SpoolLag();
    expect(lag.seconds(5_000)).toBe(0);
    lag.add(1, 10_000);
    lag.add(2, 12_000);
    expect(lag.seconds(15_000)).toBe(5);
    lag.drop(1);
    expect(lag.seconds(15_000)).toBe(3);
    lag.drop(2);
    expect(lag.seconds(15_000)).toBe(0);
  });

  it('never says less than it was, and keeps few marks however long it lasts', () => {
    const lag = new SpoolLag();
    const entries = limits.spoolLagMarksMax * 10;
    const step = limits.spoolLagMarkMs / 2;
    for (let n = 1; n <= entries; n += 1) lag.add(n, n * step);
    const now = entries * step;
    expect(lag.seconds(now)).toBe((now - step) / 1000);
    for (let n = 1; n < entries; n += 997) {
      lag.drop(n);
      const exact = (now - (n + 1) * step) / 1000;
      expect(lag.seconds(now)).toBeGreaterThanOrEqual(exact);
      expect(lag.seconds(now)).toBeLessThan(exact + (limits.spoolLagMarkMs * 512) / 1000);
    }
  });
});
