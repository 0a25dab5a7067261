import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveList, openLiveList } from '../../src/console/parts/live-list.ts';

const KEPT = 8;
const TICK_MS = 250;

describe('what comes by itself', () => {
  let add: (item: number) => void;
  let list: LiveList<number>;
  beforeEach(() => {
    vi.useFakeTimers();
    list = openLiveList<number>(KEPT, async (given) => {
      add = given;
    });
  });
  afterEach(() => {
    list.stop();
    vi.useRealTimers();
  });
  const come = (from: number, count: number): void => {
    for (let n = from; n < from + count; n++) add(n);
  };

  it('is shown at the next look, the newest first', () => {
    come(1, 2);
    expect(list.items.value).toEqual([]);
    vi.advanceTimersByTime(TICK_MS);
    expect(list.items.value).toEqual([2, 1]);
  });

  it('changes once a second where much comes, holds so many and counts all', () => {
    let changes = 0;
    list.items.subscribe(() => changes++);
    for (let tick = 0; tick < 8; tick++) {
      come(100 * tick, 100);
      vi.advanceTimersByTime(TICK_MS);
    }
    // Subscribing tells the value of then.
    expect(changes).toBe(1 + 2);
    expect(list.items.value).toEqual([707, 706, 705, 704, 703, 702, 701, 700].map((n) => n + 92));
    expect(list.total.value).toBe(800);
  });

  it('keeps back what comes while it is paused, and says how many', () => {
    come(1, 1);
    vi.advanceTimersByTime(TICK_MS);
    list.paused.value = true;
    come(2, 3);
    vi.advanceTimersByTime(4 * TICK_MS);
    expect([list.items.value, list.behind.value]).toEqual([[1], 3]);
    list.paused.value = false;
    vi.advanceTimersByTime(4 * TICK_MS);
    expect([list.items.value, list.behind.value]).toEqual([[4, 3, 2, 1], 0]);
  });

  it('says why nothing comes any more', async () => {
    const broken = openLiveList<number>(KEPT, async () => await Promise.reject('gone'));
    await vi.advanceTimersByTimeAsync(0);
    expect(broken.failed.value).toBe('gone');
    broken.stop();
  });
});
