import { describe, expect, it } from 'vitest';
import { FLOW_SECONDS, FlowMemory } from '../../src/console/live/event-flow.ts';

const NOW = 1_795_255_200_000;

function rates(node: string, secondsAgo: number, web: Record<string, number>) {
  const seen = Object.values(web).reduce((sum, n) => sum + n, 0);
  return {
    node,
    at: NOW - secondsAgo * 1000,
    over_ms: 1000,
    channels: { web },
    seen,
    shown: Math.min(3, seen),
  };
}

describe('the flow of events', () => {
  it('adds up what all nodes say of a second', () => {
    const memory = new FlowMemory();
    memory.add(rates('a', 1, { applied: 5, duplicate: 1 }));
    memory.add(rates('b', 1, { applied: 7 }));
    const flow = memory.read(NOW);
    expect(flow.series.applied.at(-1)).toBe(12);
    expect(flow.series.duplicate.at(-1)).toBe(1);
    expect({ seen: flow.seen, shown: flow.shown }).toEqual({ seen: 13, shown: 6 });
  });

  it('says by channel what the last five seconds had on average', () => {
    const memory = new FlowMemory();
    for (const ago of [1, 2, 3, 4, 5, 6]) memory.add(rates('a', ago, { applied: 10 }));
    const { channels, perSecond } = memory.read(NOW);
    expect(channels).toEqual([
      {
        channel: 'web',
        counts: { applied: 10, duplicate: 0, quarantined: 0, refused: 0, rejected: 0 },
        total: 10,
      },
    ]);
    expect(perSecond).toBe(10);
  });

  it('remembers two minutes and no more', () => {
    const memory = new FlowMemory();
    for (let ago = 1000; ago > 0; ago--) memory.add(rates('a', ago, { applied: 1 }));
    const { seconds, series } = memory.read(NOW);
    expect(seconds).toHaveLength(FLOW_SECONDS);
    expect(series.applied).toEqual(seconds.map(() => 1));
  });
});
