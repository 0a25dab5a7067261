import type { JsonObject } from '../model/json.ts';
import type { LoyaltyProgram, TierRules } from '../model/loyalty.ts';

/** What a program may leave out; the schema has said that everything else is there and of its kind. */
const HOLD: LoyaltyProgram['hold'] = Object.freeze({ for: '0d', from: 'order', delivery_within: '30d' });
const TIERS = Object.freeze({ by: 'points', window: 'rolling_year', grace: '0d', base: 'member' } as const);
const REFERRAL_HOLD = '15d';
const WELCOME = 'signed_up';
const BIRTHDAY = 'birthday_reached';

/** A program as its author wrote it (`schemas/definitions/loyalty.json`), with every default. */
export function completeProgram(written: JsonObject, currency: string): LoyaltyProgram {
  // The schema has checked the shape of every part.
  const given = written as unknown as Partial<LoyaltyProgram> & { readonly description?: string };
  const { purchase, welcome, birthday, referral, reported = true } = given.earn ?? {};
  return {
    name: 'default',
    ...(given.description === undefined ? {} : { description: given.description }),
    currency: given.currency ?? currency,
    zone: given.zone ?? 'UTC',
    earn: {
      ...(purchase && {
        purchase: { ...purchase, ...roundingOf(purchase), bonuses: purchase.bonuses ?? [] },
      }),
      ...(welcome && { welcome: { ...welcome, on: welcome.on ?? WELCOME } }),
      ...(birthday && { birthday: { ...birthday, on: birthday.on ?? BIRTHDAY } }),
      ...(referral && { referral: { ...referral, hold: referral.hold ?? REFERRAL_HOLD } }),
      reported,
    },
    hold: { ...HOLD, ...given.hold },
    ...(given.expiry === undefined ? {} : { expiry: given.expiry }),
    warn: given.warn ?? '30d',
    claim: { within: given.claim?.within ?? '30d' },
    ...(given.tiers === undefined ? {} : { tiers: { ...TIERS, ...given.tiers } satisfies TierRules }),
  };
}

type Purchase = NonNullable<LoyaltyProgram['earn']['purchase']>;

function roundingOf({ rounding }: Partial<Purchase>): Pick<Purchase, 'rounding'> {
  return { rounding: rounding ?? 'down' };
}
