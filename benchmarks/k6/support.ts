import { scenario, vu } from 'k6/execution';

/*
 * What the scripts share. All are open loop: requests come at a rate, however long the engine takes, and what finds no free virtual user is a
 * dropped iteration, which fails the run. Settings: BASE_URL, SECRET_KEY, RATE (requests per second), DURATION, PEOPLE.
 */
export const baseUrl = __ENV.BASE_URL ?? 'http://127.0.0.1:8080';
export const rate = Number(__ENV.RATE ?? 100);
export const duration = __ENV.DURATION ?? '30s';
export const people = Number(__ENV.PEOPLE ?? 1_000);

const ITEMS = 1_000;
/** Runs that follow each other on one engine send other ids. */
const RUN = __ENV.RUN ?? 'k6';

export const headers = {
  authorization: `Bearer ${__ENV.SECRET_KEY ?? ''}`,
  'content-type': 'application/json',
} as const;

export const below = (bound: number): number => Math.floor(Math.random() * bound);

/** A look, a cart or an order of one of the people; ids never repeat within a run. */
export function event(n = 0): object {
  const person = below(people);
  const item = below(ITEMS);
  const product = {
    item_id: `spu-${item}`,
    category: `women/category-${item % 40}/sub-${item % 7}`,
    brand: `brand-${item % 60}`,
    price: 10 + below(900),
    currency: 'CNY',
  };
  const common = {
    id: `${RUN}-${vu.idInTest}-${scenario.iterationInTest}-${n}`,
    channel: 'web',
    identifiers: { anonymous_id: `b-${person}`, user_id: `u-${person}` },
  };
  const kind = below(100);
  if (kind < 80) return { ...common, type: 'product_viewed', properties: product };
  if (kind < 95) return { ...common, type: 'product_added', properties: { ...product, quantity: 1 } };
  const order = { order_id: common.id, total: product.price, currency: 'CNY' };
  const products = [{ item_id: product.item_id, price: product.price, quantity: 1 }];
  return { ...common, type: 'order_completed', properties: { ...order, products } };
}

interface ArrivalOptions {
  readonly exec: string;
  readonly share?: number;
}

/** So many per second from the first to the last moment. */
export function constantRate({ exec, share = 1 }: ArrivalOptions): object {
  return {
    executor: 'constant-arrival-rate',
    exec,
    rate: Math.max(1, Math.round(rate * share)),
    timeUnit: '1s',
    duration,
    preAllocatedVUs: 50,
    maxVUs: 500,
  };
}

/** From a tenth of the rate up to it, and a while there. */
export function rampingRate({ exec, share = 1 }: ArrivalOptions): object {
  const target = Math.max(1, Math.round(rate * share));
  return {
    executor: 'ramping-arrival-rate',
    exec,
    startRate: Math.max(1, Math.round(target / 10)),
    timeUnit: '1s',
    stages: [
      { target, duration },
      { target, duration },
    ],
    preAllocatedVUs: 50,
    maxVUs: 500,
  };
}

/** Nothing fails, nothing is dropped, and the slowest hundredth is answered within so many milliseconds. */
export function thresholds(p99Ms: number): Readonly<Record<string, readonly string[]>> {
  return {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    http_req_duration: [`p(99)<${__ENV.P99_MS ?? p99Ms}`],
  };
}
