/**
 * An oracle for the ledger that knows nothing of balances: every single point is a token with a place of its own, and
 * time goes by from one interesting moment to the next. Slow, and hard to get wrong.
 */
export type Happening =
  | { readonly type: 'order'; readonly id: string; readonly at: number; readonly spend: number }
  | {
      readonly type: 'refund';
      readonly id: string;
      readonly refund: string;
      readonly at: number;
      readonly spend: number;
    }
  | { readonly type: 'cancel'; readonly id: string; readonly at: number }
  | { readonly type: 'delivered'; readonly id: string; readonly at: number }
  | { readonly type: 'gift'; readonly id: string; readonly at: number; readonly points: number }
  | {
      readonly type: 'burn';
      readonly id: string;
      readonly at: number;
      readonly points: number;
      readonly order?: string;
    }
  | { readonly type: 'debit'; readonly id: string; readonly at: number; readonly points: number }
  | { readonly type: 'restore'; readonly burn: string; readonly at: number };

export interface NaiveRules {
  /** Minor units for one point. */
  readonly per: number;
  readonly holdMs: number;
  /** Undefined: the hold runs from the order. */
  readonly deliveryMs: number | undefined;
  readonly expiresAt: (earnedAt: number) => number | undefined;
}

interface Token {
  readonly lot: string;
  readonly lotAt: number;
  readonly availableAt: number;
  readonly expiresAt: number;
  place: 'pending' | 'available' | 'expired' | 'taken back' | { readonly spentOn: string };
}

interface Owed {
  readonly by: string;
  repaid: boolean;
}

export interface NaiveLedger {
  readonly available: number;
  readonly pending: number;
  readonly debt: number;
  /** Available points by lot. */
  readonly open: Readonly<Record<string, number>>;
}

export function naiveLedger(all: readonly Happening[], rules: NaiveRules, now: number): NaiveLedger {
  const happenings = all.filter(({ at }) => at <= now);
  const tokens: Token[] = [];
  const owed: Owed[] = [];
  const retained = new Map<string, number>();
  const orders = new Map(
    happenings.filter((each) => each.type === 'order').map((each) => [each.id, each] as const),
  );
  const burns = new Map(
    happenings.filter((each) => each.type === 'burn').map((each) => [each.id, each] as const),
  );
  const restoredAt = new Map<string, number>();
  for (const { id, at, order } of burns.values()) {
    const moments = happenings
      .filter((x) => (x.type === 'restore' && x.burn === id) || (x.type === 'cancel' && x.id === order))
      .map((x) => Math.max(x.at, at));
    if (moments.length > 0) restoredAt.set(id, Math.min(...moments));
  }
  const deliveredAt = (id: string): number =>
    Math.min(
      ...happenings.filter((x) => x.type === 'delivered' && x.id === id).map(({ at }) => at),
      Infinity,
    );
  const earn = (lot: string, at: number, points: number, availableAt: number): void => {
    for (let n = 0; n < points; n++)
      tokens.push({
        lot,
        lotAt: at,
        availableAt,
        expiresAt: rules.expiresAt(at) ?? Infinity,
        place: 'pending',
      });
  };
  const oldestFirst = (): Token[] =>
    tokens
      .filter(({ place }) => place === 'available')
      .sort((a, b) => a.lotAt - b.lotAt || (a.lot < b.lot ? -1 : a.lot > b.lot ? 1 : 0));
  const repay = (): void => {
    for (const token of oldestFirst()) {
      const debt = owed.find(({ repaid }) => !repaid);
      if (debt === undefined) return;
      debt.repaid = true;
      token.place = { spentOn: debt.by };
    }
  };
  const take = (by: string, points: number): void => {
    const found = oldestFirst().slice(0, points);
    for (const token of found) token.place = { spentOn: by };
    for (let n = found.length; n < points; n++) owed.push({ by, repaid: false });
  };
  const restore = (burn: string, at: number): void => {
    for (let n = owed.length - 1; n >= 0; n--)
      if (owed[n]?.by === burn && !owed[n]?.repaid) owed.splice(n, 1);
    for (const token of tokens) {
      if (typeof token.place === 'object' && token.place.spentOn === burn)
        token.place = token.expiresAt <= at ? 'expired' : 'available';
    }
    repay();
  };
  const takeBack = (id: string, until: number, by: string): void => {
    const order = orders.get(id);
    if (order === undefined) return;
    const cancelled = happenings.some(
      (x) =>
        x.type === 'cancel' &&
        x.id === id &&
        Math.max(x.at, order.at) <= until &&
        (by.startsWith('c') || Math.max(x.at, order.at) < until || `c${id}` < by),
    );
    const back = happenings
      .filter((x) => x.type === 'refund' && x.id === id)
      .filter(
        (x) =>
          Math.max(x.at, order.at) < until ||
          (Math.max(x.at, order.at) === until && x.type === 'refund' && `r${id}${x.refund}` <= by),
      )
      .reduce((sum, x) => sum + (x.type === 'refund' ? x.spend : 0), 0);
    // Points in millionths of what was kept, as a fraction of what was paid; never more than before.
    const micro = Math.floor((order.spend * 1_000_000) / rules.per);
    const left =
      cancelled || back >= order.spend
        ? 0
        : Math.floor((micro - Number((BigInt(micro) * BigInt(back)) / BigInt(order.spend))) / 1_000_000);
    const before = retained.get(id) ?? 0;
    let points = Math.max(0, before - left);
    retained.set(id, before - points);
    const lot = tokens.filter((token) => token.lot === `o${id}`);
    for (const place of ['pending', 'available', 'expired'] as const) {
      for (const token of lot) {
        if (points === 0 || token.place !== place) continue;
        token.place = 'taken back';
        points--;
      }
    }
    take(by, points);
  };
  const moments: { readonly at: number; readonly rank: number; readonly name: string; run(): void }[] = [];
  const lives = (lot: string, at: number, availableAt: number): void => {
    const expiresAt = rules.expiresAt(at);
    moments.push({
      at: availableAt,
      rank: 2,
      name: lot,
      run() {
        for (const token of tokens)
          if (token.lot === lot && token.place === 'pending') token.place = 'available';
        repay();
      },
    });
    if (expiresAt === undefined) return;
    moments.push({
      at: Math.max(at, expiresAt),
      rank: expiresAt > at ? 0 : 9,
      name: lot,
      run() {
        for (const token of tokens)
          if (token.lot === lot && (token.place === 'pending' || token.place === 'available'))
            token.place = 'expired';
      },
    });
  };
  for (const each of happenings) {
    const { at } = each;
    if (each.type === 'order') {
      const points = Math.floor(Math.floor((each.spend * 1_000_000) / rules.per) / 1_000_000);
      const { deliveryMs } = rules;
      const from =
        deliveryMs === undefined ? at : Math.max(at, Math.min(at + deliveryMs, deliveredAt(each.id)));
      const run = (): void => {
        retained.set(each.id, points);
        earn(`o${each.id}`, at, points, from + rules.holdMs);
      };
      moments.push({ at, rank: 1, name: `o${each.id}`, run });
      lives(`o${each.id}`, at, from + rules.holdMs);
    } else if (each.type === 'gift') {
      moments.push({ at, rank: 1, name: `p${each.id}`, run: () => earn(`p${each.id}`, at, each.points, at) });
      lives(`p${each.id}`, at, at);
    } else if (each.type === 'burn') {
      moments.push({ at, rank: 6, name: `b${each.id}`, run: () => take(`b${each.id}`, each.points) });
      const back = restoredAt.get(each.id);
      if (back !== undefined)
        moments.push({
          at: back,
          rank: back > at ? 3 : 7,
          name: `b${each.id}`,
          run: () => restore(`b${each.id}`, back),
        });
    } else if (each.type === 'debit') {
      moments.push({ at, rank: 5, name: `a${each.id}`, run: () => take(`a${each.id}`, each.points) });
    } else if (each.type === 'refund' || each.type === 'cancel') {
      const name = each.type === 'refund' ? `r${each.id}${each.refund}` : `c${each.id}`;
      const when = Math.max(at, orders.get(each.id)?.at ?? at);
      moments.push({ at: when, rank: 4, name, run: () => takeBack(each.id, when, name) });
    }
  }
  moments.sort((a, b) => a.at - b.at || a.rank - b.rank || (a.name < b.name ? -1 : 1));
  for (const moment of moments) if (moment.at <= now) moment.run();
  const open: Record<string, number> = {};
  for (const { lot, place } of tokens) if (place === 'available') open[lot] = (open[lot] ?? 0) + 1;
  return {
    available: tokens.filter(({ place }) => place === 'available').length,
    pending: tokens.filter(({ place }) => place === 'pending').length,
    debt: owed.filter(({ repaid }) => !repaid).length,
    open,
  };
}
