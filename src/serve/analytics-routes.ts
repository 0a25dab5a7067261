import type { FastifyInstance } from 'fastify';
import type { AnalysisName, Questions } from '../analytics/analyses.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { type AnalysisDescription, analysis } from './analysis-description.ts';
import { analysisExamples } from './analytics-examples.ts';
import {
  currencyParameter,
  daysParameter,
  eventParameter,
  formatParameter,
  periodParameter,
  periodsParameter,
  stepsOf,
  stretchOf,
  stretchParameters,
  windowOf,
  zoneOf,
  zoneParameter,
} from './analytics-questions.ts';
import type { Analytics, AnalyticsDefaults } from './analytics-service.ts';
import { csvOf } from './csv.ts';
import { figureAnalyses } from './figure-analyses.ts';
import { describeRoute } from './openapi.ts';
import {
  choiceParameter,
  integerParameter,
  type Parameters,
  type ParameterValues,
  readParameters,
  textParameter,
  timeParameter,
} from './parameters.ts';

/** What history says of customers as a whole; people are who they are today, whenever they became one. */
export function registerAnalyticsRoutes(app: FastifyInstance, analytics: Analytics): void {
  const register = <Name extends AnalysisName, P extends Parameters>(
    described: AnalysisDescription<Name, P>,
  ): void => {
    const { name, summary, description, parameters, question } = described;
    const query = { ...parameters, format: formatParameter };
    const answers = { 200: { description: 'What was found.', example: analysisExamples[name] } };
    const schema = describeRoute({ tag: 'Analytics', summary, description, query, answers });
    app.get(`/v1/analytics/${name}`, { schema, config: { scope: 'read' } }, async (request, reply) => {
      const { format, ...values } = readParameters(query, request.query);
      // What is left are the values of the parameters of its own.
      const asked = question(values as ParameterValues<P>, analytics.defaults());
      const { answer, table } = await analytics.find(name, asked);
      if (format === 'table') return { columns: table.columns, rows: table.rows } satisfies JsonValue;
      if (format !== 'csv') return answer;
      await reply.type('text/csv; charset=utf-8').send(csvOf(table));
      return reply;
    });
  };
  register(rfm);
  register(funnel);
  register(retention);
  register(clv);
  register(campaigns);
  register(channels);
  register(basket);
  register(times);
  register(figureAnalyses.journey);
  register(figureAnalyses.zones);
  register(figureAnalyses.tried);
  register(figureAnalyses.demand);
  register(figureAnalyses.complaints);
  register(figureAnalyses.preferences);
  register(figureAnalyses.costs);
  register(figureAnalyses.returns);
}

const rfm = analysis({
  name: 'rfm',
  summary: 'Recency, frequency and monetary value in fifths',
  description:
    'All customers who have bought, by how lately, how often and for how much: scores from 1 to 5 by the boundaries of fifths at that ' +
    'moment, and the classic named groups. Returns count where their order does; staff, resellers and other kinds stay out.',
  parameters: {
    at: timeParameter({
      description: 'As of when, by the end of its day; now where absent.',
      example: '2026-11-01',
    }),
    currency: currencyParameter,
    zone: zoneParameter,
  },
  question({ at, currency, zone: asked }, defaults) {
    const zone = zoneOf(asked, defaults);
    const to = at ?? defaults.now;
    return { to, currency: currency ?? defaults.currency, zone, today: defaults.dayOf(to, zone) ?? 0 };
  },
});

const funnel = analysis({
  name: 'funnel',
  summary: 'How many people come how far',
  description:
    'Steps in their order, each at or after the one before, all within `window` of the first, over all channels and identifiers of a ' +
    'person. A step is an event type, with channels behind an @ if need be: `product_viewed@online,order_completed@offline` asks ' +
    'who looked online and bought in a store (`offline` are the channels of stores of the identity policy).',
  parameters: {
    ...stretchParameters,
    steps: textParameter({
      description:
        'Event types, divided by commas; channels behind an @, divided by |, or online, or offline.',
      charactersMax: limits.analyticsStepsCharactersMax,
      example: 'product_viewed,product_added,order_completed',
    }),
    window: textParameter({
      description: 'How long the whole way may take, such as 30m or 7d, which it is where absent.',
      charactersMax: 16,
      example: '7d',
    }),
    by: choiceParameter({ description: 'Also by the channel of the first step.', choices: ['channel'] }),
  },
  question: ({ from, to, steps, window, by }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    steps: stepsOf(steps, defaults),
    windowMs: windowOf(window),
    byChannel: by === 'channel',
    channelsMax: limits.analyticsSplitsMax,
  }),
});

const cohortParameters = {
  ...stretchParameters,
  period: periodParameter,
  periods: periodsParameter,
  zone: zoneParameter,
  currency: currencyParameter,
};

/** Of cohorts: who began in [from, to), and what they did before `to`. */
function cohortsAsked(
  { from, to, period = 'month', periods, zone, currency }: ParameterValues<typeof cohortParameters>,
  defaults: AnalyticsDefaults,
): Questions['clv'] {
  return {
    ...stretchOf({ from, to }, defaults),
    // One of the choices.
    period: period as Questions['clv']['period'],
    periodsMax: periods,
    zone: zoneOf(zone, defaults),
    currency: currency ?? defaults.currency,
  };
}

const retention = analysis({
  name: 'retention',
  summary: 'Who comes back: cohorts by the first time',
  description:
    'People by the period in which they did something for the first time ever, and how many did it again in each period after it. Of ' +
    'orders also how many bought a second time within 30, 60, 90, 180 and 365 days of the first.',
  parameters: { ...cohortParameters, event: eventParameter },
  question: ({ event, ...rest }, defaults) => ({
    ...cohortsAsked(rest, defaults),
    event: event ?? 'order_completed',
  }),
});

const clv = analysis({
  name: 'clv',
  summary: 'What customers have been worth, by cohort',
  description:
    'Customers by the period of their first order: orders and net merchandise of each period after it, and what a customer has been ' +
    'worth up to then. What was given back counts where its order does.',
  parameters: cohortParameters,
  question: cohortsAsked,
});

const campaigns = analysis({
  name: 'campaigns',
  summary: 'What messages bring',
  description:
    'A row for each trigger, and for each campaign that other systems report: sent, delivered, failed, opened, clicked, people, who of ' +
    'them ordered within `days` days, orders and revenue, and the lift over the trigger’s holdout with its 95 % interval (Newcombe).',
  parameters: {
    ...stretchParameters,
    days: daysParameter('How many days after the first message an order counts.', limits.backtestFollowDays),
    currency: currencyParameter,
  },
  question: ({ from, to, days, currency }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    days,
    currency: currency ?? defaults.currency,
    campaignsMax: limits.analyticsRowsMax,
  }),
});

const channels = analysis({
  name: 'channels',
  summary: 'Who looks where and buys where',
  description:
    'For each order the channels on which the same person showed interest in the `days` days before it. An order with interest on ' +
    'several channels is in the row of each; `none` had none. `researched_elsewhere` counts orders with interest on another channel.',
  parameters: {
    ...stretchParameters,
    days: daysParameter('How long before the order interest counts.', limits.analyticsResearchDays),
    currency: currencyParameter,
  },
  question: ({ from, to, days, currency }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    days,
    currency: currency ?? defaults.currency,
  }),
});

const basket = analysis({
  name: 'basket',
  summary: 'What is bought together',
  description:
    'Pairs of items in the same order with support, confidence (from `a`, the more frequent, to `b`) and lift. Goods only, each once ' +
    `per order; looked at are the ${limits.analyticsItemsMax} items that are in most orders, and the one that was asked for.`,
  parameters: {
    ...stretchParameters,
    item: textParameter({
      description: 'Only pairs with this item.',
      charactersMax: limits.analyticsItemCharactersMax,
      example: 'spu-1',
    }),
    min_orders: integerParameter({
      description: 'In how many orders a pair is at least.',
      minimum: 1,
      maximum: 1_000_000,
      fallback: limits.analyticsPairOrdersMin,
    }),
    sort: choiceParameter({
      description: 'By lift, which it is where absent, or orders.',
      choices: ['lift', 'orders'],
    }),
    limit: integerParameter({
      description: 'How many pairs.',
      minimum: 1,
      maximum: limits.analyticsRowsMax,
      fallback: limits.analyticsPairs,
    }),
  },
  question: ({ from, to, item, min_orders, sort, limit }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    ...(item === undefined ? {} : { item }),
    ordersMin: min_orders,
    itemsMax: limits.analyticsItemsMax,
    sort: sort === 'orders' ? 'orders' : 'lift',
    limit,
  }),
});

const times = analysis({
  name: 'times',
  summary: 'When it happens: weekday and hour',
  description: 'Events of a type by weekday (1 is Monday) and hour of a zone’s clock.',
  parameters: { ...stretchParameters, event: eventParameter, zone: zoneParameter },
  question: ({ from, to, event, zone }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    event: event ?? 'order_completed',
    zone: zoneOf(zone, defaults),
  }),
});
