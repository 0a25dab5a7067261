import type { Expected } from '../support/traffic.ts';

/** CPU µs since the start. */
export interface Use {
  /** All threads of the Node processes under test. */
  readonly node: number;
  /** Of it the threads that run JavaScript. */
  readonly main: number;
  /** Of what works for them beside: Redis, NATS, the node that keeps history. */
  readonly beside: Readonly<Record<string, number>>;
}

/** Something that takes events over HTTP and is loaded in turn with others. */
export interface Arm {
  /** What the generator calls its traffic. */
  readonly name: string;
  readonly port: number;
  use(): Use;
  /** Until everything that was sent is done: what it does later is part of its cost. */
  caughtUp(sent: number): Promise<void>;
  /** Fails where it does not hold what the oracle says. */
  check(oracle: Oracle): Promise<void>;
  stop(): Promise<void>;
}

export interface Oracle {
  readonly sent: number;
  readonly expected: ReadonlyMap<string, Expected>;
}

export function usePer(events: number, before: Use, after: Use): Use {
  const beside: Record<string, number> = {};
  for (const [name, used] of Object.entries(after.beside))
    beside[name] = (used - (before.beside[name] ?? 0)) / events;
  return {
    node: (after.node - before.node) / events,
    main: (after.main - before.main) / events,
    beside,
  };
}
