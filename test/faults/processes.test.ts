import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { StreamReader } from '../e2e/support/stream-reader.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { CrowdTraffic } from './crowd-traffic.ts';
import { Deployment } from './deployment.ts';
import { ProcessConnection, takenBy, withFreshConnections } from './process-connection.ts';

const SEED = Number(process.env.FAULT_SEED ?? 23);
const KILLS = Number(process.env.PROCESS_KILLS ?? 2);
const VIEWS = "SELECT count() AS n FROM events WHERE item_id = 'item-p-1'";
const SEVERAL = { settings: { TESSERA_PROCESSES: '2' } };

describeWith(['redis-server', 'nats-server'], `two processes on one port (seed ${SEED})`, () => {
  const deployment = new Deployment('processes');
  const random = createRandom(SEED);
  let node: RunningEngine;
  const traffic = new CrowdTraffic(() => [node], random);
  const audit = (story: string): Promise<void> => traffic.audit(node, node, `seed ${SEED}, ${story}`);
  beforeAll(async () => {
    await deployment.start([]);
    node = withFreshConnections(await deployment.startNode('a', SEVERAL));
  }, 120_000);
  afterAll(() => deployment.remove());

  /** One connection to each of them, in the order in which they were started. */
  async function connections(): Promise<readonly ProcessConnection[]> {
    const pids = processesOf(node);
    expect(pids).toHaveLength(2);
    const opened: ProcessConnection[] = [];
    for (const pid of pids) opened.push(await ProcessConnection.open(node, pid, pids));
    return opened;
  }

  it('answer alike, whichever takes the request and whichever applies it', async () => {
    const both = await connections();
    for (let turn = 1; turn <= 6; turn += 1) {
      // Of three people, so that both apply something.
      for (const person of ['p-1', 'p-2', 'p-3']) {
        const events = [lookAt(person)];
        const answer = await both[turn % 2]?.post('/v1/events?wait=applied&include=profile', { events });
        expect(answer.results[0].profile.features.views_lifetime.value).toBe(turn);
      }
    }
    const path = `/v1/sql?format=TabSeparated&query=${encodeURIComponent(VIEWS)}`;
    for (const each of both)
      await waitUntil('history answers by each', async () => Number(await each.text(path)) === 6);
    for (const each of both) await each.close();
  });

  it('tell the clients of both what was decided in either', async () => {
    const pids = processesOf(node);
    const open = () => StreamReader.open(node.api, '/v1/stream/triggers?trigger=plus_size_hesitation');
    const streams: StreamReader[] = [];
    for (const pid of pids) streams.push(await takenBy(pid, { of: pids, action: open }));
    expect(await seriesOf(node, 'tessera_stream_clients')).toEqual({ 1: 1, 2: 1 });
    const people = ['s-1', 's-2', 's-3', 's-4'];
    for (const person of people) {
      const event = lookAt(person, 'women/plus-size/dresses');
      await node.api.apply({ events: [event, { ...event }, { ...event }] });
    }
    for (const stream of streams) {
      const decisions = await stream.next(people.length);
      const profiles = decisions.map(({ data }) => data.profile_id as string);
      expect(new Set(profiles).size).toBe(people.length);
      await stream.close();
    }
  });

  it('are scraped as one, by whichever, each with its own series', async () => {
    const before = await seriesOf(node, 'tessera_events_received_total');
    const both = await connections();
    for (const each of both) await each.post('/v1/events?wait=applied', { events: [lookAt('p-4')] });
    for (const each of both) {
      const text = await each.text('/metrics');
      expect(text.match(/^# TYPE tessera_events_received_total /gm)).toHaveLength(1);
      expect(text.match(/^process_resident_memory_bytes\{process="\d"\}/gm)).toHaveLength(2);
      expect(seriesIn(text, 'tessera_process_up')).toEqual({ 1: 1, 2: 1 });
      const received = seriesIn(text, 'tessera_events_received_total');
      expect(received).toEqual({ 1: (before[1] ?? 0) + 1, 2: (before[2] ?? 0) + 1 });
      expect(total(seriesIn(text, 'tessera_events_applied_total'))).toBe(total(received));
      const ready = JSON.parse(await each.text('/readyz'));
      expect(ready).toMatchObject({ status: 'ready', reasons: [] });
      await each.close();
    }
  });

  it(`lose nothing that was acknowledged when one is killed under load, ${KILLS} times`, async () => {
    for (let round = 1; round <= KILLS; round += 1) {
      const before = processesOf(node);
      const victim = before[random.between(0, before.length - 1)] ?? 0;
      const sending = traffic.send(250);
      await pause(random.between(50, 400));
      process.kill(victim, 'SIGKILL');
      await sending;
      await waitUntil('another process has its place', async () => {
        const now = processesOf(node);
        return now.length === 2 && !now.includes(victim) && (await allUp(node));
      });
      expect(processesOf(node)).toContain(before.find((pid) => pid !== victim));
      await traffic.send(60);
      await audit(`killed one of two processes ${round} times`);
    }
    expect(total(await seriesOf(node, 'tessera_process_restarts_total'))).toBe(KILLS);
  }, 400_000);

  it('is left in order by one that is told to end, and another takes its place', async () => {
    const [, second = 0] = processesOf(node);
    process.kill(second, 'SIGTERM');
    await waitUntil('another process has its place', async () => {
      const now = processesOf(node);
      return now.length === 2 && !now.includes(second) && (await allUp(node));
    });
  });

  it('end in order on SIGTERM, and a node of one process goes on where they were', async () => {
    const pids = processesOf(node);
    expect(pids).toHaveLength(2);
    const sending = traffic.send(40);
    await sending;
    expect(await node.process.stop(), node.process.output).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    node = await deployment.startNode('a');
    await audit('one process after two');
    expect(await node.api.numbers(VIEWS)).toEqual({ n: 6 });
  }, 120_000);

  it('cannot start where one of them cannot, and say so', async () => {
    const refused = deployment.launchNode('b', { ...SEVERAL, port: node.port });
    expect(await refused.ended()).toBe(1);
    expect(refused.output).toContain('process_ended');
    const other = { TESSERA_PROCESSES: '2', TESSERA_PARTITIONS: '5' };
    const wrong = deployment.launchNode('b', { settings: other });
    expect(await wrong.ended()).toBe(1);
    expect(wrong.output).toContain('this space has 4 partitions');
  }, 120_000);

  it('end with the process that looks after them', async () => {
    const orphaned = await deployment.startNode('b', {
      settings: { TESSERA_PROCESSES: '2', TESSERA_ROLES: 'ingest,serve' },
    });
    const pids = processesOf(orphaned);
    expect(pids).toHaveLength(2);
    await orphaned.process.kill();
    await waitUntil('they are gone', () => !pids.some(isAlive));
  }, 120_000);
});

function lookAt(person: string, category = 'women/coats') {
  return {
    type: 'product_viewed',
    identifiers: { user_id: person },
    properties: { item_id: `item-${person}`, category },
  };
}

/** The values of a metric by process. */
async function seriesOf({ api }: RunningEngine, name: string): Promise<Record<string, number>> {
  return seriesIn((await api.get('/metrics')).text, name);
}

function seriesIn(text: string, name: string): Record<string, number> {
  const found = [...text.matchAll(new RegExp(`^${name}\\{process="(\\d+)"\\} (.+)$`, 'gm'))];
  return Object.fromEntries(found.map(([, process, value]) => [process, Number(value)]));
}

function total(values: Record<string, number>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}

async function allUp(node: RunningEngine): Promise<boolean> {
  const up = Object.values(await seriesOf(node, 'tessera_process_up').catch(() => ({ 1: 0 })));
  return up.length === 2 && up.every((value) => value === 1);
}

/** The children of the process that looks after them, in the order in which they were started. */
function processesOf({ process: supervisor }: RunningEngine): readonly number[] {
  const directory = `/proc/${supervisor.pid}/task`;
  return readdirSync(directory)
    .flatMap((thread) => readFileSync(`${directory}/${thread}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '')
    .map(Number)
    .sort((one, other) => one - other);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
