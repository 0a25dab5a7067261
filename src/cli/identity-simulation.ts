import { readFile } from 'node:fs/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine } from './engine-call.ts';
import { followJob } from './follow-job.ts';
import { createProgress } from './progress.ts';

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
    return await followJob(call, { job: isJsonObject(job) ? job : {}, name: 'The simulation', progress });
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
