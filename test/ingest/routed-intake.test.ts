import { describe, expect, it } from 'vitest';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { stagedTopology } from '../../src/cluster/topology.ts';
import { createLocate } from '../../src/ingest/locate-facets.ts';
import { createRoutedIntake } from '../../src/ingest/routed-intake.ts';
import type { Event } from '../../src/model/event.ts';
import { keys, UNATTRIBUTED } from '../../src/model/keys.ts';
import type { QuarantineRecord } from '../../src/model/quarantine-records.ts';
import { decodeRecord, encodeRecord } from '../../src/runner/codec.ts';

const topology = stagedTopology(3);

function event(id: string, changes: Partial<Event> = {}): Event {
  const claims = [{ type: 'user_id', hash: `of-${id}`, verified: true }];
  const times = { time: 1, receivedAt: 1 };
  const base = {
    id,
    type: 'x',
    source: 's',
    channel: 'web',
    claims,
    facet: `f-${id}`,
    properties: {},
  } as const;
  return { ...base, ...times, ...changes };
}

/** What identity knows, and how often it was asked. */
function rig(entries: Readonly<Record<string, object>>) {
  const logs = new Map<string, MemoryLog>(
    topology.all.map((name) => [name, createMemoryLog({ clock: createManualClock(5) })]),
  );
  const asked: string[][] = [];
  const world = { away: false, policy: 'v1' };
  const locate = createLocate({
    read: async (wanted) => {
      asked.push([...wanted]);
      if (world.away) throw new Error('away');
      return wanted.map((key) => entries[key]);
    },
    policyVersion: () => world.policy,
    onAway: () => undefined,
  });
  const intake = createRoutedIntake({
    identity: topology.identity,
    ofProfile: topology.ofProfile,
    log: (name) => logs.get(name) as MemoryLog,
    locate,
    encode: encodeRecord,
  });
  const at = async (name: string): Promise<readonly unknown[]> => {
    const messages = await (logs.get(name) as MemoryLog).read(0, 100);
    return messages.flatMap(({ records }) => records.map((bytes) => decodeRecord(bytes).record));
  };
  return { intake, asked, at, world };
}

const place = (location: string, changes: object = {}) => ({
  owner: location,
  location,
  judged: true,
  ...changes,
});

describe('events of a deployment with several partitions', () => {
  it('go to their person where that is known, to identity otherwise, and each learns its place', async () => {
    const { intake, at } = rig({
      [keys.place('f-a')]: place('person-a'),
      [keys.place('f-c')]: place('person-c'),
    });
    const events = [event('a'), event('b'), event('c'), event('nobody', { claims: [] })];
    const quarantined: QuarantineRecord[] = [
      {
        kind: 'quarantine',
        id: 'q-1',
        source: 's',
        receivedAt: 1,
        code: 'c',
        path: '',
        message: 'm',
        sealed: 'x',
      },
    ];
    const places = await intake.append(events, quarantined);
    const homes = ['person-a', undefined, 'person-c', UNATTRIBUTED].map((id) =>
      id === undefined ? 'identity' : topology.ofProfile(id),
    );
    expect(places.map(({ partition }) => partition)).toEqual(homes);
    expect(await at('identity')).toEqual([{ kind: 'event', event: events[1] }]);
    for (const [i, { partition = '', seq, index }] of places.entries()) {
      expect(seq).toBe(1);
      const record = (await at(partition))[index] as { event: Event };
      expect(record.event.id).toBe(events[i]?.id);
    }
    expect(await at(topology.ofProfile('q-1'))).toContainEqual(quarantined[0]);
  });

  it('pass identity while their combination has not been judged, and always when somebody signs in or out', async () => {
    const { intake, at } = rig({
      [keys.place('f-a')]: place('person-a', { judged: false }),
      [keys.place('f-b')]: place('person-b'),
      [keys.place('f-c')]: place('person-c'),
    });
    const signsIn = event('b', { identity: { type: 'signed_in' } as NonNullable<Event['identity']> });
    await intake.append([event('a'), signsIn, event('c', { combination: 'three' })], []);
    expect((await at('identity')).length).toBe(3);
  });

  it('are judged anew under another policy, if one refused them something', async () => {
    const { intake, at, world } = rig({ [keys.place('f-a')]: place('person-a', { refusedUnder: 'v1' }) });
    await intake.append([event('a')], []);
    expect(await at('identity')).toEqual([]);
    world.policy = 'v2';
    await intake.append([event('a')], []);
    expect((await at('identity')).length).toBe(1);
  });

  it('pass identity where a verdict is from before somebody was erased whose place had that name', async () => {
    const { intake, at } = rig({
      [keys.place('f-a')]: place('person-a', { founded: 7 }),
      [keys.combination('before')]: { facet: 'f-a' },
      [keys.combination('since')]: { facet: 'f-a', judgedAt: 7 },
    });
    await intake.append([event('a', { combination: 'before' }), event('a', { combination: 'since' })], []);
    expect(await at('identity')).toMatchObject([{ event: { combination: 'before' } }]);
    expect(await at(topology.ofProfile('person-a'))).toMatchObject([{ event: { combination: 'since' } }]);
  });

  it('are accepted while the state is away: whoever is remembered goes straight on', async () => {
    const { intake, at, asked, world } = rig({ [keys.place('f-a')]: place('person-a') });
    await intake.append([event('a')], []);
    world.away = true;
    await intake.append([event('a'), event('z')], []);
    expect(asked.length).toBe(2);
    expect((await at(topology.ofProfile('person-a'))).length).toBe(2);
    expect((await at('identity')).length).toBe(1);
  });
});
