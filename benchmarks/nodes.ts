/*
 * What scale-out costs: CPU time per event of three engine nodes on one machine beside that of one node, in pairs. Both
 * deployments run all the time, each in a space of its own on one private NATS and one private Redis, and are loaded in
 * turn with the same events; within a pair the ratio is taken, and of the pairs the median. What nodes use without any
 * traffic is measured first, of both at once. Time counts until state and history have caught up.
 * Usage: npx tsx benchmarks/nodes.ts [--quick] [--pairs N] [--warm N] [--batches N] [--singles N] [--connections N]
 *        [--idle SECONDS] [--nodes N] [--cpu-prof DIRECTORY] [--json PATH]
 */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { TesseraError } from '../src/errors.ts';
import { type PrivateServer, startNats, startRedis } from '../test/support/servers.ts';
import { checkState } from './support/check-state.ts';
import { readCpu, SECRET_KEY, type Server, startNode, stopServer } from './support/child.ts';
import { eventCounts, get } from './support/engine-api.ts';
import { sendSlice } from './support/load.ts';
import { describeMachine, formatSpread, formatTable, spreadOf, writeResult } from './support/report.ts';
import { Traffic } from './support/traffic.ts';

const BATCH = 100;
const PARTITIONS = 16;
const POLL_MS = 100;
const CATCH_UP_MS = 90_000;
/** What a start leaves to do is not what an idle node does. */
const REST_MS = 3_000;

interface Plan {
  readonly pairs: number;
  /** Before those that count. */
  readonly warmPairs: number;
  readonly people: number;
  /** Requests of one slice: batches of 100 events, and single events between them. */
  readonly batches: number;
  readonly singles: number;
  /** Shared out evenly over the nodes. */
  readonly connections: number;
  readonly idleSeconds: number;
  readonly nodes: number;
  readonly profiles: string | undefined;
  readonly json: string | undefined;
}

/** CPU µs. */
interface Use {
  readonly nodes: number;
  /** Of it the threads that run JavaScript. */
  readonly main: number;
  readonly nats: number;
  readonly redis: number;
}

interface Servers {
  readonly nats: PrivateServer;
  readonly redis: PrivateServer;
}

interface Arm {
  readonly nodes: readonly Server[];
  readonly traffic: Traffic;
  readonly servers: Servers;
}

interface Slice {
  /** Per event. */
  readonly use: Use;
  readonly perSecond: number;
}

interface Pair {
  readonly one: Slice;
  readonly several: Slice;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      pairs: { type: 'string' },
      warm: { type: 'string' },
      people: { type: 'string' },
      batches: { type: 'string' },
      singles: { type: 'string' },
      connections: { type: 'string' },
      idle: { type: 'string' },
      nodes: { type: 'string' },
      'cpu-prof': { type: 'string' },
      json: { type: 'string' },
    },
  });
  const { quick } = values;
  return {
    pairs: Number(values.pairs ?? (quick ? 2 : 5)),
    warmPairs: Number(values.warm ?? (quick ? 1 : 3)),
    people: Number(values.people ?? (quick ? 500 : 2_000)),
    batches: Number(values.batches ?? (quick ? 20 : 60)),
    singles: Number(values.singles ?? (quick ? 200 : 600)),
    connections: Number(values.connections ?? 12),
    idleSeconds: Number(values.idle ?? (quick ? 5 : 15)),
    nodes: Number(values.nodes ?? 3),
    profiles: values['cpu-prof'],
    json: values.json,
  };
}

async function main(plan: Plan): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-nodes-'));
  const servers: Servers = {
    nats: await startNats({ jetstream: 'max_file_store: 10TB' }),
    redis: await startRedis({ appendonly: true, appendfsync: 'everysec' }),
  };
  const started: Server[] = [];
  const open = async (space: string, count: number): Promise<Arm> => {
    const nodes: Server[] = [];
    for (let n = 0; n < count; n++) {
      nodes.push(await startOne({ directory, space, n, servers, plan }));
      started.push(nodes[n] as Server);
    }
    return { nodes, traffic: new Traffic({ people: plan.people }), servers };
  };
  try {
    const one = await open('one', 1);
    const several = await open('several', plan.nodes);
    await pause(REST_MS);
    const idle = await measureIdle([one, several], plan.idleSeconds);
    for (const arm of [one, several]) await introduce(arm, plan);
    // Each node compiles what is hot for itself: several need that many times as much until they are warm.
    for (let n = 0; n < plan.warmPairs; n++) await runPair({ one, several, severalFirst: n % 2 === 1 }, plan);
    const pairs: Pair[] = [];
    for (let n = 0; n < plan.pairs; n++) {
      // Alternating, so that what the machine does meanwhile favors neither.
      pairs.push(await runPair({ one, several, severalFirst: n % 2 === 1 }, plan));
    }
    for (const { nodes, traffic } of [one, several]) {
      const { sent, expected } = traffic;
      await checkState(nodes[0] as Server, { sent, expected, nodes });
    }
    print({ plan, pairs, idle, sent: one.traffic.sent });
  } finally {
    for (const server of started) await stopServer(server);
    await servers.redis.remove();
    await servers.nats.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Start {
  readonly directory: string;
  readonly space: string;
  readonly n: number;
  readonly servers: Servers;
  readonly plan: Plan;
}

/** The first node of each deployment keeps its history; the roles of all are the same otherwise. */
function startOne({ directory, space, n, servers, plan }: Start): Promise<Server> {
  const { profiles } = plan;
  return startNode({
    dataDirectory: join(directory, `${space}-${n}`),
    nodeFlags:
      profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', join(profiles, `${space}-${n}`)],
    env: {
      TESSERA_NATS_URL: servers.nats.url,
      TESSERA_REDIS_URL: servers.redis.url,
      TESSERA_PARTITIONS: String(PARTITIONS),
      TESSERA_SPACE: space,
      TESSERA_ROLES: n === 0 ? 'ingest,engine,history,serve' : 'ingest,engine,serve',
      TESSERA_MASTER_KEY: hash('sha256', 'nodes', 'base64url'),
      TESSERA_PARITY_SHARE: '0',
    },
  });
}

/** CPU µs per second, by deployment; the servers serve both. */
async function measureIdle(arms: readonly Arm[], seconds: number): Promise<readonly Use[]> {
  const before = arms.map(useOf);
  await pause(seconds * 1_000);
  return arms.map((arm, i) => perUnit(before[i] as Use, useOf(arm), seconds));
}

async function introduce(arm: Arm, { connections }: Plan): Promise<void> {
  const events = [...arm.traffic.introductions()];
  const bodies: string[] = [];
  for (let at = 0; at < events.length; at += BATCH)
    bodies.push(`[${events.slice(at, at + BATCH).join(',')}]`);
  // In order, so that nobody is met as two before being one: that is another traffic.
  await send(arm, bodies, Math.min(connections, arm.nodes.length));
  await caughtUp(arm);
}

interface Arms {
  readonly one: Arm;
  readonly several: Arm;
  readonly severalFirst: boolean;
}

async function runPair({ one, several, severalFirst }: Arms, plan: Plan): Promise<Pair> {
  const first = await measure(severalFirst ? several : one, plan);
  const second = await measure(severalFirst ? one : several, plan);
  return severalFirst ? { one: second, several: first } : { one: first, several: second };
}

async function measure(arm: Arm, plan: Plan): Promise<Slice> {
  const { traffic } = arm;
  const from = traffic.sent;
  const bodies = bodiesOf(traffic, plan);
  const events = traffic.sent - from;
  const before = useOf(arm);
  const began = performance.now();
  await send(arm, bodies, plan.connections);
  await caughtUp(arm);
  const seconds = (performance.now() - began) / 1_000;
  return { use: perUnit(before, useOf(arm), events), perSecond: events / seconds };
}

/** Batches and single events, evenly mixed. */
function bodiesOf(traffic: Traffic, { batches, singles }: Plan): readonly string[] {
  const bodies: string[] = [];
  for (let n = 0, sent = 0; n < batches + singles; n++) {
    const due = Math.floor(((n + 1) * batches) / (batches + singles));
    if (due > sent) {
      sent++;
      bodies.push(traffic.batch(BATCH));
    } else bodies.push(traffic.next());
  }
  return bodies;
}

async function send({ nodes }: Arm, bodies: readonly string[], connections: number): Promise<void> {
  const share = Math.max(1, Math.floor(connections / nodes.length));
  await Promise.all(
    nodes.map(({ port }, n) =>
      sendSlice({
        port,
        path: '/v1/events',
        key: SECRET_KEY,
        connections: share,
        bodies: bodies.filter((_, at) => at % nodes.length === n),
      }),
    ),
  );
}

/** Each node only knows what it works on itself, so the sum of what they have applied decides. */
async function caughtUp({ nodes, traffic }: Arm): Promise<void> {
  const giveUp = performance.now() + CATCH_UP_MS;
  while (performance.now() < giveUp) {
    await pause(POLL_MS);
    const states = await Promise.all(
      nodes.map((node) => get<{ lag: Record<string, number> }>(node, '/readyz')),
    );
    if (states.some(({ lag }) => Object.values(lag).some((behind) => behind > 0))) continue;
    const { applied } = await eventCounts(...nodes);
    if (applied === traffic.sent) return;
  }
  throw new TesseraError('internal', 'the nodes did not catch up');
}

function useOf({ nodes, servers }: Arm): Use {
  const used = nodes.map(({ pid }) => readCpu(pid));
  return {
    nodes: used.reduce((sum, { processUs }) => sum + processUs, 0),
    main: used.reduce((sum, { mainUs }) => sum + mainUs, 0),
    nats: readCpu(servers.nats.pid).processUs,
    redis: readCpu(servers.redis.pid).processUs,
  };
}

function perUnit(before: Use, after: Use, units: number): Use {
  return {
    nodes: (after.nodes - before.nodes) / units,
    main: (after.main - before.main) / units,
    nats: (after.nats - before.nats) / units,
    redis: (after.redis - before.redis) / units,
  };
}

interface Result {
  readonly plan: Plan;
  readonly pairs: readonly Pair[];
  readonly idle: readonly Use[];
  readonly sent: number;
}

function print({ plan, pairs, idle, sent }: Result): void {
  const ratios = pairs.map(({ one, several }) => several.use.nodes / one.use.nodes);
  const everything = ({ nodes, nats, redis }: Use): number => nodes + nats + redis;
  const all = pairs.map(({ one, several }) => everything(several.use) / everything(one.use));
  const row = (
    name: string,
    of: (pair: Pair) => Slice,
    compared: readonly (readonly number[])[],
  ): string[] => {
    const spread = (read: (slice: Slice) => number): string =>
      formatSpread(spreadOf(pairs.map((pair) => read(of(pair)))), 0);
    return [
      name,
      spread(({ use }) => use.nodes),
      spread(({ use }) => use.main),
      spread(({ use }) => use.nats),
      spread(({ use }) => use.redis),
      ...compared.map((values) => (values.length === 0 ? '1' : formatSpread(spreadOf(values), 2))),
      spread(({ perSecond }) => perSecond),
    ];
  };
  const machine = describeMachine();
  const path = writeResult('nodes', { machine, plan, sent, idle, pairs }, plan.json);
  const [idleOne, idleSeveral] = idle.map((use) => (use.nodes / 1_000).toFixed(1));
  const head = ['', 'CPU µs per event, nodes', 'of it JavaScript threads', 'NATS', 'Redis'];
  const lines = [
    `Machine: ${machine}`,
    describeTraffic(plan),
    `Medians of ${plan.pairs} pairs (lowest–highest); checked in both: ${sent.toLocaleString('en')} events, every profile and every row of history as sent`,
    '',
    formatTable(
      [...head, 'nodes ÷ one node', 'all of it ÷ one node', 'events/s'],
      [
        row('one node', (pair) => pair.one, [[], []]),
        row(`${plan.nodes} nodes`, (pair) => pair.several, [ratios, all]),
      ],
    ),
    '',
    `Idle, CPU ms per second: one node ${idleOne}, ${plan.nodes} nodes ${idleSeveral}; NATS and Redis for both deployments ${(((idle[0]?.nats ?? 0) + (idle[0]?.redis ?? 0)) / 1_000).toFixed(1)}`,
    '',
    `All figures: ${path}`,
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

function describeTraffic({ people, batches, singles, connections }: Plan): string {
  const events = batches * BATCH + singles;
  const share = ((singles / events) * 100).toFixed(0);
  return `Traffic: ${people.toLocaleString('en')} known people, ${PARTITIONS} partitions; slices of ${batches} batches of ${BATCH} and ${singles} single events, evenly mixed (${share} % of the events come alone); ${connections} connections in all`;
}

await main(readPlan());
