import { useEffect, useState } from 'preact/hooks';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { apiError } from '../../sdk/client/tessera-api-error.ts';
import { ask } from '../session.ts';
import { toApiError } from './use-load.ts';

interface Job {
  readonly id: string;
  readonly status: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: { readonly done: number; readonly total: number; readonly note: string };
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly detail: string };
}

export interface JobState<Result> {
  /** Starts it; what is under way is left to itself. */
  readonly run: (start: () => Promise<{ readonly job: unknown }>) => Promise<void>;
  /** While it runs. */
  readonly progress: Job['progress'] | undefined;
  readonly result: Result | undefined;
  readonly problem: TesseraApiError | undefined;
}

const LOOK_EVERY_MS = 400;

/** Long work of the engine, followed until it has ended or the page is left. */
export function useJob<Result>(): JobState<Result> {
  const [progress, setProgress] = useState<Job['progress']>();
  const [result, setResult] = useState<Result>();
  const [problem, setProblem] = useState<TesseraApiError>();
  const [ending] = useState(() => new AbortController());
  useEffect(() => () => ending.abort(), [ending]);
  const run: JobState<Result>['run'] = async (start) => {
    setProblem(undefined);
    setResult(undefined);
    setProgress({ done: 0, total: 0, note: '' });
    try {
      const { job } = await start();
      // Who starts a job knows what it results in.
      setResult((await follow(job as Job, ending.signal, setProgress)) as Result);
    } catch (error) {
      if (!ending.signal.aborted) setProblem(toApiError(error));
    } finally {
      setProgress(undefined);
    }
  };
  return { run, progress, result, problem };
}

async function follow(
  started: Job,
  signal: AbortSignal,
  tell: (progress: Job['progress']) => void,
): Promise<unknown> {
  for (let job = started; ; ) {
    if (job.status === 'done') return job.result;
    if (job.status === 'failed' || job.status === 'cancelled') {
      const { code, detail } = job.error ?? { code: job.status, detail: job.status };
      throw apiError({ status: 500, code, detail });
    }
    tell(job.progress);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    job = await ask<Job>('GET /v1/jobs/{id}', { path: { id: job.id }, signal });
  }
}
