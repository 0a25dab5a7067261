import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  expectedValue,
  fitGammaGamma,
  type GammaGamma,
  gammaGammaLogLikelihood,
} from '../../src/value/gamma-gamma.ts';
import { logGamma } from '../../src/value/log-gamma.ts';
import { sharedData } from '../cli/import/import-run.ts';
import { finish, purchaseDaysOf } from './cdnow.ts';
import { integrate } from './integrate.ts';

const MODELS: readonly GammaGamma[] = [
  { p: 6.25, q: 3.74, gamma: 15.44 },
  { p: 2.1, q: 1.5, gamma: 40 },
];

/** ∫ of the density of the mean of so many purchases, and of p ÷ ν, over the rates ν that a customer may have. */
function integrated({ p, q, gamma }: GammaGamma, purchases: number, average: number) {
  const shape = p * purchases;
  const density = (rate: number): number =>
    Math.exp(
      shape * Math.log(rate * purchases) +
        (shape - 1) * Math.log(average) -
        rate * purchases * average -
        logGamma(shape) +
        q * Math.log(gamma) +
        (q - 1) * Math.log(rate) -
        gamma * rate -
        logGamma(q),
    );
  const most = (20 * (shape + q)) / (gamma + purchases * average);
  const likelihood = integrate(density, 0, most);
  return { likelihood, mean: integrate((rate) => (density(rate) * p) / rate, 0, most) / likelihood };
}

describe('the Gamma-Gamma model', () => {
  it.each(MODELS)('has likelihood and mean as integrated numerically: %j', (model) => {
    for (const [purchases, average] of [
      [1, 12.5],
      [2, 22.35],
      [7, 73.74],
      [15, 4],
    ] as const) {
      const { likelihood, mean } = integrated(model, purchases, average);
      expect(gammaGammaLogLikelihood(model, [{ purchases, average }])).toBeCloseTo(Math.log(likelihood), 6);
      expect(expectedValue(model, { purchases, average })).toBeCloseTo(mean, 6);
    }
  });

  it('knows nothing but the mean of all of somebody without a purchase, and not even that where there is none', () => {
    expect(expectedValue({ p: 6, q: 4, gamma: 15 }, { purchases: 0, average: 0 })).toBe(30);
    expect(expectedValue({ p: 6, q: 0.9, gamma: 15 }, { purchases: 0, average: 0 })).toBeNull();
  });
});

const file = sharedData('cdnow-sample.txt');

describe.skipIf(file.missing)(
  'the Gamma-Gamma model of CDNOW (skipped where ../shared/data is absent)',
  () => {
    it('is the published one', () => {
      const customers = [...purchaseDaysOf(readFileSync(file.path, 'utf8'), '1997-09-30').values()];
      const spends = customers.flatMap(({ spend }) => spend ?? []);
      expect(spends).toHaveLength(946);
      const { p, q, gamma } = finish(fitGammaGamma(spends));
      expect([p, q, gamma].map((value) => value.toFixed(2))).toEqual(['6.25', '3.74', '15.44']);
    });
  },
);
