import type { JsonObject } from '../model/json.ts';
import { decimalsOfCurrency, formatMinor } from '../model/money.ts';
import { type Ask, type Finding, tableOf } from './analysis.ts';
import { type CampaignsQuestion, campaigns } from './campaigns.ts';
import { costsOfDays } from './costs.ts';
import { quoted } from './sql-pieces.ts';

/*
 * What campaigns return for what they cost. What they caused is the lift of the order rate over the holdout, for all whom they
 * reached, at the net revenue of one who ordered:
 *
 *   lift revenue   lift × people × revenue ÷ ordered
 *   lift margin    lift revenue × margin rate
 *   return         lift margin ÷ cost ("1 : 3" is 3)
 *   roi            (lift margin − cost) ÷ cost
 *   gross ratio    revenue ÷ cost, whoever would have bought anyway among it
 *
 * The interval of the return is that of the lift: what one order is worth is taken as it was. Costs in other currencies are told, and count nowhere.
 */
export interface ReturnsQuestion extends CampaignsQuestion {
  /** The first and the last day of the costs, such as 2026-11-01. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** What is left of net revenue once goods are paid for; null where nobody has said so. */
  readonly marginRate: number | null;
}

const COLUMNS = [
  'kind',
  'campaign',
  'cost',
  'people',
  'ordered',
  'revenue',
  'gross_ratio',
  'lift',
  'lift_revenue',
  'lift_margin',
  'return',
  'return_low',
  'return_high',
  'roi',
  'foreign_costs',
] as const;

export async function returns(question: ReturnsQuestion, ask: Ask): Promise<Finding> {
  const { from, to, days, currency, marginRate } = question;
  const reached = rowsOf((await campaigns(question, ask)).answer.campaigns);
  const spent = new Map((await ask(costsSql(question))).map((row) => [keyOf(row.kind, row.name), row]));
  const known = new Set(reached.map((row) => keyOf(row.kind, row.campaign)));
  // Whatever cost something belongs here, also where nobody was reached.
  const others = [...spent.values()]
    .filter((row) => !known.has(keyOf(row.kind, row.name)))
    .map(({ kind, name }) => silent(String(kind), String(name), currency));
  const rows = [...reached, ...others].map((row) =>
    returnOf(row, spent.get(keyOf(row.kind, row.campaign)), question),
  );
  const answer: JsonObject = {
    ...{ from, to, days, currency, margin_rate: marginRate },
    ...totalOf(rows, currency),
    campaigns: rows,
  };
  return { answer, table: tableOf(COLUMNS, rows) };
}

/** Made by the analysis of campaigns. */
function rowsOf(value: unknown): readonly JsonObject[] {
  return value as readonly JsonObject[];
}

function keyOf(kind: unknown, name: unknown): string {
  return `${String(kind)} ${String(name)}`;
}

function silent(kind: string, campaign: string, currency: string): JsonObject {
  return { kind, campaign, people: 0, ordered: 0, revenue: formatMinor(0, currency), lift: null };
}

function costsSql({ firstDay, lastDay, currency }: ReturnsQuestion): string {
  const own = `currency = ${quoted(currency)}`;
  return (
    `SELECT kind, name, sumIf(amount, ${own}) AS cost, countIf(NOT (${own})) AS foreign_costs ` +
    `FROM ${costsOfDays({ firstDay, lastDay })} GROUP BY kind, name ORDER BY cost DESC, kind, name`
  );
}

function returnOf(row: JsonObject, spent: JsonObject | undefined, question: ReturnsQuestion): JsonObject {
  const { currency, marginRate } = question;
  const units = 10 ** (decimalsOfCurrency(currency) ?? 0);
  const cost = Number(spent?.cost ?? 0);
  const revenue = Number(row.revenue) * units;
  const [people, ordered] = [Number(row.people), Number(row.ordered)];
  /** Minor units, of one end of the interval or the middle. */
  const revenueAt = (lift: unknown): number | null =>
    typeof lift !== 'number' || ordered === 0 ? null : lift * people * (revenue / ordered);
  const marginAt = (lift: unknown): number | null => {
    const lifted = revenueAt(lift);
    return lifted === null || marginRate === null ? null : lifted * marginRate;
  };
  const margin = marginAt(row.lift);
  const perCost = (minor: number | null): number | null =>
    minor === null || cost === 0 ? null : Math.round((minor / cost) * 1e6) / 1e6;
  const money = (minor: number | null): string | null =>
    minor === null ? null : formatMinor(Math.round(minor), currency);
  return {
    kind: String(row.kind),
    campaign: String(row.campaign),
    cost: formatMinor(cost, currency),
    people,
    ordered,
    revenue: String(row.revenue),
    gross_ratio: perCost(revenue),
    lift: row.lift ?? null,
    lift_revenue: money(revenueAt(row.lift)),
    lift_margin: money(margin),
    return: perCost(margin),
    return_low: perCost(marginAt(row.lift_low)),
    return_high: perCost(marginAt(row.lift_high)),
    roi: perCost(margin === null ? null : margin - cost),
    foreign_costs: Number(spent?.foreign_costs ?? 0),
  };
}

/** Over campaigns that cost something; the return over those of them whose lift is known. */
function totalOf(rows: readonly JsonObject[], currency: string): JsonObject {
  const sum = (among: readonly JsonObject[], name: string): number =>
    among.reduce((total, row) => total + Number(row[name]), 0);
  const paid = rows.filter(({ cost }) => Number(cost) > 0);
  const judged = paid.filter(({ lift_margin }) => lift_margin !== null);
  const units = 10 ** (decimalsOfCurrency(currency) ?? 0);
  const ratio = (part: number, whole: number): number | null =>
    whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6;
  return {
    cost: formatMinor(Math.round(sum(paid, 'cost') * units), currency),
    gross_ratio: ratio(sum(paid, 'revenue'), sum(paid, 'cost')),
    return: ratio(sum(judged, 'lift_margin'), sum(judged, 'cost')),
    judged_people: sum(judged, 'people'),
  };
}
