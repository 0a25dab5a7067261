import { setTimeout } from 'node:timers/promises';
import { TesseraError } from '../../src/errors.ts';
import { SECRET_KEY, type Server } from './child.ts';

const POLL_MS = 20;
const DRAIN_MS_MAX = 120_000;

/** The body of an answer; what a route answers is the contract of its own tests, so it is taken as given here. */
export async function get<Answer>({ address }: Server, path: string): Promise<Answer> {
  const response = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${SECRET_KEY}` } });
  if (!response.ok) throw new TesseraError('internal', `${path} answered ${response.status}`);
  const text = await response.text();
  return (
    response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text
  ) as Answer;
}

/** Until everything acknowledged is applied and in history: what an event costs includes both. */
export async function drained(server: Server): Promise<void> {
  await until(() => isIdle(server), 'the engine did not catch up');
}

/**
 * The same where several processes share a port, or history is another node's work: until as many are applied, wherever. Counters are asked
 * for once there is nothing left to read: a page of metrics takes 8 ms of the thread that is measured.
 */
export async function appliedBy(server: Server, events: number): Promise<void> {
  const done = async (): Promise<boolean> => {
    if (!(await isIdle(server))) return false;
    const { applied = 0, duplicate = 0 } = await eventCounts(server);
    return applied + duplicate >= events;
  };
  await until(done, `the engine did not apply ${events} events`);
}

async function isIdle(server: Server): Promise<boolean> {
  const { lag } = await get<{ lag: Record<string, number> }>(server, '/readyz');
  return Object.values(lag).every((behind) => behind === 0);
}

async function until(done: () => Promise<boolean>, failure: string): Promise<void> {
  for (let waited = 0; waited < DRAIN_MS_MAX; waited += POLL_MS) {
    if (await done()) return;
    await setTimeout(POLL_MS);
  }
  throw new TesseraError('internal', failure);
}

/** The conservation counters of all servers together: received, applied, duplicate, quarantined, refused. */
export async function eventCounts(...servers: readonly Server[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const server of servers) {
    const text = await get<string>(server, '/metrics');
    for (const [, name, value] of text.matchAll(/^tessera_events_(\w+)_total(?:\{[^}]*\})? (\d+)/gm)) {
      if (name !== undefined) counts[name] = (counts[name] ?? 0) + Number(value);
    }
  }
  return counts;
}
