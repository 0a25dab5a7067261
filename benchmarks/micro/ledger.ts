import { countedIn, receivedIn } from '../../src/model/conservation.ts';
import type { Event } from '../../src/model/event.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { ConservationLedger } from '../../src/runner/conservation-ledger.ts';

/**
 * What the books of conservation cost an event: found to be received, counted, found to have ended, counted, and its share
 * of the entry that each commit writes; beside JSON.parse of the event, in turns. Run: npx tsx benchmarks/micro/ledger.ts
 */
const ROUNDS = 41;
const EVENTS = 100_000;
const SOURCES = ['web', 'app', 'till-1', 'till-2'];
const NOON = Date.UTC(2026, 10, 21, 12);

const text = JSON.stringify({
  id: 'e-1',
  type: 'product_viewed',
  time: NOON,
  receivedAt: NOON,
  source: 'web',
  channel: 'web',
  claims: [{ type: 'anonymous_id', hash: 'c2f6a1d04b2b8e19aa92d2e2b6c1', verified: false }],
  facet: 'c2f6a1d04b2b8e19aa92d2e2b6c1',
  properties: { item_id: 'spu-1', category: 'women/plus-size/dresses', price: 39_900, currency: 'CNY' },
});

const records = Array.from({ length: EVENTS }, (_, n): LogRecord => {
  const event = JSON.parse(text) as Event;
  const receivedAt = NOON + Math.floor(n / 20);
  return { kind: 'event', event: { ...event, receivedAt, source: SOURCES[n % SOURCES.length] ?? 'web' } };
});

/** Everything that is counted is read once, so that none of it can be left out. */
let seen = 0;

function books(eventsPerCommit: number): number {
  const ledger = new ConservationLedger();
  ledger.load(undefined, true);
  const started = process.cpuUsage();
  for (let n = 0; n < EVENTS; n += 1) {
    const record = records[n] as LogRecord;
    const now = NOON + Math.floor(n / 20);
    ledger.turn(now);
    const received = receivedIn(record);
    if (received !== undefined) ledger.receive(received, now);
    const ended = countedIn(record);
    if (ended !== undefined) ledger.settle(ended, 'applied', now);
    if ((n + 1) % eventsPerCommit > 0) continue;
    seen += ledger.changes()?.byteLength ?? 0;
    ledger.committed();
  }
  return microseconds(started);
}

function parse(): number {
  const started = process.cpuUsage();
  for (let n = 0; n < EVENTS; n += 1) seen += (JSON.parse(text) as Event).claims.length;
  return microseconds(started);
}

function microseconds(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / EVENTS;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const perCommit = [1, 100, 2_000];
const measured = new Map<string, number[]>();
const note = (name: string, cost: number): void => {
  measured.set(name, [...(measured.get(name) ?? []), cost]);
};
for (let round = 0; round < ROUNDS; round += 1) {
  note('JSON.parse of the event', parse());
  for (const events of perCommit) note(`books, ${events} events per commit`, books(events));
}
for (const [name, costs] of measured) {
  const least = Math.min(...costs);
  process.stdout.write(
    `${name.padEnd(34)} ${median(costs).toFixed(3)} µs of CPU per event (least ${least.toFixed(3)})\n`,
  );
}
if (seen === 0) throw new TypeError('nothing was counted');
