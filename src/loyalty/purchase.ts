import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { hash53 } from '../model/hash.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { LedgerFact, LedgerLine, Rounding } from '../model/loyalty.ts';
import { type CompiledBonus, type CompiledProgram, PER_MULTIPLE } from './program.ts';

/**
 * Points of an order, in millionths per line and rounded once per order. The lines whose rate differs from the order's
 * are kept, so that a return takes back what its own lines earned; everything else is pro rata.
 *
 *   millionths of a line = ⌊amount × points × multiplier / per × (spend − paid in points) / spend⌋
 */
export const MICRO = 1_000_000;

interface PurchaseReading {
  readonly earned: Pick<LedgerFact, 'points' | 'micro' | 'spend' | 'lines'>;
  readonly returned: Pick<LedgerFact, 'spend' | 'lines'>;
}

export function readPurchase(program: CompiledProgram, event: Event): PurchaseReading {
  const spend = Math.abs(event.order?.spend ?? spendOf(event.properties));
  const lines = goodsOf(event.properties.products);
  const paidInPoints = Math.min(spend, tenderedPoints(event.properties.tenders));
  const rate: Rate = { program, spend, counted: spend - paidInPoints };
  const bonuses = program.bonuses.filter((bonus) => bonus.fitsEvent(event));
  const whole = bestOf(bonuses.filter(({ byLine }) => !byLine));
  const special = new Map<number, LedgerLine>();
  let rest = spend;
  let micro = 0;
  for (const line of lines) {
    const multiply = Math.max(whole, bestOf(bonuses.filter((each) => each.byLine && each.fitsLine(line))));
    const known = special.get(line.hash);
    if (multiply === whole || line.amount > rest || (!known && special.size >= limits.ledgerLinesMax))
      continue;
    const earned = microOf(line.amount, multiply, rate);
    special.set(line.hash, [line.hash, (known?.[1] ?? 0) + line.amount, (known?.[2] ?? 0) + earned]);
    rest -= line.amount;
    micro += earned;
  }
  micro = Math.min(micro + microOf(rest, whole, rate), limits.ledgerPointsPerOrderMax * MICRO);
  const { rounding = 'down' } = program.definition.earn.purchase ?? {};
  return {
    earned: { points: roundPoints(micro, rounding), micro, spend, lines: sorted(special.values()) },
    returned: { spend, lines: sorted(amountsByItem(lines)) },
  };
}

interface Rate {
  readonly program: CompiledProgram;
  readonly spend: number;
  /** What of the spend was not paid in points. */
  readonly counted: number;
}

/** Thousandths of a point times thousandths of a multiple are millionths. */
function microOf(amount: number, multiply: number, { program, spend, counted }: Rate): number {
  if (amount <= 0 || spend === 0) return 0;
  const { milli, perMinor } = program.rate;
  const exact =
    (BigInt(amount) * BigInt(milli) * BigInt(multiply) * BigInt(counted)) /
    (BigInt(perMinor) * BigInt(spend));
  return Math.min(Number(exact), limits.ledgerPointsPerOrderMax * MICRO);
}

export function roundPoints(micro: number, rounding: Rounding): number {
  switch (rounding) {
    case 'down':
      return Math.floor(micro / MICRO);
    case 'nearest':
      return Math.floor((micro + MICRO / 2) / MICRO);
    case 'up':
      return Math.ceil(micro / MICRO);
  }
}

/** The largest multiplier; one where there is none. */
function bestOf(bonuses: readonly CompiledBonus[]): number {
  return bonuses.reduce((best, { multiply }) => Math.max(best, multiply), PER_MULTIPLE);
}

interface Goods {
  readonly hash: number;
  readonly item: string;
  readonly category: string;
  readonly brand: string;
  readonly amount: number;
}

function goodsOf(products: JsonValue | undefined): readonly Goods[] {
  if (!Array.isArray(products)) return [];
  const lines: readonly JsonValue[] = products;
  return lines.filter(isJsonObject).flatMap((line) => {
    const { item_id, category, brand, amount, kind = 'goods' } = line;
    if (kind !== 'goods' || typeof amount !== 'number' || amount <= 0 || !Number.isInteger(amount)) return [];
    const item = textOf(item_id);
    return [{ hash: hash53(item), item, category: textOf(category), brand: textOf(brand), amount }];
  });
}

function amountsByItem(lines: readonly Goods[]): readonly LedgerLine[] {
  const amounts = new Map<number, number>();
  for (const { hash, amount } of lines) {
    if (amounts.has(hash) || amounts.size < limits.ledgerLinesMax)
      amounts.set(hash, (amounts.get(hash) ?? 0) + amount);
  }
  return [...amounts].map(([hash, amount]) => [hash, amount, 0]);
}

function sorted(lines: Iterable<LedgerLine>): readonly LedgerLine[] {
  return [...lines].sort(([a], [b]) => a - b);
}

function tenderedPoints(tenders: JsonValue | undefined): number {
  if (!Array.isArray(tenders)) return 0;
  const list: readonly JsonValue[] = tenders;
  return list
    .filter((tender): tender is JsonObject => isJsonObject(tender) && tender.method === 'points')
    .reduce((sum, { amount }) => sum + (typeof amount === 'number' && amount > 0 ? amount : 0), 0);
}

/** Merchandise on a claimed receipt, which is no order event of its own. */
function spendOf(properties: JsonObject): number {
  const { subtotal, revenue, total } = properties;
  const found = [subtotal, revenue, total].find((value) => typeof value === 'number');
  return typeof found === 'number' ? found : 0;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/**
 * What is left of an order's points after these returns, each given once. A return of everything leaves nothing,
 * whichever way points are rounded.
 */
export function retainedPoints(
  earned: Pick<LedgerFact, 'points' | 'micro' | 'spend' | 'lines' | 'rounding'>,
  returns: readonly Pick<LedgerFact, 'spend' | 'lines'>[],
): number {
  const back = sumOf(returns);
  if (back === 0) return earned.points;
  if (back >= earned.spend) return 0;
  const byItem = new Map<number, number>();
  for (const { lines } of returns)
    for (const [item, amount] of lines) byItem.set(item, (byItem.get(item) ?? 0) + amount);
  const itemized = sumOf(returns.filter(({ lines }) => lines.length > 0));
  let [taken, rest, restAmount, restMicro] = [0, itemized, earned.spend, earned.micro];
  for (const [item, amount, micro] of earned.lines) {
    const returned = Math.min(amount, byItem.get(item) ?? 0, rest);
    taken += share(micro, returned, amount);
    rest -= returned;
    restAmount -= amount;
    restMicro -= micro;
  }
  const ordinary = Math.min(rest, restAmount);
  taken += share(restMicro, ordinary, restAmount);
  // What names no lines, or more than there were, is pro rata over all that is left.
  const open = back - itemized + rest - ordinary;
  taken += share(earned.micro - taken, open, earned.spend - back + open);
  return Math.min(earned.points, roundPoints(Math.max(0, earned.micro - taken), earned.rounding));
}

function sumOf(returns: readonly Pick<LedgerFact, 'spend'>[]): number {
  return returns.reduce((sum, { spend }) => sum + spend, 0);
}

/** ⌊whole × part / of⌋ */
function share(whole: number, part: number, of: number): number {
  return part <= 0 || of <= 0 ? 0 : Number((BigInt(whole) * BigInt(part)) / BigInt(of));
}
