import { askPaths, sendSlice, type Target } from './load.ts';
import { sendScheduled } from './open-loop.ts';
import { createParseFloor, type ParseFloor } from './parse-floor.ts';
import { createRandom } from './random.ts';
import { type Expected, ITEMS, Traffic, type TrafficOptions } from './traffic.ts';

/*
 * The generator process. It holds the traffic of each server, so that the oracle's numbers come from the side that sent, and is told
 * slice by slice what to send where.
 */
interface ToServer extends Target {
  /** Whose traffic it is. */
  readonly target: string;
}

interface Requests extends ToServer {
  readonly requests: number;
  /** Events in one request. */
  readonly batch: number;
}

export type Order =
  /** Begins the traffic of a server; without it there are the usual number of people, of whom nobody is known. */
  | { readonly kind: 'open'; readonly target: string; readonly traffic: TrafficOptions }
  /** Everybody comes once, in batches. */
  | ({ readonly kind: 'introduce'; readonly batch: number } & ToServer)
  | ({ readonly kind: 'slice' } & Requests)
  | ({ readonly kind: 'scheduled'; readonly perSecond: number; readonly sleeps?: boolean } & Requests)
  /** Lists of recommendations for people of the traffic. */
  | ({ readonly kind: 'recommend'; readonly requests: number; readonly people: number } & ToServer)
  /** No server: parses and checks in this process as many events, in batches. Answers CPU µs per event. */
  | { readonly kind: 'floor'; readonly events: number; readonly batch: number }
  | { readonly kind: 'expected'; readonly target: string };

export interface ExpectedAnswer {
  readonly sent: number;
  readonly expected: readonly [string, Expected][];
}

const traffics = new Map<string, Traffic>();
const PLACEMENTS = ['home', 'item', 'cart', 'store'];
const random = createRandom(8);
let floor: ParseFloor | undefined;

function trafficOf(target: string): Traffic {
  const traffic = traffics.get(target) ?? new Traffic();
  traffics.set(target, traffic);
  return traffic;
}

async function carryOut(order: Order): Promise<object> {
  switch (order.kind) {
    case 'open':
      traffics.set(order.target, new Traffic(order.traffic));
      return {};
    case 'introduce':
      return await sendSlice({ ...order, bodies: inBatches(trafficOf(order.target), order.batch) });
    case 'slice':
      return await sendSlice({ ...order, bodies: bodiesOf(order) });
    case 'scheduled':
      return await sendScheduled({ ...order, bodies: bodiesOf(order) });
    case 'recommend':
      return await askPaths(order, questionsOf(order));
    case 'floor': {
      floor ??= createParseFloor();
      const traffic = trafficOf('floor');
      const bodies = Array.from({ length: Math.ceil(order.events / order.batch) }, () =>
        traffic.batch(order.batch),
      );
      return { cpuUs: floor.measure(bodies) };
    }
    case 'expected': {
      const { sent, expected } = trafficOf(order.target);
      return { sent, expected: [...expected] } satisfies ExpectedAnswer;
    }
  }
}

function bodiesOf({ target, requests, batch }: Requests): readonly string[] {
  const source = trafficOf(target);
  return Array.from({ length: requests }, () => (batch === 1 ? source.next() : source.batch(batch)));
}

function inBatches(traffic: Traffic, size: number): readonly string[] {
  const bodies: string[] = [];
  let batch: string[] = [];
  for (const event of traffic.arrivals()) {
    batch.push(event);
    if (batch.length < size) continue;
    bodies.push(`[${batch.join(',')}]`);
    batch = [];
  }
  if (batch.length > 0) bodies.push(`[${batch.join(',')}]`);
  return bodies;
}

function questionsOf({ requests, people }: { readonly requests: number; readonly people: number }): string[] {
  return Array.from(
    { length: requests },
    () =>
      `/v1/recommendations?user_id=u-${random(people)}&placement=${PLACEMENTS[random(4)]}&item=spu-${random(ITEMS)}&limit=5`,
  );
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
