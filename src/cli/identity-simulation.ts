import { readFile } from 'node:fs/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine } from './engine-call.ts';
import { waitForJob } from './engine-command.ts';

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
  const { from, to } = flags;
  const policy = await readPolicy(flags.policy);
  const body = { policy, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const created = await call({ method: 'POST', path: '/v1/identity/simulations', body });
  return waitForJob(call, created, { context, flags, name: 'The simulation', doing: 'Simulating' });
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
