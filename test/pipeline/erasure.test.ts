import { describe, expect, it } from 'vitest';
import {
  type Erasure,
  type ErasureUnderWay,
  facetTombstoneOf,
  tombstoneOf,
} from '../../src/model/erasure.ts';
import type { Event } from '../../src/model/event.ts';
import type { Place } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import type { CommandRecord, IdentityCommand, LogRecord, MessageBody } from '../../src/model/record.ts';
import type { SegmentCounts } from '../../src/model/segment.ts';
import type { Endpoint } from '../../src/model/webhook.ts';
import { decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { type Erasing, erasePerson } from '../support/erase-person.ts';
import { eventOf } from '../support/fold-world.ts';
import {
  BEGIN_MS,
  createFusedRunner,
  type FusedRunner,
  testPolicy,
  viewsFeature,
} from '../support/fused-runner.ts';
import { createStagedRig, type StagedRig } from '../support/staged-rig.ts';

const definitions: LogRecord = {
  kind: 'definitions',
  author: 'test',
  features: [viewsFeature],
  segments: [{ name: 'viewers', kind: 'segment', when: { feature: 'views', gte: 1 } }],
  triggers: [
    {
      name: 'offer',
      purpose: 'service',
      on: { event: 'checkout_started' },
      action: { channel: 'none', coupon: { pool: 'plus' } },
    },
    {
      name: 'idle',
      purpose: 'service',
      on: { sequence: [{ event: 'product_viewed' }, { not: { event: 'order_completed' }, within: '2h' }] },
      action: { channel: 'none' },
    },
  ],
  coupons: [{ name: 'plus', on_refund: 'return' }],
  webhooks: [{ name: 'crm', url: 'https://crm.example/', decisions: ['fired'], secrets: [] }],
  identity: testPolicy,
};

const codes: LogRecord = {
  kind: 'command',
  author: 'ann',
  command: { type: 'add_codes', pool: 'plus', codes: ['C1', 'C2', 'C3'] },
};

function commandOf(command: IdentityCommand): CommandRecord {
  return { kind: 'command', author: 'eve', command };
}

function seen(id: string, names: readonly string[], more: Partial<Event> = {}): Event {
  return eventOf(id, names, { time: BEGIN_MS, receivedAt: BEGIN_MS, ...more });
}

async function shop(): Promise<FusedRunner> {
  const engine = createFusedRunner();
  await engine.append(definitions, codes);
  await engine.events(
    seen('e1', ['a1', 'u1']),
    seen('e2', ['a1', 'd1', 'u1']),
    seen('e3', ['u1'], { type: 'checkout_started' }),
    seen('e4', ['a2', 'u2']),
    seen('e5', ['u2'], { type: 'checkout_started' }),
  );
  await engine.drain();
  return engine;
}

function erasing(engine: FusedRunner): Erasing {
  return {
    *entries() {
      for (const key of engine.state().keys()) {
        const entry = engine.entry(key);
        if (entry !== undefined) yield [key, entry];
      }
    },
    async command(command) {
      const before = engine.committed.length;
      await engine.append(commandOf(command));
      await engine.drain();
      const outcomes = engine.committed.slice(before).flatMap((batch) => batch.outcomes);
      const { outcome } = outcomes.find((each) => each.command === true) ?? {};
      if (outcome === undefined) throw new Error('a command was not answered');
      return outcome;
    },
    async forget(record) {
      await engine.append(record);
      await engine.drain();
    },
  };
}

function profileOf(engine: FusedRunner, name: string): string {
  const link = engine.entry<{ owner: string }>(`i/${name}`);
  if (link === undefined) throw new Error(`nobody holds ${name}`);
  return link.owner;
}

/** Entries in which a text stands, be it in the key or in the bytes, but for what an erasure leaves on purpose. */
function mentions(engine: FusedRunner, text: string): string[] {
  return [...engine.state()]
    .filter(([key]) => !key.startsWith('er/'))
    .filter(([key, bytes]) => key.includes(text) || Buffer.from(bytes, 'base64').includes(text))
    .map(([key]) => key);
}

describe('a person who is erased', () => {
  it('is gone from every entry, and everybody else is who they were, byte for byte', async () => {
    const engine = await shop();
    const [ann, bob] = [profileOf(engine, 'user_id:u1'), profileOf(engine, 'user_id:u2')];
    const before = engine.state();
    expect(engine.entry<SegmentCounts>(keys.segments)?.members).toEqual([['viewers', 2]]);
    expect(engine.entry<Endpoint>(keys.endpoint('crm'))?.waiting).toBe(2);
    expect(mentions(engine, 'C1')).not.toEqual([]);
    await erasePerson(erasing(engine), 'x1', ann);
    const erasure = engine.entry<ErasureUnderWay>(keys.erasure('x1'));
    expect(erasure).toMatchObject({ profiles: [ann], waiting: [], given: {} });
    for (const { id } of erasure?.facets ?? []) expect(mentions(engine, id)).toEqual([]);
    for (const name of ['a1', 'd1', 'u1']) expect(mentions(engine, `:${name}`)).toEqual([]);
    expect(mentions(engine, ann)).toEqual([keys.header(ann)]);
    expect(engine.entry<Header>(keys.header(ann))).toMatchObject({ erased: erasure?.at, facets: [] });
    expect(mentions(engine, 'C1')).toEqual([]);
    // The code stays drawn, and what is counted is counted without them.
    expect(engine.entry(keys.couponPool('plus'))).toEqual({ added: 3, drawn: 2 });
    expect(engine.entry<SegmentCounts>(keys.segments)?.members).toEqual([['viewers', 1]]);
    expect(engine.entry<Endpoint>(keys.endpoint('crm'))?.waiting).toBe(1);
    const after = engine.state();
    for (const [key, bytes] of before) if (key.includes(bob)) expect(after.get(key), key).toBe(bytes);
    expect(after.get('i/user_id:u2')).toBe(before.get('i/user_id:u2'));
  });

  it('does not come back by what was on its way, nor by a replay of the log', async () => {
    const engine = await shop();
    const ann = profileOf(engine, 'user_id:u1');
    await erasePerson(erasing(engine), 'x1', ann);
    // Ingest remembers where they were, and somebody sends again what is old.
    const old = seen('e9', ['a1', 'u1']);
    await engine.append({ kind: 'routed', profile: ann, event: old });
    await engine.drain();
    expect(engine.committed.at(-1)?.outcomes[0]?.outcome).toMatchObject({
      status: 'refused',
      code: 'erased',
    });
    expect(await engine.apply(old, seen('e1', ['a1', 'u1']), seen('e10', ['a9', 'u1']))).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: 'refused', code: 'erased' })),
    );
    expect(mentions(engine, ':u1')).toEqual([]);
    engine.clock.advance(1_000);
    const later = seen('e11', ['a1', 'u1'], { time: engine.clock.now() });
    await engine.append({ kind: 'routed', profile: ann, event: later });
    await engine.drain();
    const { outcome } = engine.committed.at(-1)?.outcomes[0] ?? {};
    expect(outcome).toMatchObject({ status: 'applied', profileId: profileOf(engine, 'user_id:u1') });
    expect(outcome?.profileId).not.toBe(ann);
    await erasing(engine).command({ type: 'erased', erasure: 'x1', counts: { rows: 3 } });
    expect(engine.entry<Erasure>(keys.erasure('x1'))?.status).toBe('done');
    const replayed = createFusedRunner({ log: engine.log, cacheBytes: 2_000 });
    await replayed.drain();
    expect(replayed.state()).toEqual(engine.state());
  });

  it('does not come back by a verdict from before on a facet that somebody has had again since', async () => {
    const engine = await shop();
    const ann = profileOf(engine, 'user_id:u1');
    // Nobody has looked yet what names them: the verdict on a1, d1 and u1 is there.
    await erasing(engine).command({ type: 'erase', erasure: 'x1', profiles: [ann] });
    engine.clock.advance(1_000);
    const old = seen('e9', ['a1', 'd1', 'u1']);
    const later = seen('e10', ['a1', 'd2', 'u1'], { time: engine.clock.now() });
    expect(later.facet).toBe(old.facet);
    expect(await engine.apply(later, old)).toMatchObject([
      { status: 'applied' },
      { status: 'refused', code: 'erased' },
    ]);
    const [bea, again] = [profileOf(engine, 'user_id:u1'), { ...old, id: 'e11', time: later.time }];
    // What is judged since stands beside it, and one look later the old verdict is gone.
    expect(await engine.apply(again, old)).toMatchObject([
      { status: 'applied', profileId: bea },
      { status: 'refused', code: 'erased' },
    ]);
  });

  it('does not come back by a facet of which somebody else holds every identifier', async () => {
    const engine = createFusedRunner();
    await engine.append(definitions);
    await engine.apply(
      // Two people at one device and in one browser: neither is anybody's any more.
      seen('e1', ['a1', 'd2', 'u2']),
      seen('e2', ['d2', 'u1']),
      seen('e3', ['a1', 'u1']),
      seen('e4', ['a1', 'd1', 'd2']),
    );
    const ann = profileOf(engine, 'device_id:d1');
    const old = seen('e5', ['a1', 'd2']);
    expect(engine.entry<Place>(keys.place(old.facet))?.owner).toBe(ann);
    expect([profileOf(engine, 'anonymous_id:a1'), profileOf(engine, 'device_id:d2')]).not.toContain(ann);
    await erasePerson(erasing(engine), 'x1', ann);
    expect(engine.entry<ErasureUnderWay>(keys.erasure('x1'))?.tombstones).toContain(
      facetTombstoneOf(old.facet),
    );
    expect(await engine.apply(old)).toMatchObject([{ status: 'refused', code: 'erased' }]);
    engine.clock.advance(1_000);
    expect(await engine.apply({ ...old, id: 'e6', time: engine.clock.now() })).toMatchObject([
      { status: 'applied' },
    ]);
  });

  it('does not come back by what has travelled far to where a facet of theirs once was', async () => {
    const engine = createFusedRunner();
    await engine.append(definitions);
    const old = seen('e2', ['d1']);
    await engine.apply(
      seen('e1', ['d1', 'u1']),
      old,
      seen('e3', ['d1'], { identity: { type: 'signed_out' } }),
      seen('e4', ['d1']),
    );
    const [ann, next] = [profileOf(engine, 'user_id:u1'), profileOf(engine, 'device_id:d1')];
    expect(engine.entry<Header>(keys.header(ann))?.tombstones?.get(old.facet)).toBe(next);
    await erasePerson(erasing(engine), 'x1', next);
    expect(engine.entry<Header>(keys.header(ann))?.unknownFacets).toEqual([tombstoneOf(old.facet)]);
    let n = 0;
    const arrive = async (id: string, hops: number): Promise<unknown> => {
      const body = { type: 'event', profile: ann, event: { ...old, id }, hops } as const;
      await engine.append({ kind: 'message', from: '', n: ++n, body });
      await engine.drain();
      return engine.committed.at(-1)?.outcomes[0]?.outcome;
    };
    expect(await arrive('e5', 5)).toMatchObject({ status: 'refused', code: 'erased' });
    // Nor once that place is part of somebody else.
    await engine.apply(seen('e6', ['p1', 'u3']));
    const into = profileOf(engine, 'user_id:u3');
    await erasing(engine).command({ type: 'merge', identifiers: ['user_id:u3', 'user_id:u1'] });
    await engine.drain();
    const merged = [ann, into].filter((id) => engine.entry<Header>(keys.header(id))?.forward !== undefined);
    expect(merged).toEqual([ann]);
    expect(await arrive('e8', 0)).toMatchObject({ status: 'refused', code: 'erased' });
  });

  it('is not told of by a firing that was waiting for its coupon, or a wake record that was on its way', async () => {
    const engine = await shop();
    const ann = profileOf(engine, 'user_id:u1');
    const { alarmAt = 0 } = engine.entry<Header>(keys.header(ann)) ?? {};
    expect(alarmAt).toBeGreaterThan(0);
    await erasePerson(erasing(engine), 'x1', ann);
    // The books of received events turn a page with the time that passes.
    const withoutBooks = () => new Map([...engine.state()].filter(([key]) => key !== keys.ledger));
    const before = withoutBooks();
    const firing = { id: 'f1', trigger: 'offer', profile_id: ann, decision: 'fired', payload: {} };
    engine.clock.advance(alarmAt - engine.clock.now());
    await engine.append(
      { kind: 'wake', profile: ann, at: alarmAt },
      { kind: 'wake', profile: ann, at: 0 },
      {
        kind: 'message',
        from: '',
        n: 1,
        body: {
          type: 'drawn',
          firing: firing.id,
          pool: 'plus',
          profile: ann,
          facet: 'x',
          expires: 0,
          code: 'C9',
        },
      },
    );
    await engine.drain();
    expect(engine.committed.at(-1)?.effects.filter(({ kind }) => kind === 'firing')).toEqual([]);
    expect(withoutBooks()).toEqual(before);
  });
});

describe('erasing in several partitions', () => {
  it('takes records out of the logs so that a replay finds nobody, and later messages still arrive', async () => {
    const rig = await town();
    const at = rig.clock.now();
    const ann = ownerOf(rig, 'user_id:u1');
    await eraseIn(rig, 'x1', ann ?? '');
    const [[, erasure] = []] = rig.entries<ErasureUnderWay>(rig.topology.identity, 'er/');
    expect(Object.keys(erasure?.given ?? {}).sort()).toEqual(
      rig.topology.all.map((name) => `${rig.topology.numberOf(name)}`).sort(),
    );
    expect(erasure?.waiting).toEqual([]);
    const again = createStagedRig(BEGIN_MS);
    for (const partition of rig.topology.all)
      await rewrite(rig, again, partition, erasure as ErasureUnderWay);
    again.clock.advance(Math.max(0, at + 60_000 - again.clock.now()));
    await again.settle(createRandom(7));
    expect(ownerOf(again, 'user_id:u1')).toBeUndefined();
    for (const partition of rig.topology.all)
      for (const [key, bytes] of again.store.scan(partition, '', '', 100_000))
        expect(
          /(?:user_id:u1|anonymous_id:a1)(?!\d)/.test(key + Buffer.from(bytes).toString('latin1')),
          key,
        ).toBe(false);
    // Old events of theirs are dropped, and those of others arrive, wherever they are.
    const time = again.clock.now();
    await again.append({ kind: 'event', event: seen('late', ['a1', 'u1'], { time: at }) });
    for (let n = 2; n < 12; n++)
      await again.append({ kind: 'event', event: seen(`new${n}`, [`u${n}`], { time, type: 'page_viewed' }) });
    await again.settle(createRandom(8));
    expect(ownerOf(again, 'user_id:u1')).toBeUndefined();
    for (let n = 2; n < 12; n++) expect(eventsOf(again, `user_id:u${n}`), `u${n}`).toBe(3);
  });
});

async function town(): Promise<StagedRig> {
  const rig = createStagedRig(BEGIN_MS);
  await rig.append(definitions);
  await rig.settle(createRandom(1));
  for (const round of [1, 2])
    for (let n = 1; n < 12; n++)
      await rig.append({
        kind: 'event',
        event: seen(`r${round}-${n}`, round === 1 ? [`u${n}`] : [`a${n}`, `u${n}`]),
      });
  await rig.settle(createRandom(2));
  return rig;
}

function ownerOf(rig: StagedRig, key: string): string | undefined {
  const links = new Map(rig.entries<{ owner: string }>(rig.topology.identity, 'i/'));
  return links.get(`i/${key}`)?.owner;
}

function eventsOf(rig: StagedRig, key: string): number {
  const owner = ownerOf(rig, key) ?? '';
  const facets = rig.entries<{ events: number }>(rig.topology.ofProfile(owner), `f/${owner}/`);
  return facets.reduce((sum, [, { events }]) => sum + events, 0);
}

async function eraseIn(rig: StagedRig, erasure: string, profile: string): Promise<void> {
  const submit = async (record: LogRecord, partition: string): Promise<void> => {
    await rig.logOf(partition).append([encodeRecord(record)]);
    await rig.settle(createRandom(5));
  };
  await erasePerson(
    {
      entries: () => rig.topology.all.flatMap((partition) => [...rig.entries<object>(partition, '')]),
      command: async (command) => {
        await submit(commandOf(command), rig.topology.identity);
        return { status: 'applied', profileId: '', firings: [] };
      },
      forget: async (record) => {
        for (const partition of rig.topology.people) await submit(record, partition);
      },
    },
    erasure,
    profile,
  );
}

/** The log of a partition as it is once the records of the erased were taken out of it. */
async function rewrite(
  from: StagedRig,
  to: StagedRig,
  partition: string,
  erasure: ErasureUnderWay,
): Promise<void> {
  const messages = await from.logOf(partition).read(0, 10_000);
  const given = erasure.given[from.topology.numberOf(partition)] ?? {};
  const facets = new Set(erasure.facets.map(({ id }) => id));
  for (const { records } of messages) {
    const decoded = records.map((bytes) => decodeRecord(bytes).record);
    await to
      .logOf(partition)
      .append(decoded.map((each) => encodeRecord(without(each, { erasure, facets, given }))));
  }
}

interface Rewriting {
  readonly erasure: ErasureUnderWay;
  readonly facets: ReadonlySet<string>;
  readonly given: Readonly<Record<string, number>>;
}

function without(record: LogRecord, rewriting: Rewriting): LogRecord {
  const { erasure, facets, given } = rewriting;
  switch (record.kind) {
    case 'event':
    case 'routed':
      return facets.has(record.event.facet) ? { kind: 'erased' } : record;
    case 'message':
      return { ...record, body: bodyWithout(record.body, rewriting) };
    case 'command': {
      if (record.command.type !== 'erase') return record;
      const { id, profiles, tombstones, at } = erasure;
      return commandOf({ type: 'erase', erasure: id, profiles, tombstones, at, given });
    }
    default:
      return record;
  }
}

function bodyWithout(body: MessageBody, { erasure, facets, given }: Rewriting): MessageBody {
  if (body.type === 'event' && facets.has(body.event.facet)) return { type: 'erased' };
  if (body.type === 'transfer' && erasure.profiles.includes(body.to)) return { type: 'erased' };
  if (body.type === 'move' && erasure.profiles.includes(body.from)) return { type: 'erased' };
  return body.type === 'erase' && body.profile === '' ? { ...body, given } : body;
}
