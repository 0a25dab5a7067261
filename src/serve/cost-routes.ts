import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Cost } from '../model/cost.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { Costs } from './cost-service.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { bodyBytes } from './server.ts';

const FIELDS: readonly string[] = ['trigger', 'campaign', 'day', 'amount', 'currency'];
const NAME = /^[^\p{Cc}]{1,200}$/u;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const AMOUNT = /^(\d{1,13})(?:\.(\d{1,6}))?$/;

/** What was spent on triggers and campaigns, from whoever keeps the books of it. */
export function registerCostRoutes(
  app: FastifyInstance,
  costs: Costs,
  reportingCurrency: () => string,
): void {
  const schema = describeRoute({
    tag: 'Analytics',
    summary: 'Say what messages cost',
    description:
      'Each row is what was spent on one day on a `trigger` of this engine or on a `campaign` of another system, as it calls itself in ' +
      'its messages. A row replaces what was told of that day before; 0 takes it back. Up to ' +
      `${limits.costRowsMax.toLocaleString('en')} rows; all of them are taken, or none. Reports show them once history has them.`,
    body: [
      {
        type: 'application/json',
        example: {
          costs: [
            { trigger: 'cart_reminder', day: '2026-11-11', amount: '1200.00', currency: 'CNY' },
            { campaign: 'spring-sms', day: '2026-11-11', amount: '380.50' },
          ],
        },
      },
    ],
    answers: {
      200: { description: 'How many rows were taken.', example: { taken: 2 } },
      400: { description: 'A row does not fit: `invalid_parameter`, with its place.' },
    },
  });
  app.put('/v1/analytics/costs', { schema, config: { scope: 'define' } }, async (request) => {
    readParameters({}, request.query);
    const rows = readCosts(readJsonObject(bodyBytes(request)), reportingCurrency());
    return await costs.put(rows, authorOf(request));
  });
}

/** The rows of a body. Fails with `invalid_parameter` and the place. */
export function readCosts(body: JsonObject, reportingCurrency: string): readonly Cost[] {
  refuseUnknownFields(body, ['costs']);
  const { costs } = body;
  if (!Array.isArray(costs)) throw invalidField('costs', 'must be a list');
  if (costs.length > limits.costRowsMax)
    throw new TesseraError('batch_too_large', `At most ${limits.costRowsMax} rows at once.`);
  const read = costs.map((row: JsonValue, i) => readCost(row, `costs/${i}`, reportingCurrency));
  const seen = new Set<string>();
  for (const [i, { kind, name, day, currency }] of read.entries()) {
    const key = JSON.stringify([kind, name, day, currency]);
    if (seen.has(key)) throw invalidField(`costs/${i}`, 'says something of a day that another row speaks of');
    seen.add(key);
  }
  return read;
}

function readCost(row: JsonValue, path: string, reportingCurrency: string): Cost {
  if (!isJsonObject(row)) throw invalidField(path, 'must be an object');
  const unknown = Object.keys(row).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined)
    throw invalidField(`${path}/${unknown.replace(/[^\w.-]/g, '?').slice(0, 64)}`, 'is not known here');
  const { trigger, campaign, day, amount, currency = reportingCurrency } = row;
  if ((trigger === undefined) === (campaign === undefined))
    throw invalidField(path, 'must name a trigger or a campaign');
  const kind = trigger === undefined ? 'campaign' : 'trigger';
  const name = trigger ?? campaign;
  if (typeof name !== 'string' || !NAME.test(name))
    throw invalidField(`${path}/${kind}`, 'must be a text of 1 to 200 characters');
  if (typeof day !== 'string' || !isDay(day))
    throw invalidField(`${path}/day`, 'must be a day such as 2026-11-11');
  const decimals = typeof currency === 'string' ? decimalsOfCurrency(currency) : undefined;
  if (typeof currency !== 'string' || decimals === undefined)
    throw invalidField(`${path}/currency`, 'must be a code of ISO 4217 such as CNY');
  const minor = minorOf(amount, decimals);
  if (minor === undefined)
    throw invalidField(
      `${path}/amount`,
      `must be a decimal text such as 1200.00, with ${decimals} decimals at most`,
    );
  return { kind, name, day, amount: minor, currency };
}

function isDay(text: string): boolean {
  const at = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const since = Date.UTC(limits.costYearMin, 0, 1);
  return at >= since && new Date(at).toISOString().slice(0, 10) === text;
}

/** Minor units; undefined of what is no amount, or finer than the currency. */
function minorOf(amount: JsonValue | undefined, decimals: number): number | undefined {
  const text = typeof amount === 'number' ? String(amount) : amount;
  const [, whole, fraction = ''] = typeof text === 'string' ? (AMOUNT.exec(text) ?? []) : [];
  const kept = fraction.replace(/0+$/, '');
  if (whole === undefined || kept.length > decimals) return undefined;
  const minor = Number(`${whole}${kept.padEnd(decimals, '0')}`);
  return Number.isSafeInteger(minor) ? minor : undefined;
}
