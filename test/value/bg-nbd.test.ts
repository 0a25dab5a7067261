import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type BgNbd,
  bgNbdLogLikelihood,
  type CountedHistory,
  expectedPurchases,
  expectedRepeats,
  fitBgNbd,
  type PurchaseHistory,
  probabilityAlive,
} from '../../src/value/bg-nbd.ts';
import { logGamma } from '../../src/value/log-gamma.ts';
import { sharedData } from '../cli/import/import-run.ts';
import { finish, purchaseDaysOf } from './cdnow.ts';
import { integrate } from './integrate.ts';

/** The published fit of the CDNOW sample. */
const CDNOW: BgNbd = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const MODELS: readonly BgNbd[] = [
  CDNOW,
  { r: 1.4, alpha: 12, a: 2.2, b: 3.1 },
  { r: 0.6, alpha: 3, a: 1, b: 2 },
];
const HISTORIES: readonly PurchaseHistory[] = [
  { repeats: 0, recency: 0, age: 38.86 },
  { repeats: 2, recency: 30.43, age: 38.86 },
  { repeats: 7, recency: 3, age: 30 },
  { repeats: 26, recency: 30.86, age: 31 },
];

/**
 * What the assumptions of the model say, integrated over what rate and drop-out probability a customer may have: the
 * oracle of the closed forms. `of` is what is asked of such a customer.
 */
function mean(model: BgNbd, history: PurchaseHistory, of: (rate: number, leave: number) => number): number {
  const { r, alpha, a, b } = model;
  const { repeats, recency, age } = history;
  const likelihood = (rate: number, leave: number): number => {
    const bought = (1 - leave) ** repeats * rate ** repeats * Math.exp(-rate * age);
    if (repeats === 0) return bought;
    return bought + leave * (1 - leave) ** (repeats - 1) * rate ** repeats * Math.exp(-rate * recency);
  };
  const rateMax = (40 * (r + repeats + 5)) / (alpha + recency);
  const weighed = (f: (rate: number, leave: number) => number): number =>
    integrate(
      (rate) =>
        rate ** (r - 1) *
        Math.exp(-alpha * rate) *
        integrate(
          (leave) => leave ** (a - 1) * (1 - leave) ** (b - 1) * likelihood(rate, leave) * f(rate, leave),
          0,
          1,
          1 / 16,
        ),
      0,
      rateMax,
      1 / 16,
    );
  return weighed(of) / weighed(() => 1);
}

describe('the BG/NBD model', () => {
  it.each(MODELS)('knows the probability of being alive, as integrated numerically: %j', (model) => {
    for (const history of HISTORIES) {
      const { repeats, recency, age } = history;
      const alive = mean(model, history, (rate, leave) => {
        if (repeats === 0) return 1;
        const stays = (1 - leave) * Math.exp(-rate * (age - recency));
        return stays / (stays + leave);
      });
      expect(probabilityAlive(model, history)).toBeCloseTo(alive, 4);
    }
  });

  it.each(MODELS)('expects as many purchases as integrated numerically: %j', (model) => {
    for (const history of HISTORIES) {
      const { repeats, recency, age } = history;
      for (const weeks of [1, 13, 52]) {
        const expected = mean(model, history, (rate, leave) => {
          const stays = (1 - leave) * Math.exp(-rate * (age - recency));
          const alive = repeats === 0 ? 1 : stays / (stays + leave);
          return (alive * (1 - Math.exp(-rate * leave * weeks))) / leave;
        });
        const found = expectedPurchases(model, history, weeks);
        expect(Math.abs(found - expected)).toBeLessThan(1e-3 * Math.max(0.1, expected));
      }
    }
  });

  it('expects what the paper and its notes say of customers of CDNOW', () => {
    // "An Excel note": customer 0001 (x = 2, tx = 30.43, T = 38.86) buys 1.226 times in the next 39 weeks.
    const customer = { repeats: 2, recency: 30.43, age: 38.86 };
    expect(expectedPurchases(CDNOW, customer, 39)).toBeCloseTo(1.226, 3);
    expect(probabilityAlive(CDNOW, customer)).toBeCloseTo(0.7266, 3);
  });

  it('expects no purchase in no time, and more in more', () => {
    for (const model of MODELS) {
      expect(expectedRepeats(model, 0)).toBe(0);
      const rising = [1, 4, 13, 52, 520].map((weeks) => expectedRepeats(model, weeks));
      expect([...rising].sort((a, b) => a - b)).toEqual(rising);
      expect(rising.every(Number.isFinite)).toBe(true);
    }
  });

  it('says how likely a history is, as counted one purchase after the other', () => {
    // x = 0: nobody can have left. E[exp(−λT)] = (α ÷ (α + T))^r.
    const { r, alpha, a, b } = CDNOW;
    const none: CountedHistory = { repeats: 0, recency: 0, age: 20, customers: 3 };
    expect(bgNbdLogLikelihood(CDNOW, [none])).toBeCloseTo(3 * r * Math.log(alpha / (alpha + 20)), 10);
    // x = 1: Γ(r + 1) ÷ Γ(r) α^r times staying (b ÷ (a + b)) or leaving (a ÷ (a + b)).
    const one: CountedHistory = { repeats: 1, recency: 5, age: 20, customers: 1 };
    const bought = Math.exp(logGamma(r + 1) - logGamma(r)) * alpha ** r;
    const likelihood =
      bought * ((b / (a + b)) * (alpha + 20) ** -(r + 1) + (a / (a + b)) * (alpha + 5) ** -(r + 1));
    expect(bgNbdLogLikelihood(CDNOW, [one])).toBeCloseTo(Math.log(likelihood), 10);
  });
});

const file = sharedData('cdnow-sample.txt');

describe.skipIf(file.missing)('the BG/NBD model of CDNOW (skipped where ../shared/data is absent)', () => {
  it('is the published one', () => {
    const histories = [...purchaseDaysOf(readFileSync(file.path, 'utf8'), '1997-09-30').values()].map(
      ({ history }) => ({ ...history, customers: 1 }),
    );
    expect(histories).toHaveLength(2_357);
    expect(histories.filter(({ repeats }) => repeats === 0)).toHaveLength(1_411);
    const { logLikelihood, ...model } = finish(fitBgNbd(histories));
    expect(logLikelihood.toFixed(1)).toBe('-9582.4');
    for (const [name, value] of Object.entries(CDNOW))
      expect(Math.abs(model[name as keyof BgNbd] - value)).toBeLessThan(0.001);
  });
});
