import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CallEngine } from './engine-call.ts';
import type { Progress } from './progress.ts';

export interface Followed {
  /** As it was answered when it was created. */
  readonly job: JsonObject;
  /** What failures call it, such as `The simulation`. */
  readonly name: string;
  readonly progress: Progress;
}

/** Looks at a job until it has come to its end; answers its result, or fails with `job_failed`. */
export async function followJob(
  call: CallEngine,
  { job: created, name, progress }: Followed,
): Promise<JsonObject> {
  for (let job = created; ; job = await call({ method: 'GET', path: `/v1/jobs/${String(created.id)}` })) {
    const { status, result, error } = job;
    if (status === 'done') return isJsonObject(result) ? result : {};
    if (status === 'canceled') throw new TesseraError('job_failed', `${name} was canceled.`);
    if (status === 'failed') {
      const detail = isJsonObject(error) ? `${String(error.detail)} (${String(error.code)})` : '';
      throw new TesseraError('job_failed', `${name} failed: ${detail}`);
    }
    report(job, progress);
    await sleep(limits.jobPollMs);
  }
}

function report(job: JsonObject, progress: Progress): void {
  if (!isJsonObject(job.progress)) return;
  const { done, total, note } = job.progress;
  const [count, all] = [Number(done), Number(total)];
  if (all > 0) progress.update(Math.min(1, count / all), count);
  else progress.note(typeof note === 'string' && note !== '' ? note : 'waiting');
}
