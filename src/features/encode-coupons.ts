import { TesseraError } from '../errors.ts';
import type { CouponFacts } from '../model/coupon.ts';

/** The coupons of a facet as plain lists, in order of their codes; null stands for what was never said. */
export function encodeCoupons(coupons: ReadonlyMap<string, CouponFacts>): unknown[] {
  return [...coupons]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { issued, used, returned }]) => [
      code,
      issued === undefined ? null : [issued.time, issued.tie, issued.pool, issued.expires, issued.firing],
      used === undefined ? null : [used.time, used.tie, used.order],
      returned === undefined ? null : [returned.time, returned.tie, returned.voided],
    ]);
}

export function decodeCoupons(rows: readonly unknown[]): Map<string, CouponFacts> {
  return new Map(
    rows.map((row) => {
      if (!Array.isArray(row) || typeof row[0] !== 'string') return malformed();
      return [row[0], factsOf(row)] as const;
    }),
  );
}

function factsOf([, issued, used, returned]: readonly unknown[]): CouponFacts {
  return {
    ...(Array.isArray(issued) && {
      issued: {
        ...wordOf(issued),
        pool: textAt(issued, 2),
        expires: numberAt(issued, 3),
        firing: textAt(issued, 4),
      },
    }),
    ...(Array.isArray(used) && { used: { ...wordOf(used), order: textAt(used, 2) } }),
    ...(Array.isArray(returned) && { returned: { ...wordOf(returned), voided: returned[2] === true } }),
  };
}

function wordOf(row: readonly unknown[]): { readonly time: number; readonly tie: string } {
  return { time: numberAt(row, 0), tie: textAt(row, 1) };
}

function numberAt(row: readonly unknown[], index: number): number {
  const value = row[index];
  return typeof value === 'number' ? value : malformed();
}

function textAt(row: readonly unknown[], index: number): string {
  const value = row[index];
  return typeof value === 'string' ? value : malformed();
}

function malformed(): never {
  throw new TesseraError('data_format', 'a stored facet is malformed: its coupons are no coupons');
}
