import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.ts';
import { OutcomeBoard } from '../../src/runner/outcome-board.ts';
import type { AppliedOutcome } from '../../src/runner/record-work.ts';

const applied = (seq: number, index = 0): AppliedOutcome => ({
  position: { seq, index },
  outcome: { status: 'applied', profileId: `p${seq}.${index}`, firings: [] },
});

const ids = (outcomes: readonly { profileId: string }[]): string[] =>
  outcomes.map(({ profileId }) => profileId);

describe('the outcome board', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('answers whoever asks before the outcome is posted', async () => {
    const board = new OutcomeBoard();
    const withdraw = board.announce();
    const asked = board.outcomesOf([
      { seq: 1, index: 1 },
      { seq: 1, index: 0 },
    ]);
    board.post([applied(1, 0)]);
    board.post([applied(1, 1)]);
    expect(ids(await asked)).toEqual(['p1.1', 'p1.0']);
    withdraw();
    expect(board.waiting).toBe(0);
  });

  it('answers whoever asks after it was posted, if they had announced themselves', async () => {
    const board = new OutcomeBoard();
    const withdraw = board.announce();
    board.post([applied(1, 0), applied(1, 1), applied(2, 0)]);
    expect(ids(await board.outcomesOf([applied(2).position, applied(1, 1).position]))).toEqual([
      'p2.0',
      'p1.1',
    ]);
    withdraw();
  });

  it('answers a request whose outcomes come partly before and partly after', async () => {
    const board = new OutcomeBoard();
    const withdraw = board.announce();
    board.post([applied(1)]);
    const asked = board.outcomesOf([applied(1).position, applied(2).position]);
    board.post([applied(2)]);
    expect(ids(await asked)).toEqual(['p1.0', 'p2.0']);
    withdraw();
  });

  it('keeps nothing that nobody had announced interest in', async () => {
    const board = new OutcomeBoard();
    board.post([applied(1)]);
    const withdraw = board.announce();
    const asked = board.outcomesOf([applied(1).position]);
    const failed = expect(asked).rejects.toMatchObject({ code: 'wait_timeout' });
    await vi.advanceTimersByTimeAsync(limits.waitAppliedMs);
    await failed;
    withdraw();
  });

  it('keeps nothing after the last one withdrew', async () => {
    const board = new OutcomeBoard();
    const first = board.announce();
    const second = board.announce();
    board.post([applied(2)]);
    first();
    const late = board.outcomesOf([applied(2).position]);
    second();
    expect(ids(await late)).toEqual(['p2.0']);
    const third = board.announce();
    const failed = expect(board.outcomesOf([applied(2).position])).rejects.toMatchObject({
      code: 'wait_timeout',
    });
    await vi.advanceTimersByTimeAsync(limits.waitAppliedMs);
    await failed;
    third();
  });

  it('keeps the newest messages only, however long a request takes', async () => {
    const board = new OutcomeBoard();
    const withdraw = board.announce();
    for (let seq = 1; seq <= limits.outcomeMessagesKept + 1; seq++) board.post([applied(seq)]);
    expect(ids(await board.outcomesOf([applied(2).position]))).toEqual(['p2.0']);
    const asked = board.outcomesOf([applied(1).position]);
    const failed = expect(asked).rejects.toMatchObject({ code: 'wait_timeout' });
    await vi.advanceTimersByTimeAsync(limits.waitAppliedMs);
    await failed;
    withdraw();
  });

  it('gives up after a while, and leaves neither a waiter nor a timer behind', async () => {
    const board = new OutcomeBoard();
    const asked = board.outcomesOf([applied(1).position, applied(2).position]);
    const failed = expect(asked).rejects.toMatchObject({ code: 'wait_timeout', retryable: true });
    board.post([applied(1)]);
    await vi.advanceTimersByTimeAsync(limits.waitAppliedMs - 1);
    expect(board.waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    expect([board.waiting, vi.getTimerCount()]).toEqual([0, 0]);
    board.post([applied(2)]);
    await board.outcomesOf([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('refuses more waiters than the limit', async () => {
    const board = new OutcomeBoard();
    const positions = Array.from({ length: limits.waitersMax }, (_, index) => ({ seq: 1, index }));
    const asked = board.outcomesOf(positions);
    await expect(board.outcomesOf([{ seq: 2, index: 0 }])).rejects.toMatchObject({
      code: 'too_many_requests',
    });
    board.post(positions.map(({ index }) => applied(1, index)));
    expect(await asked).toHaveLength(limits.waitersMax);
  });
});
