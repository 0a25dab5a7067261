import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../src/model/time.ts';
import { holdoutShare, isHeldOut } from '../../../src/triggers/limits/holdout.ts';
import { DecisionScene, NOON, shortOf, triggerNamed } from '../decision-scene.ts';

const PEOPLE = 20_000;
const people = Array.from(
  { length: PEOPLE },
  (_, n) => `019ab3d2-0000-7000-8000-${String(n).padStart(12, '0')}`,
);

/** Five standard deviations of a binomial count: once in two million tries by chance, and these do not vary. */
function isNear(count: number, share: number): boolean {
  return Math.abs(count - PEOPLE * share) <= 5 * Math.sqrt(PEOPLE * share * (1 - share));
}

describe('the holdout', () => {
  it('is as large as it says, whatever the trigger', () => {
    for (const share of [0.01, 0.1, 0.5])
      for (const trigger of ['a', 'plus_size_hesitation'])
        expect(isNear(people.filter((id) => isHeldOut(trigger, id, share)).length, share)).toBe(true);
    expect(people.some((id) => isHeldOut('a', id, 0))).toBe(false);
  });

  it('of one trigger says nothing about that of another, and a larger share holds the same people out and more', () => {
    const both = people.filter((id) => isHeldOut('a', id, 0.5) && isHeldOut('b', id, 0.5)).length;
    expect(isNear(both, 0.25)).toBe(true);
    for (const id of people.slice(0, 1_000))
      if (isHeldOut('a', id, 0.1)) expect(isHeldOut('a', id, 0.2)).toBe(true);
  });

  it('is the same for ever', () => {
    expect(holdoutShare('plus_size_hesitation', 'profile')).toBeCloseTo(SHARE, 12);
  });

  it('counts for the cooldown and not for caps', () => {
    const profile = people.find((id) => isHeldOut('a', id, 0.5)) ?? '';
    const scene = new DecisionScene({
      triggers: [triggerNamed('a', { limit: { holdout: 0.5, cooldown: '2m' } }), triggerNamed('b')],
      messaging: { caps: [{ overall: true, count: 1, every: '1d' }] },
      profile,
    });
    expect(scene.at(NOON, 'a').map(shortOf)).toEqual(['held_out']);
    expect(scene.at(NOON + MINUTE_MS, 'a').map(shortOf)).toEqual(['suppressed cooldown']);
    expect(scene.at(NOON + 2 * MINUTE_MS, 'a').map(shortOf)).toEqual(['held_out']);
    expect(scene.at(NOON + 3 * MINUTE_MS, 'b').map(shortOf)).toEqual(['fired']);
    expect(scene.header.decisions?.sent).toEqual({ sms: 1 });
  });
});

/** sha256('plus_size_hesitation\0profile') begins with these twelve digits. */
const SHARE = 0xdf968d4650ea / 16 ** 12;
