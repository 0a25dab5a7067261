import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Person } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import { Attack, FLOODED } from '../support/attack-events.ts';
import {
  founding,
  honest,
  identifiersOf,
  isVerified,
  newDevice,
  ordinary,
  type Sent,
} from '../support/attack-people.ts';
import { AttackRig, type Memory, measureMemory } from '../support/attack-rig.ts';

/** `ATTACK_EVENTS` and `ATTACK_SEED` make it larger, and another one. */
const EVENTS = Number(process.env.ATTACK_EVENTS ?? 30_000);
const SEED = Number(process.env.ATTACK_SEED ?? 7);
const HONEST = Math.max(300, Math.ceil(EVENTS / 100));
const NEWCOMERS = 100;
const BATCH = 500;
const ROUNDS = Math.ceil(EVENTS / BATCH);
const PAUSE_MS = 60_000;
const HEAP_GROWTH_MB = 40;
/** Small enough to be full soon, whatever the size of the attack. */
const CACHE_BYTES = Math.min(limits.cacheBytesMax, EVENTS * 40);
const TIMEOUT_MS = Math.max(300_000, EVENTS * 10);

const attacked = new AttackRig();
/** The same honest traffic at the same times, and nothing else. */
const calm = new AttackRig();
const memory: Memory[] = [];
const owners = new Map<string, string>();
let before = { entries: 0, bytes: 0 };

async function sendAll(rig: AttackRig, all: readonly Sent[]): Promise<void> {
  for (const as of ['secret', 'write'] as const) {
    const events = all.filter((sent) => sent.as === as).map(({ event }) => structuredClone(event));
    for (let at = 0; at < events.length; at += BATCH) await rig.send(events.slice(at, at + BATCH), as);
  }
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

async function live(rig: AttackRig, attack?: Attack): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    rig.engine.clock.advance(PAUSE_MS);
    await sendAll(
      rig,
      range(0, 5).flatMap((k) => ordinary((round * 5 + k) % HONEST, round * 5 + k)),
    );
    if (attack === undefined) continue;
    const events = range(0, Math.min(BATCH, EVENTS - round * BATCH)).map(() => attack.next());
    await rig.send(events, 'write');
    if (round % Math.ceil(ROUNDS / 10) === 0 || round === ROUNDS - 1) memory.push(measureMemory());
  }
}

async function size(rig: AttackRig): Promise<{ entries: number; bytes: number }> {
  const total = { entries: 0, bytes: 0 };
  for await (const [key, bytes] of rig.entries('')) {
    total.entries++;
    total.bytes += key.length + bytes.byteLength;
  }
  return total;
}

beforeAll(async () => {
  for (const rig of [attacked, calm]) {
    await rig.start(CACHE_BYTES);
    await sendAll(rig, range(0, HONEST).flatMap(founding));
  }
  for (const i of range(0, HONEST))
    for (const [type, value] of identifiersOf(i))
      owners.set(`${type}:${value}`, (await attacked.ownerOf(type, value)) ?? '');
  for (const owner of owners.values()) attacked.watched.add(owner);
  before = await size(attacked);
  await live(calm);
  await live(attacked, new Attack({ seed: SEED, honest: HONEST, newcomers: NEWCOMERS }));
}, TIMEOUT_MS);
afterAll(async () => {
  await attacked.close();
  await calm.close();
});

describe(`an attack of ${EVENTS} events from public keys (seed ${SEED}) on ${HONEST} people`, {
  timeout: TIMEOUT_MS,
}, () => {
  it('joins no two of them: every identifier is whose it was', async () => {
    const people = new Set<string>();
    for (const i of range(0, HONEST)) {
      const own = new Set<string>();
      for (const [type, value] of identifiersOf(i)) {
        const owner = await attacked.ownerOf(type, value);
        expect(owner, `${type} of person ${i}`).toBe(owners.get(`${type}:${value}`));
        own.add(owner ?? '');
      }
      expect([...own], `person ${i}`).toHaveLength(1);
      for (const owner of own) people.add(owner);
    }
    expect(people.size).toBe(HONEST);
    expect(attacked.merged).toEqual([]);
    report('merges of traces', attacked.merges);
  });

  it('leaves every facet of theirs as it would be without, byte by byte', async () => {
    let facets = 0;
    for (const i of range(0, HONEST)) {
      const [here, there] = [await ownerOf(attacked, i), await ownerOf(calm, i)];
      for await (const [key, bytes] of calm.entries(`f/${there}/`)) {
        facets++;
        const facet = key.slice(`f/${there}/`.length);
        const found = await attacked.read(keys.facet(here, facet));
        expect(found && Buffer.from(found).toString('hex'), `a facet of person ${i}`).toBe(
          Buffer.from(bytes).toString('hex'),
        );
      }
    }
    expect(facets).toBeGreaterThan(HONEST * 2);
  });

  it('lets nobody say what kind of customer somebody else is', async () => {
    for (const i of range(0, 100))
      expect((await attacked.viewOf('phone', honest.phone(i)))?.kind, `person ${i}`).toBe('customer');
  });

  it('asks nobody anything: statements open no review, and end in no merge of theirs', async () => {
    const reviews = await attacked.read(keys.reviews);
    expect(reviews).toBeUndefined();
    expect(attacked.changes.get('review_opened')).toBeUndefined();
    expect(attacked.changes.get('recycled')).toBeUndefined();
  });

  it('keeps the largest profile within its limits', async () => {
    const most = { identifiers: 0, facets: 0, merges: 0, people: 0, held: 0 };
    for await (const { links, facets, merged } of attacked.decoded<Person>('g/')) {
      most.people++;
      most.identifiers = Math.max(most.identifiers, links.length);
      most.facets = Math.max(most.facets, facets.length);
      most.merges = Math.max(most.merges, merged.length);
    }
    for await (const header of attacked.decoded<Header>('h/')) {
      if (header.kind === 'person') most.held = Math.max(most.held, header.facets.length);
    }
    report('largest profile', most);
    expect(most.identifiers).toBeLessThanOrEqual(limits.identifiersPerProfileMax);
    expect(most.facets).toBeLessThanOrEqual(limits.facetsPerPersonMax);
    expect(most.merges).toBeLessThanOrEqual(limits.mergesPerProfileMax);
    expect(most.held).toBeLessThanOrEqual(limits.facetsPerProfileHardMax);
  });

  it('needs no more memory the longer it lasts, and a few entries of state for each event', async () => {
    const after = await size(attacked);
    const perEvent = (after.entries - before.entries) / EVENTS;
    report('state', {
      perEvent: perEvent.toFixed(1),
      bytesPerEvent: Math.round((after.bytes - before.bytes) / EVENTS),
    });
    report('memory (MB), every tenth', memory);
    report('identity', Object.fromEntries(attacked.changes));
    expect(perEvent).toBeLessThan(40);
    // By the middle every cache is full.
    const middle = memory[Math.floor(memory.length / 2)];
    expect((memory.at(-1)?.heapMb ?? Infinity) - (middle?.heapMb ?? 0)).toBeLessThan(HEAP_GROWTH_MB);
  });

  it('accounts for every event', () => {
    const { sent, ...fates } = attacked.books;
    report('events', attacked.books);
    report('codes', Object.fromEntries(attacked.codes));
    expect(Object.values(fates).reduce((sum, each) => sum + each, 0)).toBe(sent);
    expect(fates.duplicate).toBeGreaterThan(0);
    expect(attacked.codes.get('merge_not_allowed')).toBeGreaterThan(EVENTS / 50);
    expect(attacked.codes.get('too_many_identifiers')).toBeGreaterThan(EVENTS / 50);
    expect(attacked.codes.get('internal')).toBeUndefined();
  });

  it('keeps nobody from coming with a new device, and no newcomer from being one person of their own', async () => {
    const { applied } = attacked.books;
    const newcomers = range(HONEST, NEWCOMERS).filter(isVerified);
    const all = [...range(FLOODED, 100).map(newDevice), ...newcomers.flatMap(founding)];
    await sendAll(attacked, all);
    expect(attacked.books.applied - applied).toBe(all.length);
    const people = new Map<string, number>();
    for (const i of [...range(0, HONEST), ...newcomers]) people.set(await ownerOf(attacked, i), i);
    expect(people.size).toBe(HONEST + newcomers.length);
    for (const i of newcomers)
      for (const [type, value] of identifiersOf(i))
        expect(people.get((await attacked.ownerOf(type, value)) ?? ''), `${type} of person ${i}`).toBe(i);
    // So many facets as a flood may make of one person, nobody makes in a day; then there is no room for a new device.
    await sendAll(attacked, range(0, FLOODED).map(newDevice));
    report('after a flood', Object.fromEntries(attacked.codes));
  });
});

/** By the account, where there is one: it is the strongest. */
async function ownerOf(rig: AttackRig, i: number): Promise<string> {
  const [type, value] = identifiersOf(i).at(-1) ?? ['', ''];
  return (await rig.ownerOf(type, value)) ?? '';
}

function report(name: string, figures: unknown): void {
  console.log(`${name}: ${JSON.stringify(figures)}`);
}
