import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Environment } from '../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../src/adapters/embedded/key-store.ts';
import { type EmbeddedStateStore, openStateStore } from '../src/adapters/embedded/state-store.ts';
import { FUSED } from '../src/cluster/topology.ts';
import { noticesDue } from '../src/desks/consents/notices-due.ts';
import { TesseraError } from '../src/errors.ts';
import { limits } from '../src/limits.ts';
import { keys } from '../src/model/keys.ts';
import type { Facet, Header } from '../src/model/profile.ts';
import { createEntryCodec } from '../src/runner/codec.ts';
import { createStateReader } from '../src/runner/whole-state.ts';
import { createFusedEngine, type FusedEngine } from '../test/support/fused-engine.ts';

/*
 * Who has to be told of a notice, among many people in the embedded store: what a page of the answer costs when all of them are due, and
 * when nobody is, in CPU time, bytes and heap, and for how much CPU time at once others have to wait.
 * Run: npx tsx benchmarks/notices-due.ts [people, default 100000]
 */
const PEOPLE = Number(process.argv[2] ?? 100_000);
const COMMIT_PEOPLE = 5_000;
const CODES = { full: 'state_unavailable', failed: 'state_unavailable' } as const;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** One person as the engine itself makes them, under as many ids. */
async function fill(engine: FusedEngine, store: EmbeddedStateStore): Promise<void> {
  const identifiers = { user_id: 'u-1' };
  const about = { properties: { item_id: 'i-1' }, traits: { dependents: [{ birth_month: '2024-05' }] } };
  await engine.send([{ id: 'e-1', type: 'product_viewed', identifiers, ...about }]);
  const codec = createEntryCodec(engine.definitions);
  const [found] = await store.scan('p0', 'h/', '', 1);
  const next = await store.checkpoint('p0');
  if (found === undefined || next === undefined) throw new TesseraError('internal', 'nobody was made');
  const header = codec.decode(found[0], found[1]) as Header;
  const [id = ''] = header.facets;
  const [bytes] = await store.read('p0', [keys.facet(header.id, id)]);
  const facet = codec.decode(keys.facet(header.id, id), bytes as Uint8Array) as Facet;
  for (let from = 1; from < PEOPLE; from += COMMIT_PEOPLE) {
    const entries = new Map<string, Uint8Array>();
    for (let n = from; n < Math.min(PEOPLE, from + COMMIT_PEOPLE); n += 1) {
      const profile = `z${String(n).padStart(35, '0')}`;
      const [head, part] = [keys.header(profile), keys.facet(profile, id)];
      entries.set(head, codec.encode(head, { ...header, id: profile }));
      entries.set(part, codec.encode(part, facet));
    }
    const answer = await store.commit('p0', { expected: next.version, next, entries });
    if (answer !== 'committed') throw new TesseraError('internal', answer);
  }
}

/** CPU time from turn to turn of the event loop while a work goes on; the longest. */
async function longestTurn(work: Promise<unknown>): Promise<number> {
  let [running, longest] = [true, 0];
  const end = work.finally(() => {
    running = false;
  });
  while (running) {
    const before = cpuMs();
    await nextTurn();
    longest = Math.max(longest, cpuMs() - before);
  }
  await end;
  return longest;
}

async function walk(engine: FusedEngine, store: EmbeddedStateStore, notice: string | undefined) {
  const state = createStateReader(store, FUSED);
  const codec = createEntryCodec(engine.definitions);
  const [began, heap] = [cpuMs(), process.memoryUsage().heapUsed];
  let [pages, people, bytes, longest, grown, after] = [0, 0, 0, 0, 0, ''];
  for (let more = true; more; pages += 1) {
    const asked = noticesDue(
      { notice, after, limit: limits.segmentMembersMax },
      { state, codec, definitions: engine.definitions },
    );
    longest = Math.max(longest, await longestTurn(asked));
    const answer = await asked;
    people += (answer.people as readonly unknown[]).length;
    bytes = Math.max(bytes, JSON.stringify(answer).length);
    grown = Math.max(grown, process.memoryUsage().heapUsed - heap);
    more = typeof answer.next === 'string';
    after = String(answer.next);
  }
  const cpu = cpuMs() - began;
  return {
    due: people,
    pages,
    cpuMs: Math.round(cpu),
    cpuMsPerPage: Number((cpu / pages).toFixed(1)),
    cpuUsPerPerson: Number(((cpu * 1000) / PEOPLE).toFixed(1)),
    largestPageBytes: bytes,
    longestTurnCpuMs: Number(longest.toFixed(1)),
    heapGrownMb: Math.round(grown / 1_048_576),
  };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-notices-'));
  const environment = new Environment(join(directory, 'state'), CODES);
  const store = openStateStore(environment);
  const engine = await createFusedEngine({
    parse: true,
    stateStore: store,
    keyStore: openKeyStore(environment),
  });
  await engine.drain();
  await fill(engine, store);
  await walk(engine, store, 'nothing');
  console.log(JSON.stringify({ everybody: await walk(engine, store, undefined) }));
  console.log(JSON.stringify({ nobody: await walk(engine, store, 'nothing') }));
  await store.close();
  rmSync(directory, { recursive: true, force: true });
}

await main();
