import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createAnalyticsDesk } from '../../src/desks/analytics-desk.ts';
import { limits } from '../../src/limits.ts';
import { createFusedEngine } from '../support/fused-engine.ts';

const START = Date.UTC(2026, 3, 20);
const CHANNELS = Array.from({ length: limits.analyticsSplitsMax }, (_, n) => `{"channel":"c${n}"}`).join(
  '\n',
);

/** History that takes so long for each question, by the clock. */
async function deskWith(secondsEach: number) {
  const clock = createManualClock(START);
  const asked: string[] = [];
  const { definitions } = await createFusedEngine({ clock });
  const query = async (sql: string): Promise<string> => {
    asked.push(sql);
    clock.advance(secondsEach * 1_000);
    return /^SELECT channel/.test(sql) ? CHANNELS : '';
  };
  const desk = createAnalyticsDesk({ history: { query }, clock, definitions, strangers: async () => [] });
  return { desk, asked };
}

const byChannel = {
  ...{ from: START - 86_400_000, to: START, windowMs: 3_600_000, byChannel: true, channelsMax: 12 },
  steps: [{ name: 'page_viewed', type: 'page_viewed' }],
};

describe('the time of an answer', () => {
  it('is bounded over all of its queries, not only for each', async () => {
    const { desk, asked } = await deskWith(limits.sqlSecondsMax - 1);
    await expect(desk.find('funnel', byChannel)).rejects.toMatchObject({ code: 'sql_error' });
    expect(asked).toHaveLength(3);
  });

  it('is enough for as many queries as an answer takes where each is quick', async () => {
    const { desk, asked } = await deskWith(1);
    await desk.find('funnel', byChannel);
    expect(asked).toHaveLength(2 + limits.analyticsSplitsMax);
  });
});
