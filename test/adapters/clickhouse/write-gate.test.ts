import { describe, expect, it } from 'vitest';
import { WriteGate } from '../../../src/adapters/clickhouse/write-gate.ts';

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('the gate in front of history', () => {
  it('lets what is under way end before the task, and what comes meanwhile wait for it', async () => {
    const gate = new WriteGate();
    const story: string[] = [];
    const [first, task] = [deferred(), deferred()];
    const early = gate.pass(async () => {
      await first.promise;
      story.push('early');
    });
    const held = gate.hold(async () => {
      story.push('held');
      await task.promise;
    });
    const late = gate.pass(async () => {
      story.push('late');
    });
    const next = gate.hold(async () => {
      story.push('next');
    });
    await new Promise(setImmediate);
    expect(story).toEqual([]);
    first.resolve();
    await early;
    await new Promise(setImmediate);
    expect(story).toEqual(['early', 'held']);
    task.resolve();
    await Promise.all([held, late, next]);
    expect([...story].sort()).toEqual(['early', 'held', 'late', 'next']);
    expect(story.slice(0, 2)).toEqual(['early', 'held']);
  });

  it('opens again after a task that fails, and is not stopped by a change that fails', async () => {
    const gate = new WriteGate();
    const failing = gate.pass(() => Promise.reject(new TypeError('change')));
    const task = gate.hold(() => Promise.reject(new TypeError('task')));
    await expect(failing).rejects.toThrow('change');
    await expect(task).rejects.toThrow('task');
    expect(await gate.pass(async () => 'through')).toBe('through');
  });
});
