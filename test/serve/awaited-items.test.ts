import { describe, expect, it, vi } from 'vitest';
import type { AcceptedItem } from '../../src/ingest/admit.ts';
import { limits } from '../../src/limits.ts';
import type { Firing } from '../../src/model/trigger.ts';
import { AwaitedItems } from '../../src/serve/awaited-items.ts';
import { createFiringHub } from '../../src/serve/firing-hub.ts';
import { eventOf } from '../support/fold-world.ts';

function firing(id: string, status?: string): Firing {
  return {
    id,
    trigger: 'offer',
    profile_id: 'p1',
    decision: 'fired',
    at: 0,
    event_id: 'e1',
    channel: 'none',
    payload: status === undefined ? {} : { recommendation: { status } },
    trace: {},
  };
}

function accepted(...firings: readonly Firing[]): AcceptedItem {
  const event = eventOf('e1', ['u1'], {});
  return { index: 0, event, dropped: [], outcome: { status: 'applied', profileId: 'p1', firings } };
}

const statuses = (items: readonly AcceptedItem[]) =>
  items.flatMap(({ outcome }) => outcome?.firings.map(({ payload }) => payload.recommendation) ?? []);

describe('an answer whose firings wait for their items', () => {
  it('has them whether they come before it is put together or after', async () => {
    const hub = createFiringHub();
    const awaited = new AwaitedItems(hub);
    hub.firings([firing('f1', 'chosen')]);
    const answer = awaited.complete([accepted(firing('f1', 'choosing'), firing('f2', 'choosing'))]);
    hub.firings([firing('other', 'chosen'), firing('f2', 'none')]);
    expect(statuses(await answer)).toEqual([{ status: 'chosen' }, { status: 'none' }]);
  });

  it('is not held up by firings without any', async () => {
    const items = [accepted(firing('f1'))];
    expect(await new AwaitedItems(createFiringHub()).complete(items)).toBe(items);
  });

  it('goes out without them after a bounded wait', async () => {
    vi.useFakeTimers();
    try {
      const answer = new AwaitedItems(createFiringHub()).complete([accepted(firing('f1', 'choosing'))]);
      await vi.advanceTimersByTimeAsync(limits.itemsAnswerMs);
      expect(statuses(await answer)).toEqual([{ status: 'choosing' }]);
    } finally {
      vi.useRealTimers();
    }
  });
});
