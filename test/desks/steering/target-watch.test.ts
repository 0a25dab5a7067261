import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { createAnalyticsDesk } from '../../../src/desks/analytics-desk.ts';
import { readHistoryRows } from '../../../src/desks/past-events.ts';
import { recommendationReport } from '../../../src/desks/recommend/recommendation-report.ts';
import { TargetWatch } from '../../../src/desks/steering/target-watch.ts';
import { TesseraError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import type { Event } from '../../../src/model/event.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { QUALITY_BEFORE_ANY, type QualityDefinition } from '../../../src/model/quality.ts';
import { encodeRecord } from '../../../src/runner/codec.ts';
import type { TargetName, TargetStanding } from '../../../src/serve/target-service.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 7, 1);

let place: HistoryPlace;
let engine: EngineWithHistory;
let counter = 0;

beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());
beforeEach(async () => {
  const pack = { identity: retailPack.identity, features: [], segments: [], loyalty: null, triggers: [] };
  engine = await place.open(`targets_${counter}`, { pack, clock: createManualClock(START) });
  counter += 1;
});

interface Watching {
  readonly leads?: boolean;
  readonly completeness?: () => Promise<{ value: number | null; cases: number }>;
}

function watch({ leads = true, completeness }: Watching = {}): TargetWatch {
  const analytics = createAnalyticsDesk({ ...engine, strangers: async () => [] });
  return new TargetWatch({
    ...engine,
    find: (name, question) => analytics.find(name, question),
    recommended: ({ from, to }) => recommendationReport({ from, to }, engine),
    completeness: completeness ?? (async () => ({ value: 0.7, cases: 1_000 })),
    dayOf: (at) => Math.floor(at / DAY),
    intake: {
      async append(events: readonly Event[]) {
        for (const event of events) await engine.log.append([encodeRecord({ kind: 'event', event })]);
        return [];
      },
    },
    leads: () => leads,
    onError: (error) => {
      throw error;
    },
  });
}

async function standing(watching: TargetWatch, target: TargetName): Promise<TargetStanding | undefined> {
  return (await watching.report()).targets.find((each) => each.target === target);
}

/** As an operator puts it in force. */
async function define(quality: QualityDefinition): Promise<void> {
  const { features, triggers, identity } = engine.definitions.entry;
  const set = {
    features: features.map(({ definition }) => definition),
    triggers: triggers.map(({ definition }) => definition),
    identity: identity.definition,
  };
  await engine.log.append([encodeRecord({ kind: 'definitions', author: 'ann', ...set, quality })]);
  await engine.drain();
}

const goals = (figures: Partial<QualityDefinition['figures']>): QualityDefinition => ({
  ...QUALITY_BEFORE_ANY,
  figures: { ...QUALITY_BEFORE_ANY.figures, ...figures },
});

/** People who answer, and of them those who buy what they named two days later. */
async function answers(people: number, buyers: number, from: number): Promise<void> {
  const sent: JsonObject[] = [];
  for (let n = 0; n < people; n += 1) {
    const own = (more: JsonObject): JsonObject => ({
      identifiers: { member_id: `m${from}-${n}` },
      source: 'app',
      ...more,
    });
    const answered = { question_id: 'color', answer: 'navy' };
    sent.push(own({ id: `a${from}-${n}`, type: 'survey_answered', time: iso(from), properties: answered }));
    if (n >= buyers) continue;
    const products = [{ item_id: 'dress', color: 'Navy', quantity: 1, price: 10 }];
    const properties = { order_id: `o${from}-${n}`, currency: 'CNY', total: 10, products };
    sent.push(own({ id: `b${from}-${n}`, type: 'order_completed', time: iso(from + 2 * DAY), properties }));
  }
  for (let i = 0; i < sent.length; i += 500) await engine.send(sent.slice(i, i + 500));
  await engine.settle();
}

const iso = (at: number): string => new Date(at).toISOString();

const noted = async (): Promise<readonly JsonObject[]> => {
  await engine.settle();
  return await readHistoryRows(
    engine.history,
    'SELECT target, standing, value, goal, toUnixTimestamp64Milli(at) AS since FROM target_changes ORDER BY at, target',
  );
};

describe('targets', () => {
  it('says met or missed only where there are enough cases, and since when', async () => {
    engine.clock.set(START + 40 * DAY);
    await answers(30, 1, START);
    await define(goals({ answers: 31 }));
    const watching = watch();
    expect(await standing(watching, 'preference_conversion')).toMatchObject({
      ...{ value: 0.033333, cases: 30, cases_min: 31, standing: 'unknown', since: null },
    });
    await define(goals({ answers: 30 }));
    const missed = { standing: 'missed', goal: 0.05, since: START + 40 * DAY };
    expect(await standing(watching, 'preference_conversion')).toMatchObject(missed);
    engine.clock.set(START + 41 * DAY);
    expect(await standing(watching, 'preference_conversion')).toMatchObject(missed);
    await define(goals({ answers: 30, preference_conversion: 0.02 }));
    expect(await standing(watching, 'preference_conversion')).toMatchObject({
      ...{ standing: 'met', goal: 0.02, since: START + 41 * DAY },
    });
    const changes = (await noted()).filter(({ target }) => target === 'preference_conversion');
    expect(changes.map(({ standing: now, since, goal }) => [now, Number(since), goal])).toEqual([
      ['missed', START + 40 * DAY, 0.05],
      ['met', START + 41 * DAY, 0.02],
    ]);
  });

  it('remembers since when over a restart, and a node that does not lead notes nothing', async () => {
    engine.clock.set(START + 40 * DAY);
    let value = 0.9;
    const completeness = async () => ({ value, cases: 1_000 });
    const first = watch({ completeness });
    // Nobody has looked before, so nobody knows since when it is so.
    expect(await standing(first, 'completeness')).toMatchObject({ standing: 'met', since: null });
    value = 0.5;
    engine.clock.set(START + 41 * DAY);
    const missed = { standing: 'missed', since: START + 41 * DAY };
    expect(await standing(first, 'completeness')).toMatchObject(missed);
    await engine.settle();
    engine.clock.set(START + 50 * DAY);
    const again = watch({ completeness });
    expect(await standing(again, 'completeness')).toMatchObject(missed);
    const better = async () => ({ value: 0.9, cases: 1_000 });
    const other = watch({ leads: false, completeness: better });
    expect(await standing(other, 'completeness')).toMatchObject({ standing: 'met', since: START + 50 * DAY });
    expect((await noted()).filter(({ target }) => target === 'completeness')).toHaveLength(1);
  });

  it('asks history again only when what it knows is old', async () => {
    let asked = 0;
    const watching = watch({
      completeness: async () => {
        asked += 1;
        return { value: 0.9, cases: 1_000 };
      },
    });
    await Promise.all([watching.report(), watching.report()]);
    await watching.report();
    expect(asked).toBe(1);
    expect(watching.latest?.targets).toHaveLength(5);
    engine.clock.set(START + limits.targetsFreshMs);
    await watching.report();
    expect(asked).toBe(2);
  });

  it('says so where one figure takes too much, and fails where history is away', async () => {
    const heavy = watch({
      completeness: async () => Promise.reject(new TesseraError('sql_error', 'too much')),
    });
    expect(await standing(heavy, 'completeness')).toMatchObject({
      standing: 'unknown',
      problem: 'sql_error',
    });
    expect(await standing(heavy, 'campaign_return')).toMatchObject({ standing: 'unknown', value: null });
    const away = watch({ completeness: async () => Promise.reject(new TesseraError('history_unavailable')) });
    await expect(away.report()).rejects.toMatchObject({ code: 'history_unavailable' });
  });

  it('counts complaints about contact against the people who were contacted', async () => {
    engine.clock.set(START + 10 * DAY);
    const sent = Array.from({ length: 100 }, (_, n) => ({
      ...{ id: `s${n}`, type: 'message_sent', time: iso(START), identifiers: { member_id: `m${n}` } },
      properties: { message_id: `m${n}`, channel: 'sms' },
    }));
    const complained = [0, 1].map((n) => ({
      ...{ id: `t${n}`, type: 'ticket_opened', time: iso(START + DAY), identifiers: { member_id: `m${n}` } },
      properties: { ticket_id: `t${n}`, theme: 'unwanted contact' },
    }));
    await engine.send([...sent, ...complained]);
    await engine.settle();
    expect(await standing(watch(), 'compliance_complaints')).toMatchObject({
      ...{ wanted: 'at_most', value: 0.02, goal: 0.01, cases: 100, standing: 'missed' },
    });
  });
});
