import { compileEventCondition } from '../conditions/condition.ts';
import { TesseraError } from '../errors.ts';
import { decimalOf, parseDecimal, powerOfTen } from '../model/decimal.ts';
import type { Event } from '../model/event.ts';
import type { BonusRule, LoyaltyProgram, TierRules } from '../model/loyalty.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import { type DurationMs, type EpochMs, parseDuration } from '../model/time.ts';
import { type Zone, Zones } from '../model/zone.ts';
import { compileExpiry } from './expiry.ts';

/** A program with its durations, amounts and conditions worked out once. */
export interface CompiledProgram {
  readonly definition: LoyaltyProgram;
  /** What facts name: the beginning of the hash of its text. */
  readonly version: string;
  readonly zone: Zone;
  readonly holdMs: DurationMs;
  readonly deliveryMs: DurationMs;
  readonly warnMs: DurationMs;
  readonly claimMs: DurationMs;
  readonly referralHoldMs: DurationMs;
  /** Thousandths of a point for so many minor units. */
  readonly rate: { readonly milli: number; readonly perMinor: number };
  readonly bonuses: readonly CompiledBonus[];
  readonly tiers: CompiledTiers | undefined;
  /** Undefined: points do not expire. */
  expiresAt(earnedAt: EpochMs): EpochMs | undefined;
}

export interface CompiledBonus {
  /** Thousandths. */
  readonly multiply: number;
  /** Whether it goes by lines; otherwise it is the whole order's. */
  readonly byLine: boolean;
  fitsEvent(event: Event): boolean;
  fitsLine(line: { readonly item: string; readonly category: string; readonly brand: string }): boolean;
}

export interface CompiledTiers {
  readonly rules: TierRules;
  readonly graceMs: DurationMs;
  /** Ascending, in points, orders or minor units; the base is not among them. */
  readonly levels: readonly { readonly name: string; readonly from: number }[];
}

const VERSION_CHARACTERS = 8;
const MILLI = 1_000;
const MILLI_DIGITS = 3;

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `loyalty program, ${path}: ${why}`, { path });
}

/** Fails with `invalid_definition`, naming the place and the reason. `version` is the hash of the definition. */
export function compileProgram(definition: LoyaltyProgram, version: string): CompiledProgram {
  const decimals = decimalsOfCurrency(definition.currency);
  if (decimals === undefined) refuse('/currency', 'is no ISO 4217 code');
  const zone = new Zones().find(definition.zone);
  if (zone === undefined) refuse('/zone', 'is no time zone');
  const { hold, earn } = definition;
  const purchase = earn.purchase ?? { points: 0, per: 1, rounding: 'down', bonuses: [] };
  const perMinor = scaled(purchase.per, decimals, '/earn/purchase/per');
  if (perMinor < 1) refuse('/earn/purchase/per', 'must be at least one minor unit of the currency');
  const milli = scaled(purchase.points, MILLI_DIGITS, '/earn/purchase/points');
  return {
    definition,
    version: version.slice(0, VERSION_CHARACTERS),
    zone,
    holdMs: durationOf(hold.for, '/hold/for'),
    deliveryMs: durationOf(hold.delivery_within, '/hold/delivery_within'),
    warnMs: durationOf(definition.warn, '/warn'),
    claimMs: durationOf(definition.claim.within, '/claim/within'),
    referralHoldMs: durationOf(earn.referral?.hold ?? '0d', '/earn/referral/hold'),
    rate: { milli, perMinor },
    bonuses: purchase.bonuses.map((bonus, i) => compileBonus(bonus, `/earn/purchase/bonuses/${i}`)),
    tiers: definition.tiers && compileTiers(definition.tiers, decimals),
    expiresAt: compileExpiry(definition.expiry, zone),
  };
}

/** `0d` is none. */
export function durationOf(text: string, path: string): DurationMs {
  if (/^0[smhd]$/.test(text)) return 0;
  return parseDuration(text) ?? refuse(path, 'is no duration such as 30d');
}

/** A decimal as a whole number of its smallest units. */
function scaled(value: number | string, decimals: number, path: string): number {
  const decimal = typeof value === 'number' ? decimalOf(value) : parseDecimal(value);
  if (decimal === undefined || decimal.scale > decimals) refuse(path, `may have ${decimals} decimals`);
  const units = decimal.units * powerOfTen(decimals - decimal.scale);
  return Number.isSafeInteger(units) ? units : refuse(path, 'is too large');
}

function momentOf(text: string | undefined, path: string, otherwise: number): EpochMs {
  if (text === undefined) return otherwise;
  const at = Date.parse(text);
  return Number.isNaN(at) ? refuse(path, 'is no moment such as 2026-11-11T00:00:00+08:00') : at;
}

function compileBonus(bonus: BonusRule, path: string): CompiledBonus {
  const { items, categories, brands, where } = bonus;
  const from = momentOf(bonus.from, `${path}/from`, Number.NEGATIVE_INFINITY);
  const to = momentOf(bonus.to, `${path}/to`, Number.POSITIVE_INFINITY);
  if (from >= to) refuse(`${path}/to`, 'must be after from');
  const fits = where === undefined ? undefined : compileEventCondition(where, `${path}/where`);
  const some = (names: readonly string[] | undefined): ReadonlySet<string> | undefined =>
    names && new Set(names);
  const [itemSet, brandSet] = [some(items), some(brands)];
  return {
    multiply: scaled(bonus.multiply, MILLI_DIGITS, `${path}/multiply`),
    byLine: items !== undefined || categories !== undefined || brands !== undefined,
    fitsEvent: (event) => event.time >= from && event.time < to && fits?.(event) !== false,
    fitsLine: ({ item, category, brand }) =>
      itemSet?.has(item) !== false &&
      brandSet?.has(brand) !== false &&
      categories?.some((each) => category === each || category.startsWith(`${each}/`)) !== false,
  };
}

function compileTiers(rules: TierRules, decimals: number): CompiledTiers {
  const digits = rules.by === 'spend' ? decimals : 0;
  const levels = rules.levels.map(({ name, from }, i) => ({
    name,
    from: scaled(from, digits, `/tiers/levels/${i}/from`),
  }));
  levels.forEach(({ name, from }, i) => {
    const before = levels[i - 1];
    if (from < 1) refuse(`/tiers/levels/${i}/from`, 'must be above 0');
    if (before !== undefined && from <= before.from)
      refuse(`/tiers/levels/${i}/from`, 'must be above the level before');
    if (name === rules.base || levels.findIndex((each) => each.name === name) !== i)
      refuse(`/tiers/levels/${i}/name`, 'is the name of another level');
  });
  return { rules, graceMs: durationOf(rules.grace, '/tiers/grace'), levels };
}

/** Where thousandths have to become one again. */
export const PER_MULTIPLE = MILLI;
