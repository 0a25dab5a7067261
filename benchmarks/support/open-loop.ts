import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../../src/errors.ts';
import { exchange, type Latencies, latenciesOf, openAll, requestOf, type Slice } from './load.ts';

/*
 * Open loop: requests are due at fixed moments, whether or not the server has answered the ones before. One that finds no free
 * connection waits, and its time counts from when it was due: a server that stalls is not spared the requests that nobody sent
 * meanwhile. The loop spins instead of sleeping, because timers wake a millisecond late, which is more than what is measured.
 */
export interface ScheduledSlice extends Slice {
  readonly perSecond: number;
  /** Sleeps a millisecond at a time, and is patient: where milliseconds do not matter, and the processor is wanted for what is measured. */
  readonly sleeps?: boolean;
}

export interface ScheduledResult {
  /** From the moment at which a request was due to its whole answer. */
  readonly latencyMs: Latencies;
  /** How much later than due the last request was sent: the schedule was held where this is small. */
  readonly lastLateMs: number;
}

/** More may not wait than a second's: then the server does not keep up, and there is nothing to measure. */
const WAITING_SECONDS_MAX = 1;
/** Who looks at a server for a quarter of an hour wants to see how late it was, and not to end with the first stall. */
const WAITING_SECONDS_MAX_PATIENT = 10;

export async function sendScheduled(slice: ScheduledSlice): Promise<ScheduledResult> {
  const requests = slice.bodies.map((body) => requestOf(slice, body));
  const sockets = await openAll(slice.port, Math.min(slice.connections, requests.length));
  const latencies: number[] = [];
  const free: ((due: number, request: Buffer) => void)[] = [];
  const everyMs = 1_000 / slice.perSecond;
  let failure: Error | undefined;
  let over = false;
  for (const socket of sockets) {
    let dueAt = 0;
    const write = exchange(
      socket,
      () => {
        latencies.push(performance.now() - dueAt);
        free.push(send);
      },
      (error) => {
        if (!over) failure = error;
      },
    );
    const send = (due: number, request: Buffer): void => {
      dueAt = due;
      write(request);
    };
    free.push(send);
  }
  const waitingMsMax = 1_000 * (slice.sleeps ? WAITING_SECONDS_MAX_PATIENT : WAITING_SECONDS_MAX);
  const start = performance.now();
  let lastLateMs = 0;
  for (let next = 0; latencies.length < requests.length; ) {
    if (failure !== undefined) throw failure;
    const now = performance.now();
    for (; next < requests.length && start + next * everyMs <= now && free.length > 0; next++) {
      const due = start + next * everyMs;
      lastLateMs = now - due;
      // The one that has waited longest: a connection that says nothing for some seconds is told so, and closed.
      free.shift()?.(due, requests[next] as Buffer);
    }
    if (next < requests.length && now - (start + next * everyMs) > waitingMsMax)
      throw new TesseraError('internal', `the server does not keep up with ${slice.perSecond} requests/s`);
    if (slice.sleeps) await sleep(1);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  over = true;
  for (const socket of sockets) socket.destroy();
  return { latencyMs: latenciesOf(latencies), lastLateMs };
}
