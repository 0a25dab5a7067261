import type { ProfileLookup } from '../conditions/condition.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CouponPoolDefinition } from '../model/coupon.ts';
import { readMoment } from '../model/date-time.ts';
import { type DurationMs, type EpochMs, parseDuration } from '../model/time.ts';

/** A pool of coupons made ready. */
export interface CompiledPool {
  readonly definition: CouponPoolDefinition;
  readonly validMs: DurationMs;
  /** 0: never by itself. */
  readonly expiresAt: EpochMs;
}

/** Fails with `invalid_definition`, naming the pool and the place in it. */
export function compilePools(
  definitions: readonly CouponPoolDefinition[],
  features?: ReadonlySet<string>,
): ReadonlyMap<string, CompiledPool> {
  if (definitions.length > limits.couponPoolsMax) {
    const most = limits.couponPoolsMax;
    throw new TesseraError('invalid_definition', `${definitions.length} pools of coupons; at most ${most}`);
  }
  const names = new Set(definitions.map(({ name }) => name));
  return new Map(definitions.map((each) => [each.name, compile(each, { names, features })]));
}

function compile(
  definition: CouponPoolDefinition,
  {
    names,
    features,
  }: { readonly names: ReadonlySet<string>; readonly features: ReadonlySet<string> | undefined },
): CompiledPool {
  const { name, valid, expires_at: expires, bands = [] } = definition;
  const refuse = (path: string, why: string): never => {
    throw new TesseraError('invalid_definition', `pool of coupons ${name}: ${path}: ${why}`, { path });
  };
  const validMs = valid === undefined ? 0 : (parseDuration(valid) ?? refuse('/valid', 'it is no duration'));
  if (validMs > limits.windowMaxMs) refuse('/valid', `${valid} is longer than 730d`);
  const expiresAt =
    expires === undefined ? 0 : (readMoment(expires) ?? refuse('/expires_at', 'it is no RFC 3339 time'));
  for (const [index, { feature, pool }] of bands.entries()) {
    if (features !== undefined && !features.has(feature))
      refuse(`/bands/${index}/feature`, `there is no feature "${feature}"`);
    if (!names.has(pool)) refuse(`/bands/${index}/pool`, `there is no pool of coupons "${pool}"`);
  }
  return { definition, validMs, expiresAt };
}

/** The pool that somebody draws from: that of the first band whose feature is large enough, or the one that was named. */
export function poolFor(
  pools: ReadonlyMap<string, CompiledPool>,
  named: string,
  lookup: Pick<ProfileLookup, 'feature'>,
): CompiledPool | undefined {
  const pool = pools.get(named);
  const band = pool?.definition.bands?.find(({ feature, gte }) => {
    const value = lookup.feature(feature);
    return typeof value === 'number' && value >= gte;
  });
  return band === undefined ? pool : (pools.get(band.pool) ?? pool);
}

/** Until when a code can be used that is drawn now; 0: always. */
export function expiryOf({ validMs, expiresAt }: CompiledPool, now: EpochMs): EpochMs {
  const byAge = validMs === 0 ? 0 : now + validMs;
  if (byAge === 0 || expiresAt === 0) return byAge + expiresAt;
  return Math.min(byAge, expiresAt);
}
