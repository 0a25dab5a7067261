import { describe, expect, it } from 'vitest';
import { createTurnstile } from '../../../src/adapters/clickhouse/turnstile.ts';

/** A task that runs until told otherwise. */
function gate(): {
  task: () => Promise<string>;
  open: (text: string) => void;
  fail: (error: Error) => void;
  begun: () => boolean;
} {
  let open: (text: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  let begun = false;
  const done = new Promise<string>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  const task = (): Promise<string> => {
    begun = true;
    return done;
  };
  return { task, open, fail, begun: () => begun };
}

describe('the turnstile', () => {
  it('lets one in at a time, in order, and goes on after a failure', async () => {
    const through = createTurnstile(1, 2);
    const [a, b, c] = [gate(), gate(), gate()];
    const answers = [through(a.task), through(b.task), through(c.task)];
    expect([a.begun(), b.begun()]).toEqual([true, false]);
    a.fail(new Error('a'));
    await expect(answers[0]).rejects.toThrow('a');
    expect([b.begun(), c.begun()]).toEqual([true, false]);
    b.open('b');
    expect(await answers[1]).toBe('b');
    c.open('c');
    expect(await answers[2]).toBe('c');
  });

  it('sends away who finds the waiting room full', async () => {
    const through = createTurnstile(1, 1);
    const [a, b] = [gate(), gate()];
    const first = through(a.task);
    const second = through(b.task);
    await expect(through(async () => 'late')).rejects.toMatchObject({ code: 'too_many_requests' });
    a.open('a');
    b.open('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
    expect(await through(async () => 'free')).toBe('free');
  });
});
