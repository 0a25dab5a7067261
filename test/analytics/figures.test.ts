import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import type { AnalysisName, Questions } from '../../src/analytics/analyses.ts';
import { AWARE, INTERESTED, RECOMMENDS } from '../../src/analytics/journey.ts';
import { createAnalyticsDesk } from '../../src/desks/analytics-desk.ts';
import { readHistoryRows } from '../../src/desks/past-events.ts';
import { createCostDesk } from '../../src/desks/steering/cost-desk.ts';
import type { Cost } from '../../src/model/cost.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import type { Analytics } from '../../src/serve/analytics-service.ts';
import { monthOf } from '../oracle/naive-analytics.ts';
import {
  naiveCases,
  naiveDemand,
  naiveJourney,
  naivePreferences,
  naiveTries,
  naiveVisits,
  quantile,
  standingOrders,
  type ToldFact,
} from '../oracle/naive-figures.ts';
import { createRandom } from '../simulation/random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../support/engine-with-history.ts';
import { retailPack } from '../support/fused-engine.ts';
import { DAY, DAYS, START, tellWorld } from './figures-world.ts';
import { byName, dayText, hundredths, money, rounded, rowsIn } from './read-figures.ts';

const SEEDS = [1, 2, 3, 7, Math.floor(Math.random() * 1e6)];
const stretch = { from: START + 25 * DAY, to: START + 100 * DAY };
const rowsMax = 100_000;

/** Reaches some of those who have a favorite, and holds others out. */
const nudge: TriggerDefinition = {
  ...{ name: 'nudge', purpose: 'service', on: { event: 'product_favorited' } },
  ...{ limit: { holdout: 0.4 }, action: { channel: 'sms' } },
};

/** How much of each kind all worlds together had: one of them, drawn anew each time, may have nothing of one. */
const coverage = new Map<string, number>();
function cover(kind: string, count: number): void {
  coverage.set(kind, (coverage.get(kind) ?? 0) + count);
}

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

describe.each(SEEDS)('figures of the world of seed %i are those of another account', (seed) => {
  let engine: EngineWithHistory;
  let analytics: Analytics;
  let told: readonly ToldFact[];

  beforeAll(async () => {
    const pack = {
      ...{ identity: retailPack.identity, features: [], segments: [], loyalty: null, triggers: [nudge] },
    };
    engine = await place.open(`figures_${seed}`, { pack, clock: createManualClock(START) });
    told = await tellWorld(engine, seed);
    for (const type of [
      'order_cancelled',
      'order_refunded',
      'product_tried',
      'ticket_closed',
      'issue_resolved',
    ])
      cover(type, told.filter((each) => each.type === type).length);
    cover('orders told twice', told.filter(({ copy }) => copy).length);
    analytics = createAnalyticsDesk({ ...engine, strangers: async () => [] });
  }, 120_000);
  afterAll(() => engine.stop());

  async function answerOf<Name extends AnalysisName>(
    name: Name,
    question: Questions[Name],
  ): Promise<JsonObject> {
    return (await analytics.find(name, question)).answer;
  }

  it('journey: entries, dwell and loss by month, and where everybody is in the end', async () => {
    const lossDays = 20;
    const answer = await answerOf('journey', {
      ...{ ...stretch, period: 'month', zone: 'UTC', currency: 'CNY', lossDays, rowsMax },
    });
    const stays = naiveJourney(told, {
      ...stretch,
      aware: AWARE,
      interested: INTERESTED,
      recommends: RECOMMENDS,
    });
    const isLost = ({ stage, at, next }: (typeof stays)[number]): boolean =>
      next === undefined && stage < 4 && at + lossDays * DAY <= stretch.to;
    const countsOf = (own: typeof stays): JsonObject => {
      const went = own.filter(({ next }) => next !== undefined);
      const dwell = went.map(({ at, next = 0 }) => next - at);
      const lost = own.filter(isLost).length;
      return {
        ...{ entered: own.length, went_on: went.length, lost, waiting: own.length - went.length - lost },
        loss_rate: own.length === 0 ? null : rounded(lost / own.length),
        ...{
          dwell_days_median: hundredths(quantile(dwell, 0.5), DAY),
          dwell_days_p90: hundredths(quantile(dwell, 0.9), DAY),
        },
      };
    };
    const entered = stays.filter(({ at }) => at >= stretch.from);
    const names = ['aware', 'interested', 'bought', 'bought_again', 'recommends'];
    expect(answer.stages).toEqual(
      names.map((stage, i) => ({
        stage,
        ...countsOf(entered.filter((each) => each.stage === i)),
        at_end: stays.filter((each) => each.stage === i && each.next === undefined).length,
        at_end_lost: stays.filter((each) => each.stage === i && isLost(each)).length,
      })),
    );
    const months = [...new Set(entered.map(({ at }) => monthOf(at)))].sort((a, b) => a - b);
    const periods = months.flatMap((month) =>
      names.flatMap((stage, i) => {
        const own = entered.filter((each) => each.stage === i && monthOf(each.at) === month);
        const period = new Date(Date.UTC(Math.floor(month / 12), month % 12, 1)).toISOString().slice(0, 10);
        return own.length === 0 ? [] : [{ period, stage, ...countsOf(own) }];
      }),
    );
    expect(answer.periods).toEqual(periods);
    for (const [i, name] of names.entries())
      cover(`stays in stage ${name}`, stays.filter(({ stage }) => stage === i).length);
  });

  it('zones: stays, visitors, and who tried and bought the same day', async () => {
    const answer = await answerOf('zones', { ...stretch, zone: 'Asia/Shanghai', rowsMax });
    const dayOf = (at: number): number => Math.floor((at + 8 * 3_600_000) / DAY);
    const visits = naiveVisits(told, { ...stretch, dayOf });
    const rows = rowsIn(answer.zones);
    const stays = told.filter(
      ({ type, time }) => type === 'zone_dwelled' && time >= stretch.from && time < stretch.to,
    );
    const keys = new Set(stays.map(({ store, properties }) => `${store} ${String(properties.zone)}`));
    expect(new Set(rows.map(({ store, zone }) => `${String(store)} ${String(zone)}`))).toEqual(keys);
    for (const row of rows) {
      const key = `${String(row.store)} ${String(row.zone)}`;
      const own = visits.filter((each) => each.key === key);
      const times = stays.filter(({ store, properties }) => `${store} ${String(properties.zone)}` === key);
      const seconds = times.map(({ properties }) => Number(properties.seconds));
      expect(row).toMatchObject({
        stays: times.length,
        anonymous: times.filter(({ person }) => person === '').length,
        seconds: seconds.reduce((sum, each) => sum + each, 0),
        seconds_median: quantile(seconds, 0.5),
        visitors: new Set(own.map(({ person }) => person)).size,
        visitor_days: own.length,
        tried: own.filter((each) => each.tried).length,
        bought: own.filter((each) => each.bought).length,
      });
    }
    const one = await answerOf('zones', { ...stretch, zone: 'Asia/Shanghai', rowsMax, store: 'S1' });
    expect(rowsIn(one.zones)).toEqual(rows.filter(({ store }) => store === 'S1'));
  });

  it('tried: what was tried and not bought, by store, style and size', async () => {
    const tries = naiveTries(told, { ...stretch, days: 30 });
    const answer = await answerOf('tried', { ...stretch, days: 30, rowsMax });
    const wanted = new Map<string, JsonObject>();
    for (const key of new Set(tries.map((each) => each.key))) {
      const own = tries.filter((each) => each.key === key);
      const of = (fate: string): number => own.filter((each) => each.fate === fate).length;
      wanted.set(key, {
        tries: own.length - of('nobody'),
        people: new Set(own.filter(({ person }) => person !== '').map(({ person }) => person)).size,
        ...{
          bought: of('bought'),
          bought_other: of('other'),
          not_bought: of('none'),
          anonymous: of('nobody'),
        },
      });
    }
    const found = new Map(
      rowsIn(answer.tried).map(({ store, item, size, not_bought_rate: _rate, ...counts }) => [
        `${String(store)} ${String(item)} ${String(size)}`,
        counts,
      ]),
    );
    expect(found).toEqual(wanted);
    for (const fate of ['bought', 'other', 'none', 'nobody'])
      cover(`tries of fate ${fate}`, tries.filter((each) => each.fate === fate).length);
  });

  it('demand: by item or variant, and store', async () => {
    const byItem = await answerOf('demand', { ...stretch, by: 'item', rowsMax });
    const items = rowsIn(byItem.demand).map(({ item, store, ...counts }) => [
      `${String(item)}|${String(store)}`,
      counts,
    ]);
    expect(Object.fromEntries(items)).toEqual(naiveDemand(told, { ...stretch, variants: false }));
    const byVariant = await answerOf('demand', { ...stretch, by: 'variant', rowsMax });
    const variants = rowsIn(byVariant.demand).map(({ item, variant, store, ...counts }) => [
      `${String(item)}|${String(variant)}|${String(store)}`,
      counts,
    ]);
    expect(Object.fromEntries(variants)).toEqual(naiveDemand(told, { ...stretch, variants: true }));
  });

  it('complaints: by theme and item, and those about contact and privacy', async () => {
    const answer = await answerOf('complaints', { ...stretch, rowsMax });
    const cases = naiveCases(told, stretch);
    const bad = cases.filter(({ complaint }) => complaint);
    const orders = standingOrders(told, stretch);
    cover('orders', orders.length);
    cover('orders of nobody', orders.filter(({ person }) => person === '').length);
    const countsOf = (own: typeof bad, all: number): JsonObject => {
      const took = own.flatMap(({ opened, closed }) =>
        closed === undefined ? [] : [Math.max(closed - opened, 0)],
      );
      return {
        ...{ complaints: own.length, orders: all, resolved: took.length },
        rate: all === 0 ? null : rounded(own.length / all),
        hours_median: hundredths(quantile(took, 0.5), 3_600_000),
        hours_p90: hundredths(quantile(took, 0.9), 3_600_000),
      };
    };
    expect(answer).toMatchObject({ tickets: cases.length, ...countsOf(bad, orders.length) });
    expect(answer.open).toBe(bad.filter(({ closed }) => closed === undefined).length);
    const themes = [...new Set(bad.map(({ theme }) => theme))];
    expect(byName(rowsIn(answer.themes), ['theme'])).toEqual(
      new Map(
        themes.map((theme) => [
          theme,
          countsOf(
            bad.filter((each) => each.theme === theme),
            orders.length,
          ),
        ]),
      ),
    );
    const keys = [...new Set(bad.map(({ theme, item }) => `${theme} ${item}`))];
    expect(byName(rowsIn(answer.items), ['theme', 'item'])).toEqual(
      new Map(
        keys.map((key) => {
          const own = bad.filter(({ theme, item }) => `${theme} ${item}` === key);
          const [{ item } = { item: '' }] = own;
          const bought = orders.filter(
            ({ lines }) => item === '' || lines.some((line) => line.item === item),
          );
          return [key, countsOf(own, bought.length)];
        }),
      ),
    );
    const about = bad.filter(({ theme }) => theme === 'privacy' || theme === 'unwanted_contact');
    const fired = await readHistoryRows(
      engine.history,
      `SELECT event_id FROM decisions WHERE decision = 'fired' AND trigger = 'nudge'`,
    );
    const causes = new Set(fired.map(({ event_id }) => event_id));
    const reached = told.filter(
      ({ id, type, time, person }) =>
        time >= stretch.from &&
        time < stretch.to &&
        person !== '' &&
        (type === 'message_sent' || causes.has(id)),
    );
    const people = new Set(reached.map(({ person }) => person)).size;
    const rate = people === 0 ? null : rounded(about.length / people);
    expect(answer.compliance).toEqual({ complaints: about.length, people_contacted: people, rate });
    cover('complaints about contact', about.length);
    cover('messages of the trigger', causes.size);
  });

  it('preferences: who buys what they said they like', async () => {
    const asOf = START + DAYS * DAY;
    const question = { ...stretch, days: 30, asOf, goal: 0.9, answersMin: 1, rowsMax };
    const answer = await answerOf('preferences', question);
    const by = { days: 30, asOf, ...stretch };
    const [all] = Object.values(naivePreferences(told, { ...by, by: () => '' }));
    expect(answer).toMatchObject(all ?? {});
    expect(answer.alarm).toBe((all?.bought ?? 0) < 0.9 * (all?.answerers ?? 0));
    cover('bought what they said', all?.bought ?? 0);
    const sources = naivePreferences(told, { ...by, by: ({ source }) => source });
    expect(
      rowsIn(answer.sources)
        .map(({ source, answerers, bought, waiting }) => [source, { answerers, bought, waiting }])
        .sort(),
    ).toEqual(Object.entries(sources).sort());
    const questionOf = ({ properties }: ToldFact): string =>
      String(properties.question_id ?? properties.question ?? '');
    const keyOf = (fact: ToldFact): string =>
      `${fact.source} ${String(fact.properties.survey_id ?? '')} ${questionOf(fact)}`;
    const questions = naivePreferences(told, { ...by, by: keyOf });
    const found = rowsIn(answer.questions).map((row): [string, JsonObject] => {
      const { source, survey, question: asked, rate: _rate, ...counts } = row;
      return [`${String(source)} ${String(survey)} ${String(asked)}`, counts];
    });
    expect(Object.fromEntries(found)).toEqual(questions);
    const styles = await answerOf('preferences', { ...question, questions: ['style'] });
    const [naive] = Object.values(
      naivePreferences(
        told.filter((fact) => questionOf(fact) === 'style' || fact.type !== 'survey_answered'),
        { ...by, by: () => '' },
      ),
    );
    expect(styles).toMatchObject(naive ?? { answerers: 0 });
  });

  it('costs and returns: the newest word on each day, beside what campaigns brought', async () => {
    const random = createRandom(seed);
    const intake = {
      async append(events: readonly Event[]) {
        for (const event of events) await engine.log.append([encodeRecord({ kind: 'event', event })]);
        await engine.drain();
        return [];
      },
    };
    const desk = createCostDesk({ intake, clock: engine.clock });
    const spent = new Map<string, Cost>();
    for (let n = 0; n < 12; n += 1) {
      // A moment that is not the one before: of equal ones the later counts, too.
      if (random.chance(0.5)) engine.clock.set(engine.clock.now() + 1);
      const rows = Array.from({ length: 4 }, (): Cost => {
        const [kind, name] = random.pick([
          ...([
            ['trigger', 'nudge'],
            ['campaign', 'spring'],
            ['campaign', "o'hara \\ sons"],
          ] as const),
        ]);
        const day = new Date(START + (20 + random.below(90)) * DAY).toISOString().slice(0, 10);
        const currency = random.chance(0.8) ? 'CNY' : 'EUR';
        return { kind, name, day, amount: random.chance(0.2) ? 0 : random.below(100_000), currency };
      });
      const told = new Map(rows.map((row) => [`${row.kind} ${row.name} ${row.day} ${row.currency}`, row]));
      await desk.put([...told.values()], 'ann');
      for (const [key, row] of told) spent.set(key, row);
    }
    await engine.settle();
    const { firstDay, lastDay } = { firstDay: dayText(stretch.from), lastDay: dayText(stretch.to - 1) };
    const inside = [...spent.values()].filter(
      ({ day, amount }) => amount !== 0 && day >= firstDay && day <= lastDay,
    );
    const told = await answerOf('costs', { ...stretch, firstDay, lastDay, rowsMax });
    const found = rowsIn(told.costs).map(({ kind, campaign, day, amount, currency }) =>
      [kind, campaign, day, amount, currency].join(' '),
    );
    expect(found.sort()).toEqual(
      inside.map((row) => [row.kind, row.name, row.day, money(row.amount), row.currency].join(' ')).sort(),
    );
    const question = { ...stretch, days: 7, currency: 'CNY', campaignsMax: 1_000 };
    const brought = rowsIn((await answerOf('campaigns', question)).campaigns);
    const answer = await answerOf('returns', { ...question, firstDay, lastDay, marginRate: 0.4 });
    const names = ['trigger nudge', 'campaign spring', "campaign o'hara \\ sons"];
    for (const row of rowsIn(answer.campaigns)) {
      const key = `${String(row.kind)} ${String(row.campaign)}`;
      const own = inside.filter((each) => `${each.kind} ${each.name}` === key);
      const cost = own
        .filter(({ currency }) => currency === 'CNY')
        .reduce((sum, each) => sum + each.amount, 0);
      const before = brought.find((each) => `${String(each.kind)} ${String(each.campaign)}` === key);
      const revenue = Number(before?.revenue ?? 0);
      expect(row.cost, key).toBe(money(cost));
      expect(row.foreign_costs, key).toBe(own.filter(({ currency }) => currency === 'EUR').length);
      if (cost === 0) expect(row.return).toBeNull();
      else expect(row.gross_ratio, key).toBeCloseTo((revenue * 100) / cost, 4);
      if (typeof before?.lift !== 'number' || cost === 0) continue;
      if (before.ordered === 0) {
        // Nobody can say what an order would have been worth.
        expect(row.return, key).toBeNull();
        continue;
      }
      const each = revenue / Number(before.ordered);
      const margin = before.lift * Number(before.people) * each * 0.4;
      expect(row.return, key).toBeCloseTo(margin / (cost / 100), 3);
      expect(row.roi, key).toBeCloseTo((margin - cost / 100) / (cost / 100), 3);
      expect(Number(row.return_low)).toBeLessThanOrEqual(Number(row.return));
      expect(Number(row.return_high)).toBeGreaterThanOrEqual(Number(row.return));
    }
    const spoken = inside.map(({ kind, name }) => `${kind} ${name}`);
    expect(names.filter((name) => spoken.includes(name))).not.toEqual([]);
    for (const key of spoken)
      expect(rowsIn(answer.campaigns).map((row) => `${String(row.kind)} ${String(row.campaign)}`)).toContain(
        key,
      );
    const unknown = await answerOf('returns', { ...question, firstDay, lastDay, marginRate: null });
    expect(rowsIn(unknown.campaigns).every((row) => row.return === null && row.roi === null)).toBe(true);
  });
});

describe('the worlds of these figures', () => {
  it('had enough of everything to say something', () => {
    const kinds = [
      ...['orders', 'orders of nobody', 'complaints about contact', 'messages of the trigger'],
      ...['stays in stage aware', 'stays in stage interested', 'stays in stage bought'],
      ...['stays in stage bought_again', 'stays in stage recommends', 'bought what they said'],
      ...['tries of fate bought', 'tries of fate other', 'tries of fate none', 'tries of fate nobody'],
      ...['order_cancelled', 'order_refunded', 'product_tried', 'ticket_closed', 'issue_resolved'],
      ...['orders told twice'],
    ];
    expect([...coverage.keys()].sort()).toEqual(kinds.sort());
    for (const [kind, count] of coverage) expect(count, kind).toBeGreaterThan(5);
  });
});
