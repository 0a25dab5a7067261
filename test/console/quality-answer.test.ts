import { describe, expect, it } from 'vitest';
import {
  bySeverity,
  isMet,
  type Measure,
  type QualityAlert,
} from '../../src/console/insight/quality-answer.ts';

const alert = (code: QualityAlert['code'], subject = ''): QualityAlert => ({
  code,
  subject,
  value: 1,
  target: 0,
});

describe('what was found of the data', () => {
  it('begins with what is serious, and leaves equals in their order', () => {
    const found = [
      alert('late_high', 'web'),
      alert('source_silent'),
      alert('late_high', 'app'),
      alert('clock_skew'),
    ];
    expect(bySeverity(found).map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'source_silent ',
      'late_high web',
      'late_high app',
      'clock_skew ',
    ]);
  });

  it('meets a target on the side that is wanted, on the target itself too, and where nothing can be said', () => {
    const measure = (rate: number | null, wanted: Measure['wanted']): Measure => ({
      ...{ name: 'completeness', rate, target: 0.8, wanted },
    });
    expect([0.8, 0.9, null].map((rate) => isMet(measure(rate, 'more')))).toEqual([true, true, true]);
    expect([0.8, 0.1, null].map((rate) => isMet(measure(rate, 'less')))).toEqual([true, true, true]);
    expect([isMet(measure(0.7, 'more')), isMet(measure(0.9, 'less'))]).toEqual([false, false]);
  });
});
