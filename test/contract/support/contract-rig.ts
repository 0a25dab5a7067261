import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { EngineApi } from '../../e2e/support/engine-api.ts';
import { EnginePlace } from '../../e2e/support/engine-place.ts';
import { featureValue } from '../../e2e/support/totals.ts';
import { waitUntil } from '../../e2e/support/wait-until.ts';
import { type Fault, FaultyProxy, type ProxyOptions } from './faulty-proxy.ts';

/** What a library that sends again has to live through: overload, an outage, and an answer that is lost in a restart. */
export const HARDSHIPS: readonly Fault[] = [429, 503, 'restart'];

/** An engine behind a proxy that makes its life hard, both gone with the test. */
export interface ContractRig {
  /** Where libraries are pointed to. */
  readonly proxy: FaultyProxy;
  readonly writeKey: string;
  /** Of the engine as it is now. */
  api(): EngineApi;
  /** A directory that goes with the test. */
  readonly directory: string;
  stop(): Promise<void>;
}

export interface RigOptions extends Pick<ProxyOptions, 'isDelivery'> {
  readonly faults: readonly Fault[];
  /** Further settings of the engine. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startRig({ faults, settings, ...options }: RigOptions): Promise<ContractRig> {
  const place = new EnginePlace();
  const start = () => place.start(settings === undefined ? {} : { settings });
  let engine = await start();
  const proxy = await FaultyProxy.start({
    ...options,
    target: engine.api.address,
    faults,
    async restart() {
      await engine.process.kill();
      engine = await start();
      return engine.api.address;
    },
  });
  return {
    proxy,
    writeKey: engine.api.writeKey,
    api: () => engine.api,
    directory: place.path,
    async stop() {
      await proxy.stop();
      await place.remove();
    },
  };
}

const REST_MS = 200;

/** The events of the story that every library tells, by type. */
export const STORY: Readonly<Record<string, number>> = {
  page_viewed: 1,
  product_viewed: 1,
  profile_identified: 1,
  order_completed: 1,
};

export interface Person {
  /** What its one profile must be known by; the anonymous id may be any where it is not told. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  /** Events in history, by type; the story's unless told. */
  readonly events?: Readonly<Record<string, number>>;
}

/**
 * Waits until every fault has happened and history holds the story, and holds the engine against it: one person with
 * these identifiers, each event counted once however often it was delivered.
 */
export async function expectOnePerson(
  rig: ContractRig,
  { identifiers, events = STORY }: Person,
): Promise<void> {
  const inHistory = async (): Promise<Record<string, number>> => {
    const rows = await rig.api().sql('SELECT type, count() AS n FROM events GROUP BY type');
    return Object.fromEntries(rows.map(({ type, n }) => [String(type), Number(n)]));
  };
  const all = Object.keys(events);
  await waitUntil('the whole story in history', async () => {
    // Asked in peace: a library that sends again has the processor to itself.
    await pause(REST_MS);
    if (!rig.proxy.done) return false;
    const found = await inHistory();
    return all.every((type) => (found[type] ?? 0) > 0);
  });
  const api = rig.api();
  await api.settled();
  expect(await inHistory()).toEqual(events);
  const people = [];
  for await (const profile of api.profiles()) people.push(profile);
  const nobody = people.pop();
  expect(people).toHaveLength(1);
  const [person] = people;
  expect(person?.identifiers).toEqual({ anonymous_id: [expect.any(String)], ...identifiers });
  const read = (name: string): number => featureValue(person?.features[name]);
  const counted = ['views_lifetime', 'orders_lifetime', 'revenue_lifetime'].map(read);
  expect(counted).toEqual([1, 1, 39_900]);
  expect(featureValue(nobody?.features.views_lifetime)).toBe(0);
  expect(await api.numbers('SELECT count() AS n FROM quarantine')).toEqual({ n: 0 });
}
