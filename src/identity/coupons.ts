import { hash } from 'node:crypto';
import { limits } from '../limits.ts';
import type { CouponCode, CouponDraw, PoolState } from '../model/coupon.ts';
import type { Outcome } from '../model/effect.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { DrawMessage, IdentityCommand } from '../model/record.ts';
import type { StateView } from '../model/view.ts';

/**
 * Codes of coupons lie with identity, whose log is the one order of everything: so no code goes to two people, however many
 * partitions draw. They are numbered as they were added, and drawn in that order; both numbers are all that a pool is. A draw is
 * a message like every other, taken exactly once, and the firing that it was for is remembered beside the code.
 */
export type AddCodes = Extract<IdentityCommand, { type: 'add_codes' }>;

const EMPTY: PoolState = Object.freeze({ added: 0, drawn: 0 });

function knownKey(pool: string, code: string): string {
  return keys.couponKnown(hash('sha256', `${pool}\0${code}`, 'base64url').slice(0, 22));
}

export function addCodesNeeds({ pool, codes }: AddCodes, view: StateView): string[] {
  return [keys.couponPool(pool), ...codes.map((code) => knownKey(pool, code))].filter(
    (key) => !view.has(key),
  );
}

/** Adds the codes that the pool has never had; the others change nothing. */
export function addCodes({ pool, codes }: AddCodes, { view }: FoldContext): Outcome {
  const { added: before, drawn } = view.get<PoolState>(keys.couponPool(pool)) ?? EMPTY;
  let added = before;
  let refused = 0;
  for (const code of codes) {
    const known = knownKey(pool, code);
    if (view.get(known) !== undefined) continue;
    if (added >= limits.couponCodesMax) {
      refused++;
      continue;
    }
    added++;
    view.put(known, { n: added });
    view.put(keys.couponCode(pool, added), { code } satisfies CouponCode);
  }
  if (added > before) view.put(keys.couponPool(pool), { added, drawn } satisfies PoolState);
  const known = codes.length - (added - before) - refused;
  const detail = { added: added - before, known, refused, left: added - drawn };
  return { status: 'applied', profileId: '', firings: [], detail };
}

export function drawNeeds({ firing, pool }: DrawMessage, view: StateView): string[] {
  const first = [keys.couponPool(pool), keys.couponDraw(firing)].filter((key) => !view.has(key));
  if (first.length > 0) return first;
  const { added, drawn } = view.get<PoolState>(keys.couponPool(pool)) ?? EMPTY;
  if (drawn >= added) return [];
  const next = keys.couponCode(pool, drawn + 1);
  return view.has(next) ? [] : [next];
}

/** Answers the partition where the firing waits. */
export function drawCode({ type: _asked, ...asked }: DrawMessage, context: FoldContext): void {
  const code = codeFor(asked.firing, asked.pool, context.view);
  context.toProfile(asked.profile, { type: 'drawn', ...asked, ...(code === undefined ? {} : { code }) });
}

function codeFor(firing: string, pool: string, view: StateView): string | undefined {
  const before = view.get<CouponDraw>(keys.couponDraw(firing));
  if (before !== undefined) return before.code;
  const state = view.get<PoolState>(keys.couponPool(pool)) ?? EMPTY;
  if (state.drawn >= state.added) return undefined;
  const n = state.drawn + 1;
  const key = keys.couponCode(pool, n);
  const code = view.get<CouponCode>(key)?.code;
  if (code === undefined) return undefined;
  view.put(keys.couponPool(pool), { ...state, drawn: n } satisfies PoolState);
  view.put(keys.couponDraw(firing), { pool, code } satisfies CouponDraw);
  // The draw says whose it is from here on.
  view.remove(key);
  return code;
}
