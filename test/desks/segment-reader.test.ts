import { afterAll, describe, expect, it } from 'vitest';
import { SegmentWalk } from '../../src/background/segment-walk.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { createHandTags } from '../../src/desks/hand-tags.ts';
import { createIdentityReader } from '../../src/desks/identity-reader.ts';
import { createSegmentReader } from '../../src/desks/segment-reader.ts';
import { createLogIntake } from '../../src/ingest/intake.ts';
import { JobRegistry } from '../../src/jobs/jobs.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import { nameOfPlace } from '../../src/model/record.ts';
import type { SegmentCounts } from '../../src/model/segment.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { createEntryCodec, encodeRecord } from '../../src/runner/codec.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import { segmentOf } from '../segments/segment-world.ts';
import { createHistoryPlace, type EngineWithHistory } from '../support/engine-with-history.ts';
import { retailPack } from '../support/fused-engine.ts';

const place = createHistoryPlace();
afterAll(() => place.remove());

function view(id: string, identifiers: JsonObject, more: JsonObject = {}): JsonObject {
  return { id, type: 'product_viewed', identifiers, properties: { item_id: 'i1' }, ...more };
}

/** What routes are built on, over an engine whose log is folded by hand. */
function servicesOf(engine: EngineWithHistory, beforeAppend: () => Promise<void> = async () => undefined) {
  const { store, clock, definitions, history, profiles, log, opening } = engine;
  const codec = createEntryCodec(definitions);
  const state = createStateReader(store, FUSED);
  const jobs = new JobRegistry({ clock, onError: () => undefined });
  const segments = createSegmentReader({
    people: FUSED.people,
    store,
    state,
    codec,
    definitions,
    clock,
    history,
    profiles,
    jobs,
  });
  const identity = createIdentityReader({
    state,
    codec,
    now: () => clock.now(),
    findIdentifier: (type, value) => opening.indexOf(type, value) ?? { code: 'none', message: 'none' },
    open: opening.open,
  });
  const tags = createHandTags({
    identity,
    state,
    codec,
    definitions,
    clock,
    intake: createLogIntake({
      log,
      encodeEvent: (event) => encodeRecord({ kind: 'event', event }),
      encodeQuarantine: encodeRecord,
    }),
    outcomes: {
      announce: () => () => undefined,
      async outcomesOf(places) {
        await engine.drain();
        const all = engine.committed.flatMap(({ outcomes }) => outcomes);
        const wanted = places.map(nameOfPlace);
        return wanted.map((name) => {
          const found = all.find(({ position }) => nameOfPlace(position) === name);
          if (found === undefined) throw new Error(`nothing became of ${name}`);
          return found.outcome;
        });
      },
    },
  });
  const walk = new SegmentWalk({
    people: FUSED.people,
    runs: () => true,
    store,
    log: () => ({
      async append(records) {
        await beforeAppend();
        const positions = await log.append(records);
        await engine.drain();
        return positions;
      },
    }),
    codec,
    definitions,
    clock,
    onError: (error) => {
      throw error;
    },
  });
  return { segments, tags, walk, jobs, codec, identity };
}

const hidden = { reveal: false, features: new Set<string>() };

describe('segments as readers see them', () => {
  it('are counted live, listed from history with consent and masking, and compared', async () => {
    const engine = await place.open('segments_read');
    const { segments } = servicesOf(engine);
    await engine.send([
      view('e-1', { phone: '13900001111' }, { consent: { marketing: { sms: true } } }),
      view('e-2', { phone: '13900002222' }, { consent: { marketing: false } }),
      view('e-3', { user_id: 'u-3' }),
    ]);
    await engine.ring();
    await engine.settle();
    const members = (segment: string, more = {}) =>
      segments.members({ segment, after: '', limit: 10, consent: undefined, read: hidden, ...more });
    expect(Object.fromEntries(await segments.counts())).toEqual({
      prospect: 3,
      active_30d: 3,
      reachable_by_message: 1,
    });
    const active = await members('active_30d');
    expect(active.next).toBeUndefined();
    expect(active.members.map(({ identifiers }) => Object.values(identifiers).flat())).toEqual(
      expect.arrayContaining([['139****1111'], ['139****2222'], ['u***']]),
    );
    const willing = await members('active_30d', {
      consent: 'marketing.sms',
      read: { ...hidden, reveal: true },
    });
    expect(willing.members.map(({ identifiers }) => identifiers)).toEqual([{ phone: ['+8613900001111'] }]);
    expect(await segments.overlap('active_30d', 'reachable_by_message')).toEqual({ a: 3, b: 1, both: 1 });
    await expect(members('nonsense')).rejects.toMatchObject({ code: 'not_found' });
    // Page by page, everybody once.
    const first = await members('prospect', { limit: 2 });
    const second = await members('prospect', { limit: 2, after: first.next });
    const ids = [...first.members, ...second.members].map(({ profile_id }) => profile_id);
    expect([first.members.length, second.members.length, new Set(ids).size]).toEqual([2, 1, 3]);
    // Who has left is listed no more, though history still has when they came.
    engine.clock.advance(31 * DAY_MS);
    await engine.ring();
    await engine.settle();
    expect((await members('active_30d')).members).toEqual([]);
    expect((await segments.counts()).get('active_30d')).toBeUndefined();
    await engine.stop();
  });

  it('can be looked at before they are saved: everybody is counted, and nothing changes', async () => {
    const engine = await place.open('segments_preview');
    const { segments, jobs } = servicesOf(engine);
    await engine.send([1, 2, 3, 4].map((n) => view(`e-${n}`, { user_id: `u-${n % 3}` })));
    const before = engine.state();
    const { id } = segments.preview(
      { when: { all: [{ segment: 'prospect' }, { feature: 'views_1h', gte: 2 }] } },
      'ann',
    );
    await expect.poll(() => jobs.get(id)?.status).toBe('done');
    const { profile_id } = (await engine.profiles.byIdentifier('user_id', 'u-1', hidden)) ?? {};
    expect(jobs.get(id)?.result).toEqual({
      segment: 'draft',
      profiles: 3,
      members: 1,
      complete: true,
      sample: [profile_id],
    });
    expect(engine.state()).toEqual(before);
    expect(() => segments.preview({ when: { feature: 'vews_1h', gte: 1 } }, 'ann')).toThrow(
      /no feature "vews_1h"/,
    );
    await jobs.stop();
    await engine.stop();
  });

  it('that come into force while a walk ends are walked for all the same', async () => {
    const engine = await place.open('segments_walk_race');
    const define = async (name: string): Promise<void> => {
      const segments = [segmentOf(name, { feature: 'views_lifetime', gte: 1 })];
      await engine.log.append([
        encodeRecord({ kind: 'definitions', author: 'ann', ...retailPack, segments }),
      ]);
    };
    let appends = 0;
    // The first append wakes people, the second one says that everybody was woken.
    const { segments, walk } = servicesOf(engine, async () => {
      appends += 1;
      if (appends === 2) await define('late');
    });
    await engine.send([1, 2, 3].map((n) => view(`e-${n}`, { user_id: `u-${n}` })));
    await define('early');
    await engine.drain();
    expect(await walk.walk()).toBe(3);
    expect(await walk.walk()).toBe(3);
    expect(Object.fromEntries(await segments.counts())).toEqual({ late: 3 });
    expect(await walk.walk()).toBe(0);
    await engine.stop();
  });

  it('that were defined later take in whoever is silent, once, by a walk', async () => {
    const engine = await place.open('segments_walk');
    const { segments, walk, codec } = servicesOf(engine);
    await engine.send([1, 2, 3].map((n) => view(`e-${n}`, { user_id: `u-${n}` })));
    expect(await walk.walk()).toBe(0);
    const later = segmentOf('looked', { feature: 'views_lifetime', gte: 1 });
    await engine.log.append([
      encodeRecord({ kind: 'definitions', author: 'ann', ...retailPack, segments: [later] }),
    ]);
    await engine.drain();
    expect(await walk.walk()).toBe(3);
    expect(Object.fromEntries(await segments.counts())).toEqual({ looked: 3 });
    expect(await walk.walk()).toBe(0);
    const causes = engine.committed.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'segment' ? [effect.change.cause] : [])),
    );
    expect(new Set(causes)).toEqual(new Set(['event', 'definitions']));
    // Counts are those of a look at every profile.
    const entries = engine.store.scan('p0', 'h/', '', 100);
    const headers = entries.map(([key, bytes]) => codec.decode(key, bytes) as Header);
    const held = headers.flatMap(({ segments: own }) => [...(own?.keys() ?? [])]);
    const [counts] = engine.store.read('p0', [keys.segments]);
    expect(counts && (codec.decode(keys.segments, counts) as SegmentCounts).members).toEqual([
      ['looked', held.length],
    ]);
    await engine.stop();
  });
});

describe('a tag by hand', () => {
  it('is on until it expires or is taken off, says who put it on, and moves segments that ask for it', async () => {
    const segments = [segmentOf('guests', { all: [{ tag: 'vip' }, { not: { tag: 'banned' } }] })];
    const engine = await place.open('tags', { pack: { ...retailPack, segments } });
    const { tags } = servicesOf(engine);
    await engine.send([view('e-1', { phone: '13900001111', user_id: 'u-1' })]);
    const look = async () => {
      await engine.ring();
      const profile = await engine.profiles.byIdentifier('user_id', 'u-1', hidden);
      return [profile?.tags, profile?.segments, profile?.last_seen];
    };
    const seen = engine.clock.now();
    engine.clock.advance(1_000);
    const expires = engine.clock.now() + DAY_MS;
    const vip = { profile: 'phone:13900001111', tag: 'vip', on: true, reason: 'wedding' };
    const nobody = { ...vip, profile: 'phone:13800009999' };
    const [done, refused] = await tags.change([{ ...vip, expires }, nobody], 'ann');
    expect([done, refused]).toEqual([{ profile_id: expect.any(String) }, { code: 'profile_not_found' }]);
    const past = { ...vip, tag: 'banned', expires: engine.clock.now() };
    expect(await tags.change([past], 'ann')).toEqual([{ code: 'tag_expired' }]);
    expect(await look()).toEqual([['vip'], ['guests'], seen]);
    expect((await tags.list('user_id:u-1')).tags).toEqual([
      { tag: 'vip', by: 'hand', author: 'ann', reason: 'wedding', since: engine.clock.now(), expires },
    ]);
    engine.clock.advance(DAY_MS);
    expect(await look()).toEqual([[], [], seen]);
    await tags.change([vip], 'ann');
    expect(await look()).toEqual([['vip'], ['guests'], seen]);
    engine.clock.advance(1);
    await tags.change([{ ...vip, on: false, reason: '' }], 'bob');
    expect(await look()).toEqual([[], [], seen]);
    await engine.stop();
  });

  it('proves nothing about the identifier that it is put on', async () => {
    const engine = await place.open('tags_stated');
    const { tags, identity } = servicesOf(engine);
    await engine.send([view('e-1', { phone: '13900001111' })], 'write');
    const [done] = await tags.change(
      [{ profile: 'phone:13900001111', tag: 'vip', on: true, reason: '' }],
      'ann',
    );
    const known = await identity.byIdentifier('phone', '13900001111', { reveal: false });
    expect(done).toEqual({ profile_id: known?.profile_id });
    expect(known?.identifiers.map(({ verified }) => verified)).toEqual([false]);
    await engine.stop();
  });

  it('leaves with its identifier, and cannot be put on by an event of a client', async () => {
    const engine = await place.open('tags_split');
    const { tags } = servicesOf(engine);
    await engine.send([
      view('e-1', { phone: '13900001111', user_id: 'u-1' }),
      { ...view('e-2', { user_id: 'u-1' }), type: 'tag_changed', tag: { name: 'forged', on: true } },
      {
        id: 'e-3',
        type: 'tag_changed',
        identifiers: { user_id: 'u-1' },
        properties: { tag: 'forged', on: true },
      },
    ]);
    const put = (profile: string, tag: string) => ({ profile, tag, on: true, reason: '' });
    await tags.change([put('phone:13900001111', 'by_phone'), put('user_id:u-1', 'by_user')], 'ann');
    const tagsOf = async (type: string, value: string) =>
      (await engine.profiles.byIdentifier(type, value, hidden))?.tags;
    expect(await tagsOf('user_id', 'u-1')).toEqual(['by_phone', 'by_user']);
    const phone = engine.opening.indexOf('phone', '13900001111');
    await engine.command({ type: 'split', identifier: `phone:${phone?.hash}` });
    await engine.ring();
    expect(await tagsOf('user_id', 'u-1')).toEqual(['by_user']);
    expect(await tagsOf('phone', '13900001111')).toEqual(['by_phone']);
    // Recomputed from history it is the same.
    const now = engine.clock.now();
    await engine.settle();
    const past = await engine.past.byIdentifier('phone', '13900001111', { reveal: true, at: now });
    expect(past?.tags).toEqual(['by_phone']);
    await engine.stop();
  });
});
