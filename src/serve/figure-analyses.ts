import { limits } from '../limits.ts';
import { DAY_MS } from '../model/time.ts';
import { analysis } from './analysis-description.ts';
import {
  currencyParameter,
  daysParameter,
  periodParameter,
  stretchOf,
  stretchParameters,
  zoneOf,
  zoneParameter,
} from './analytics-questions.ts';
import type { AnalyticsDefaults } from './analytics-service.ts';
import { choiceParameter, integerParameter, textParameter } from './parameters.ts';

/** The figures that retailers steer by, as they are asked for. */
const storeParameter = textParameter({
  description: 'Only this store.',
  charactersMax: limits.analyticsItemCharactersMax,
  example: 'SH-001',
});

const itemParameter = textParameter({
  description: 'Only this item.',
  charactersMax: limits.analyticsItemCharactersMax,
  example: 'spu-1',
});

const rowsParameter = integerParameter({
  description: 'How many rows at most.',
  minimum: 1,
  maximum: limits.analyticsFigureRowsMax,
  fallback: limits.analyticsRowsMax,
});

/** Left out where nothing was asked for. */
function only<Name extends string>(name: Name, value: string | undefined): { readonly [K in Name]?: string } {
  // The only key is the name, which the computed type of an object literal forgets.
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: string };
}

export const journey = analysis({
  name: 'journey',
  summary: 'How far people have come: aware, interested, bought, bought again, recommends',
  description:
    'By the period in which a stage began: who entered it, who went on and after how many days, and who was lost, having been in it for ' +
    '`days` days and longer. `at_end` is everybody who is in the stage at `to`, whenever it began. Which events begin a stage ' +
    'stands in docs/analytics.md.',
  parameters: {
    ...stretchParameters,
    period: periodParameter,
    zone: zoneParameter,
    days: daysParameter('Without going on for so many days somebody is lost.', limits.analyticsLossDays),
  },
  question: ({ from, to, period = 'month', zone, days }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    // One of the choices.
    period: period as 'day' | 'week' | 'month',
    zone: zoneOf(zone, defaults),
    currency: defaults.currency,
    lossDays: days,
    rowsMax: limits.analyticsFigureRowsMax,
  }),
});

export const zones = analysis({
  name: 'zones',
  summary: 'What the parts of a store do',
  description:
    'Stays and seconds by store and zone, and of known visitors, by person and day, who tried something or bought in the same store on ' +
    'the same day.',
  parameters: { ...stretchParameters, store: storeParameter, zone: zoneParameter, limit: rowsParameter },
  question: ({ from, to, store, zone, limit }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    ...only('store', store),
    zone: zoneOf(zone, defaults),
    rowsMax: limit,
  }),
});

export const tried = analysis({
  name: 'tried',
  summary: 'What is tried and not bought',
  description:
    'Tries by store, style and size: bought (the same variant, within `days` days, or the outcome says so), bought in another variant, ' +
    'or not bought. Tries of nobody known are counted apart.',
  parameters: {
    ...stretchParameters,
    days: daysParameter('How many days after the try an order counts.', limits.backtestFollowDays),
    store: storeParameter,
    item: itemParameter,
    limit: rowsParameter,
  },
  question: ({ from, to, days, store, item, limit }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    ...only('store', store),
    ...only('item', item),
    days,
    rowsMax: limit,
  }),
});

export const demand = analysis({
  name: 'demand',
  summary: 'What is asked for where',
  description:
    'Views, tries, carts, orders and units by item (or variant) and store, how often its stock was asked for, and how often it was not ' +
    'there: for systems that order and move goods. What has no store, such as views on the web, has an empty one.',
  parameters: {
    ...stretchParameters,
    by: choiceParameter({
      description: 'item, which it is where absent, or variant.',
      choices: ['item', 'variant'],
    }),
    store: storeParameter,
    item: itemParameter,
    limit: rowsParameter,
  },
  question: ({ from, to, by, store, item, limit }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    ...only('store', store),
    ...only('item', item),
    by: by === 'variant' ? 'variant' : 'item',
    rowsMax: limit,
  }),
});

export const complaints = analysis({
  name: 'complaints',
  summary: 'What customers complain about',
  description:
    'Complaints opened in the time, by theme and item, against the orders of it, and how long they took to resolve. `compliance` are those ' +
    'about privacy and unwanted contact, against the people whom messages reached.',
  parameters: { ...stretchParameters, limit: rowsParameter },
  question: ({ from, to, limit }, defaults) => ({ ...stretchOf({ from, to }, defaults), rowsMax: limit }),
});

export const preferences = analysis({
  name: 'preferences',
  summary: 'Who buys what they said they like',
  description:
    'People who answered surveys with the name of something, and who of them ordered something of that name within `days` days: by source, ' +
    'survey and question. Answers whose days are not over wait. There is an alarm under the goal of the target in force.',
  parameters: {
    ...stretchParameters,
    days: daysParameter('How many days after the answer an order counts.', limits.preferenceDays),
    questions: textParameter({
      description: 'Only these questions, divided by commas.',
      charactersMax: limits.analyticsStepsCharactersMax,
      example: 'favorite_color,style',
    }),
    limit: rowsParameter,
  },
  question: ({ from, to, days, questions, limit }, defaults) => ({
    ...stretchOf({ from, to }, defaults),
    ...(questions === undefined ? {} : { questions: questions.split(',').map((each) => each.trim()) }),
    days,
    asOf: defaults.now,
    goal: defaults.figures.preference_conversion,
    answersMin: defaults.figures.answers,
    rowsMax: limit,
  }),
});

/** Days of the zone of the messaging definition that a stretch touches. */
function daysOf(
  from: number,
  to: number,
  { zone, dayOf }: AnalyticsDefaults,
): { firstDay: string; lastDay: string } {
  const text = (at: number): string => new Date((dayOf(at, zone) ?? 0) * DAY_MS).toISOString().slice(0, 10);
  return { firstDay: text(from), lastDay: text(to - 1) };
}

export const costs = analysis({
  name: 'costs',
  summary: 'What messages cost',
  description:
    'Costs as they were told last, by trigger or campaign and day; days go by the clock of the messaging definition.',
  parameters: { ...stretchParameters, limit: rowsParameter },
  question: (given, defaults) => {
    const { from, to } = stretchOf(given, defaults);
    return { from, to, ...daysOf(from, to, defaults), rowsMax: given.limit };
  },
});

export const returns = analysis({
  name: 'returns',
  summary: 'What campaigns return for what they cost',
  description:
    'Costs beside what a trigger or campaign brought: the gross ratio (revenue ÷ cost), and where there is a holdout the return ' +
    '(lift margin ÷ cost, so that 1 : 3 is 3) with the interval of the lift, and the return on investment ((lift margin − cost) ÷ cost).',
  parameters: {
    ...stretchParameters,
    days: daysParameter('How many days after the first message an order counts.', limits.backtestFollowDays),
    currency: currencyParameter,
    margin: textParameter({
      description:
        'What is left of net revenue once goods are paid for, from 0 to 1; that of the definition of quality where absent.',
      charactersMax: 8,
      pattern: /^(0(\.\d{1,6})?|1(\.0{1,6})?)$/,
      example: '0.4',
    }),
  },
  question: ({ from, to, days, currency, margin }, defaults) => {
    const stretch = stretchOf({ from, to }, defaults);
    return {
      ...stretch,
      ...daysOf(stretch.from, stretch.to, defaults),
      days,
      currency: currency ?? defaults.currency,
      campaignsMax: limits.analyticsRowsMax,
      marginRate: margin === undefined ? (defaults.figures.margin_rate ?? null) : Number(margin),
    };
  },
});

export const figureAnalyses = { costs, returns, journey, zones, tried, demand, complaints, preferences };
