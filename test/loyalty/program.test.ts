import { describe, expect, it } from 'vitest';
import { createLoyaltyCheck } from '../../src/definitions/definition-checks.ts';
import { compileExpiry } from '../../src/loyalty/expiry.ts';
import { Zones } from '../../src/model/zone.ts';

const check = createLoyaltyCheck('CNY');
const purchase = { points: 1, per: 10 };
const levels = [{ name: 'silver', from: 100 }];

describe('a loyalty program', () => {
  it('gets every default, and reading it again changes nothing', () => {
    const program = check({ earn: { purchase, welcome: { points: 5 } }, tiers: { levels } });
    expect(program).toEqual({
      name: 'default',
      currency: 'CNY',
      zone: 'UTC',
      earn: {
        purchase: { ...purchase, rounding: 'down', bonuses: [] },
        welcome: { points: 5, on: 'signed_up' },
        reported: true,
      },
      hold: { for: '0d', from: 'order', delivery_within: '30d' },
      warn: '30d',
      claim: { within: '30d' },
      tiers: { by: 'points', window: 'rolling_year', grace: '0d', base: 'member', levels },
    });
    expect(check(program)).toEqual(program);
  });

  it.each([
    [{}, '/', 'needs earn'],
    [{ earn: {}, currency: 'XXX1' }, '/currency', 'must be a currency'],
    [{ earn: {}, currency: 'ZZZ' }, '/currency', 'ISO 4217'],
    [{ earn: {}, zone: 'Mars/Olympus' }, '/zone', 'time zone'],
    [{ earn: { purchase: { points: 1, per: 0.001 } } }, '/earn/purchase/per', 'decimals'],
    [{ earn: { purchase: { ...purchase, points: 0.0001 } } }, '/earn/purchase/points', '0.001'],
    [
      {
        earn: {
          purchase: {
            ...purchase,
            bonuses: [{ name: 'b', multiply: 2, where: { nonsense: { equals: 1 } } }],
          },
        },
      },
      '/earn/purchase/bonuses/0/where/nonsense',
      'neither a path',
    ],
    [
      { earn: { purchase: { ...purchase, bonuses: [{ name: 'b', multiply: 2, from: 'soon' }] } } },
      '/earn/purchase/bonuses/0/from',
      'moment',
    ],
    [{ earn: {}, hold: { for: 'long' } }, '/hold/for', 'must be a duration'],
    [{ earn: {}, expiry: { months: 0 } }, '/expiry/months', '>= 1'],
    [
      { earn: {}, tiers: { levels: [...levels, { name: 'gold', from: 50 }] } },
      '/tiers/levels/1/from',
      'above',
    ],
    [{ earn: {}, tiers: { levels: [{ name: 'member', from: 50 }] } }, '/tiers/levels/0/name', 'another'],
    [{ earn: {}, bonus: 1 }, '/', 'does not know bonus'],
  ])('is refused with the place and the reason: %j', (written, path, why) => {
    try {
      check(written);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_definition', path });
      expect(String(error)).toContain(why);
    }
  });
});

describe('expiry', () => {
  const zone = new Zones().find('Europe/Berlin')!;
  const at = (text: string): number => Date.parse(text);

  it.each([
    ['2026-01-31T12:00:00+01:00', 1, '2026-03-01T00:00:00+01:00'],
    ['2026-02-10T23:59:59+01:00', 12, '2027-02-11T00:00:00+01:00'],
    // Over a change to summer time.
    ['2026-02-28T12:00:00+01:00', 1, '2026-03-29T00:00:00+01:00'],
    ['2026-03-01T12:00:00+01:00', 1, '2026-04-02T00:00:00+02:00'],
    // After midnight there, before it in UTC.
    ['2026-05-01T00:30:00+02:00', 1, '2026-06-02T00:00:00+02:00'],
  ])('of %s ends with the day %i months later', (earned, months, expected) => {
    expect(compileExpiry({ months }, zone)(at(earned))).toBe(at(expected));
  });

  it('ends with the year, by the clock of the zone', () => {
    expect(compileExpiry({ end_of_year: 0 }, zone)(at('2026-12-31T23:30:00Z'))).toBe(
      at('2028-01-01T00:00:00+01:00'),
    );
    expect(compileExpiry({ end_of_year: 1 }, zone)(at('2026-06-01T00:00:00Z'))).toBe(
      at('2028-01-01T00:00:00+01:00'),
    );
    expect(compileExpiry(undefined, zone)(0)).toBeUndefined();
  });
});
