import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { createProfileReader, type ProfileReaderOptions } from '../../src/desks/profile-reader.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import type { ProfileReader } from '../../src/serve/services.ts';
import { eventOf } from '../support/fold-world.ts';
import { createFusedEngine, type FusedEngine, START_MS } from '../support/fused-engine.ts';
import { BEGIN_MS, createFusedRunner, type FusedRunner } from '../support/fused-runner.ts';

/** Made anew each time: admission takes wire events over and seals them in place. */
const ann = (): JsonObject => ({
  id: 'e-1',
  type: 'profile_identified',
  time: new Date(START_MS - 1000).toISOString(),
  identifiers: { user_id: 'u-10', phone: '13900001111' },
  traits: { email: 'ann@example.com', name: '王芳', city: 'Shanghai' },
  consent: { personalization: true, marketing: { sms: true, email: false } },
});

const MASKED = { reveal: false };

/** A reader of what a rig has stored; it opens nothing. */
function readerOf(rig: FusedRunner, open: ProfileReaderOptions['open'] = () => undefined): ProfileReader {
  return createProfileReader({
    state: createStateReader(rig.store, FUSED),
    codec: createEntryCodec(rig.definitions),
    definitions: rig.definitions,
    now: () => BEGIN_MS,
    indexOf: () => undefined,
    open,
  });
}

const byUser = (engine: FusedEngine, reveal: boolean) =>
  engine.profiles.byIdentifier('user_id', 'u-10', { reveal });

describe('personal values of a profile', () => {
  it('are masked for readers who may not see them', async () => {
    const engine = await createFusedEngine();
    await engine.send([ann()]);
    const view = await byUser(engine, false);
    expect(view?.traits).toEqual({ email: 'a***@example.com', name: '王*', city: 'Shanghai' });
    expect(view?.identifiers).toEqual({
      user_id: ['u***'],
      phone: ['139****1111'],
      email: ['a***@example.com'],
    });
  });

  it('are open for readers who may', async () => {
    const engine = await createFusedEngine();
    await engine.send([ann()]);
    const view = await byUser(engine, true);
    expect(view?.traits).toEqual({ email: 'ann@example.com', name: '王芳', city: 'Shanghai' });
    expect(view?.identifiers).toEqual({
      user_id: ['u-10'],
      phone: ['+8613900001111'],
      email: ['ann@example.com'],
    });
  });

  it('are gone once the key of their facet is destroyed, and everything else stays', async () => {
    const engine = await createFusedEngine();
    await engine.send([ann()]);
    const id = (await byUser(engine, true))?.profile_id ?? '';
    const asked: string[] = [];
    const reader = createProfileReader({
      state: createStateReader(engine.store, FUSED),
      codec: createEntryCodec(engine.definitions),
      definitions: engine.definitions,
      now: () => engine.clock.now(),
      indexOf: () => undefined,
      open(facet, path) {
        asked.push(`${facet} ${path}`);
        return undefined;
      },
    });
    const view = await reader.byId(id, { reveal: true });
    expect(view?.traits).toEqual({ city: 'Shanghai' });
    expect(view?.identifiers).toEqual({});
    expect(view?.consents).toEqual({ personalization: true, marketing: { sms: true, email: false } });
    expect(new Set(asked.map((line) => line.split(' ')[0])).size).toBe(1);
    expect(asked).toHaveLength(5);
  });

  it('stay readable when their facet was closed by a sign-out, and do not go on with the device', async () => {
    const engine = await createFusedEngine();
    const device = { device_id: 'tablet-7' };
    const both = { ...device, user_id: 'u-10' };
    await engine.send([
      { ...ann(), identifiers: device, traits: { name: '王芳', city: 'Shanghai' } },
      { id: 'e-2', type: 'page_viewed', time: new Date(START_MS).toISOString(), identifiers: both },
      { id: 'e-3', type: 'signed_out', time: new Date(START_MS).toISOString(), identifiers: both },
    ]);
    expect([...engine.state().keys()].filter((key) => /^f\/.*~0$/.test(key))).toHaveLength(1);
    expect((await byUser(engine, true))?.traits).toEqual({ name: '王芳', city: 'Shanghai' });
    const next = await engine.profiles.byIdentifier('device_id', 'tablet-7', { reveal: true });
    expect(next?.traits ?? {}).toEqual({});
  });

  it('stay readable when their facet was folded away, because they keep the name of their key', async () => {
    const engine = await createFusedEngine();
    await engine.send([{ ...ann(), identifiers: { user_id: 'u-10', anonymous_id: 'cookie-0' } }]);
    engine.clock.advance(20 * DAY_MS);
    for (let batch = 0; batch < 6; batch++) {
      const visits = Array.from({ length: 50 }, (_, n) => ({
        id: `v-${batch}-${n}`,
        type: 'page_viewed',
        time: new Date(engine.clock.now()).toISOString(),
        identifiers: { user_id: 'u-10', anonymous_id: `cookie-${batch}-${n}` },
      }));
      await engine.send(visits);
    }
    const view = await byUser(engine, true);
    expect(engine.store.scan('p0', `f/${view?.profile_id}/z-`, '', 10)).toHaveLength(1);
    expect(view?.traits).toEqual({ email: 'ann@example.com', name: '王芳', city: 'Shanghai' });
  });
});

describe('identifiers of a profile', () => {
  it('are left out when their value never arrived, because the event that brought it was quarantined', async () => {
    const rig = createFusedRunner();
    const [outcome] = await rig.apply(eventOf('e1', ['a1', 'u1']));
    const clock = createManualClock(BEGIN_MS);
    const keyring = createKeyring({
      master: Buffer.alloc(32, 7),
      keys: createMemoryKeyStore(),
      space: 'test',
      clock,
    });
    const sealer = createSealer(keyring);
    const reader = readerOf(rig, (facet, path, sealed) => sealer.open({ facet, path }, sealed));
    const view = await reader.byId(outcome?.profileId ?? '', { reveal: true });
    expect(view?.identifiers).toEqual({});
  });
});

describe('the kind of a profile', () => {
  it('is read over all of its facets, and the unattributed profile is none', async () => {
    const rig = createFusedRunner();
    const staff = { kind: 'staff', by: 'event' } as const;
    const outcomes = await rig.apply(
      eventOf('e1', ['d1', 'u1'], { kind: staff }),
      eventOf('e2', ['u1']),
      eventOf('e3', ['u2']),
    );
    const kinds = outcomes.map(async ({ profileId }) => (await readerOf(rig).byId(profileId, MASKED))?.kind);
    expect(await Promise.all(kinds)).toEqual(['staff', 'staff', 'customer']);
    expect((await readerOf(rig).unattributed(MASKED)).kind).toBe('pseudo');
  });
});

describe('the times of a profile', () => {
  it('leave out a facet that went on empty after a sign-out', async () => {
    const rig = createFusedRunner();
    const event = eventOf('e1', ['d1']);
    const [outcome] = await rig.apply(event);
    const from = outcome?.profileId ?? '';
    const facets = [event.facet];
    const epochs = { [event.facet]: 1 };
    const body = { type: 'move', reason: 'epoch', move: 1, from, to: 'next', facets, epochs } as const;
    await rig.append({ kind: 'message', from: 'identity', n: 1, body });
    await rig.drain();
    const next = await readerOf(rig).byId('next', MASKED);
    expect(next).toMatchObject({ kind: 'customer', first_seen: null, last_seen: null });
    const before = await readerOf(rig).byId(from, MASKED);
    expect(before).toMatchObject({ first_seen: event.time, last_seen: event.time });
  });
});

describe('consents of a profile', () => {
  const said = async (...consents: readonly JsonObject[]) => {
    const engine = await createFusedEngine();
    for (const [at, consent] of consents.entries()) {
      const time = new Date(START_MS - 60_000 + at).toISOString();
      await engine.send([{ ...ann(), id: `c-${at}`, time, type: 'consent_changed', consent }]);
    }
    return (await byUser(engine, false))?.consents;
  };

  it('have the shape in which they were given', async () => {
    expect(await said({ marketing: { sms: true } }, { sharing: false, marketing: { email: false } })).toEqual(
      {
        marketing: { sms: true, email: false },
        sharing: false,
      },
    );
  });

  it('show a purpose that was taken back as a whole, and what was said of a channel since', async () => {
    expect(await said({ marketing: { sms: true } }, { marketing: false })).toEqual({ marketing: false });
    expect(await said({ marketing: false }, { marketing: { sms: true } })).toEqual({
      marketing: { '*': false, sms: true },
    });
  });
});

describe('finding a profile', () => {
  it('follows every merge from an old id', async () => {
    const engine = await createFusedEngine();
    const time = new Date(START_MS).toISOString();
    const view = (id: string, identifiers: JsonObject) => ({ id, type: 'page_viewed', time, identifiers });
    const { accepted } = await engine.send([
      view('1', { anonymous_id: 'a-1' }),
      view('2', { phone: '13900001111' }),
      view('3', { user_id: 'u-10', phone: '13700002222' }),
      view('4', { anonymous_id: 'a-1', phone: '13900001111' }),
      view('5', { phone: '13900001111', user_id: 'u-10' }),
    ]);
    const winner = (await byUser(engine, false))?.profile_id;
    for (const { outcome } of accepted) {
      const found = await engine.profiles.byId(outcome?.profileId ?? '', { reveal: false });
      expect(found?.profile_id).toBe(winner);
    }
    const page = await engine.profiles.list('', 10, { reveal: false });
    expect(page.profiles.map(({ profile_id }) => profile_id)).toEqual([winner]);
  });

  it('answers nothing for an identifier that nobody holds any more', async () => {
    const engine = await createFusedEngine();
    await engine.send([ann()]);
    const phone = async () => await engine.profiles.byIdentifier('phone', '13900001111', { reveal: false });
    expect(await phone()).toBeDefined();
    const [key = ''] = [...engine.state().keys()].filter((entry) => entry.startsWith('i/phone:'));
    const codec = createEntryCodec(engine.definitions);
    const [bytes] = engine.store.read('p0', [key]);
    if (bytes === undefined) expect.fail('there is no link');
    const free = codec.encode(key, { ...codec.decode(key, bytes), owner: '' });
    const checkpoint = engine.store.checkpoint('p0');
    if (checkpoint === undefined) expect.fail('nothing was committed');
    const commit = { expected: checkpoint.version, next: checkpoint, entries: new Map([[key, free]]) };
    await engine.store.commit('p0', commit);
    expect(await phone()).toBeUndefined();
  });

  it('answers nothing for what is unknown, blocked or not valid', async () => {
    const engine = await createFusedEngine();
    await engine.send([ann()]);
    for (const [type, value] of [
      ['user_id', 'u-99'],
      ['user_id', 'null'],
      ['phone', 'not a phone'],
      ['shoe_size', '38'],
    ] as const)
      expect(await engine.profiles.byIdentifier(type, value, { reveal: true })).toBeUndefined();
    expect(await engine.profiles.byId('nobody', { reveal: true })).toBeUndefined();
  });

  it('normalizes the value as admission did', async () => {
    const engine = await createFusedEngine();
    await engine.send([ann()]);
    for (const value of ['+86 139 0000 1111', '139-0000-1111', '008613900001111'])
      expect(await engine.profiles.byIdentifier('phone', value, { reveal: false })).toBeDefined();
  });

  it('pages through all of them once, whatever the size of the page', async () => {
    const engine = await createFusedEngine();
    const events = Array.from({ length: 9 }, (_, n) => ({
      id: `e-${n}`,
      type: 'page_viewed',
      time: new Date(START_MS).toISOString(),
      identifiers: { anonymous_id: `cookie-${n}` },
    }));
    await engine.send([
      ...events,
      { id: 'm', type: 'page_viewed', identifiers: { anonymous_id: ['cookie-0', 'cookie-1'] } },
    ]);
    for (const size of [1, 2, 3, 8, 20]) {
      const seen: string[] = [];
      let after: string | undefined = '';
      while (after !== undefined) {
        const page = await engine.profiles.list(after, size, { reveal: false });
        seen.push(...page.profiles.map(({ profile_id }) => profile_id));
        after = page.next;
      }
      expect(seen).toEqual([...seen].sort());
      expect(new Set(seen).size).toBe(8);
      expect(seen).toHaveLength(8);
    }
  });
});
