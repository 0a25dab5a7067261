import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine } from './engine-call.ts';
import { createProgress, type Progress } from './progress.ts';

export interface SimulationFlags {
  readonly policy: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** Starts a simulation on the engine and follows its job to the end; answers the report. */
export async function runSimulation(
  call: CallEngine,
  context: CliContext,
  flags: SimulationFlags,
): Promise<JsonObject> {
  const { stderr, isTty, clock } = context;
  const { from, to } = flags;
  const policy = await readPolicy(flags.policy);
  const body = { policy, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const { job } = await call({ method: 'POST', path: '/v1/identity/simulations', body });
  const progress = createProgress({ stderr, isTty, clock, quiet: flags.json === true });
  progress.start('Simulating');
  try {
    return await follow(call, isJsonObject(job) ? job : {}, progress);
  } finally {
    progress.stop();
  }
}

async function readPolicy(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TesseraError('invalid_parameter', `--policy: ${path} cannot be read.`, { cause });
  }
  if (text.length <= limits.definitionsBytesMax) return text;
  throw new TesseraError('invalid_parameter', `--policy: ${path} is too large to be a policy.`);
}

async function follow(call: CallEngine, created: JsonObject, progress: Progress): Promise<JsonObject> {
  for (let job = created; ; job = await call({ method: 'GET', path: `/v1/jobs/${String(created.id)}` })) {
    const { status, result, error } = job;
    if (status === 'done') return isJsonObject(result) ? result : {};
    if (status === 'canceled') throw new TesseraError('job_failed', 'The simulation was canceled.');
    if (status === 'failed') {
      const detail = isJsonObject(error) ? `${String(error.detail)} (${String(error.code)})` : '';
      throw new TesseraError('job_failed', `The simulation failed: ${detail}`);
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
