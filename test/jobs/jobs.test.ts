import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { TesseraError } from '../../src/errors.ts';
import { JobRegistry, STOPPED } from '../../src/jobs/jobs.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { ReportProgress } from '../../src/serve/services.ts';

/** A job whose end the test decides. */
interface Puppet {
  readonly kind: string;
  readonly author: string;
  readonly id?: string;
  reason: unknown;
  run(report: ReportProgress, signal: AbortSignal): Promise<JsonObject>;
  report: ReportProgress;
  resolve: (result: JsonObject) => void;
  reject: (error: unknown) => void;
  runs: number;
}

function puppet(kind = 'test'): Puppet {
  const made: Puppet = {
    kind,
    author: 'operator',
    runs: 0,
    reason: undefined,
    report: () => undefined,
    resolve: () => undefined,
    reject: () => undefined,
    run(report, signal) {
      made.runs++;
      made.report = report;
      return new Promise((resolve, reject) => {
        made.resolve = resolve;
        made.reject = reject;
        signal.addEventListener('abort', () => {
          made.reason = signal.reason;
          reject(new TesseraError('stopping'));
        });
      });
    },
  };
  return made;
}

/** Lets everything that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function registry() {
  const clock = createManualClock(1_000);
  const errors: unknown[] = [];
  const jobs = new JobRegistry({ clock, onError: (error) => errors.push(error) });
  return { clock, errors, jobs };
}

describe('jobs', () => {
  it('run, report how far they are, and keep their result', async () => {
    const { clock, jobs } = registry();
    const work = puppet('simulation');
    const { id } = jobs.create(work);
    expect(jobs.get(id)).toEqual({
      id,
      kind: 'simulation',
      author: 'operator',
      status: 'running',
      progress: { done: 0, total: 0, note: '' },
      created_at: 1_000,
      started_at: 1_000,
      finished_at: null,
    });
    work.report({ done: 3, total: 10, note: 'reading' });
    expect(jobs.get(id)?.progress).toEqual({ done: 3, total: 10, note: 'reading' });
    clock.advance(500);
    work.resolve({ merges: 4 });
    await turn();
    expect(jobs.get(id)).toMatchObject({ status: 'done', finished_at: 1_500, result: { merges: 4 } });
    work.report({ done: 0, total: 0, note: 'late' });
    // What was not needed in the end is done as well.
    expect(jobs.get(id)?.progress).toEqual({ done: 10, total: 10, note: 'reading' });
  });

  it('wait for each other: so many at once and no more, in the order of their creation', async () => {
    const { jobs } = registry();
    const work = [puppet(), puppet(), puppet()];
    const ids = work.map((each) => jobs.create(each).id);
    const statuses = () => ids.map((id) => jobs.get(id)?.status);
    expect(limits.jobsAtOnce).toBe(1);
    expect(statuses()).toEqual(['running', 'queued', 'queued']);
    work[0]?.resolve({});
    await turn();
    expect(statuses()).toEqual(['done', 'running', 'queued']);
    expect(jobs.list().map(({ id }) => id)).toEqual([...ids].reverse());
  });

  it('fail with the code of their error, and one without a code keeps its text to itself', async () => {
    const { errors, jobs } = registry();
    const work = [puppet(), puppet()];
    const ids = work.map((each) => jobs.create(each).id);
    work[0]?.reject(new TesseraError('history_unavailable', 'no history'));
    await turn();
    work[1]?.reject(new Error('13900001111 is odd'));
    await turn();
    expect(jobs.get(ids[0] ?? '')).toMatchObject({
      status: 'failed',
      error: { code: 'history_unavailable', detail: 'no history' },
    });
    expect(jobs.get(ids[1] ?? '')?.error).toEqual({
      code: 'internal',
      detail: 'An unexpected error; it has been logged.',
    });
    expect(errors).toEqual([new Error('13900001111 is odd')]);
  });

  it('are canceled at once while they wait, and as soon as they notice while they run', async () => {
    const { jobs } = registry();
    const work = [puppet(), puppet()];
    const [first = '', second = ''] = work.map((each) => jobs.create(each).id);
    expect((await jobs.cancel(second))?.status).toBe('canceled');
    expect((await jobs.cancel(first))?.status).toBe('running');
    await turn();
    expect(jobs.get(first)?.status).toBe('canceled');
    expect(work[1]?.runs).toBe(0);
    expect(await jobs.cancel(first)).toMatchObject({ status: 'canceled' });
    expect(await jobs.cancel('j-unknown')).toBeUndefined();
  });

  it('are bounded: the oldest finished one is forgotten, and with none finished a new one is refused', async () => {
    const { jobs } = registry();
    const work = Array.from({ length: limits.jobsKept }, () => puppet());
    const ids = work.map((each) => jobs.create(each).id);
    expect(() => jobs.create(puppet())).toThrow(expect.objectContaining({ code: 'too_many_requests' }));
    work[0]?.resolve({});
    await turn();
    jobs.create(puppet());
    expect(jobs.get(ids[0] ?? '')).toBeUndefined();
    expect(jobs.list()).toHaveLength(limits.jobsKept);
  });

  it('end with the engine: stopping cancels all, waits for what runs, and takes no new ones', async () => {
    const { jobs } = registry();
    const work = [puppet(), puppet()];
    const ids = work.map((each) => jobs.create(each).id);
    await jobs.stop();
    await jobs.stop();
    expect(ids.map((id) => jobs.get(id)?.status)).toEqual(['canceled', 'canceled']);
    expect(work.map(({ runs }) => runs)).toEqual([1, 0]);
    expect(() => jobs.create(puppet())).toThrow(expect.objectContaining({ code: 'stopping' }));
  });

  it('are waited for by a stop until the last of them has ended', async () => {
    const { jobs } = registry();
    let ended = false;
    jobs.create({
      ...puppet(),
      async run(_report, signal) {
        while (!signal.aborted) await turn();
        for (let turns = 0; turns < 5; turns++) await turn();
        ended = true;
        return {};
      },
    });
    await jobs.stop();
    expect(ended).toBe(true);
    expect(jobs.list()[0]?.status).toBe('canceled');
  });

  it('have ids that a later process does not give again', () => {
    const { clock, jobs } = registry();
    const { id } = jobs.create(puppet());
    const again = new JobRegistry({ clock: createManualClock(clock.now() + 1), onError: () => undefined });
    expect(again.create(puppet()).id).not.toBe(id);
  });

  it('take up the id of a job of another process, and learn whether they are canceled or the engine stops', async () => {
    const { jobs } = registry();
    const [first, second] = [puppet(), puppet()];
    expect(jobs.create({ ...first, run: first.run, id: 'j-earlier-4' }).id).toBe('j-earlier-4');
    await jobs.cancel('j-earlier-4');
    await turn();
    expect(first.reason).not.toBe(STOPPED);
    jobs.create(second);
    await jobs.stop();
    expect(second.reason).toBe(STOPPED);
  });
});
