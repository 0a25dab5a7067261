import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Event } from '../../src/model/event.ts';
import { IdSet } from '../../src/model/id-set.ts';
import type {
  Evidence,
  Healed,
  Link,
  LinkRule,
  PastOwner,
  Person,
  PersonLink,
  Place,
} from '../../src/model/identity.ts';
import { keys, OWNER_OF_LINK, UNATTRIBUTED } from '../../src/model/keys.ts';
import type { Facet, Header, KindRegister, Register, TriggerMemory } from '../../src/model/profile.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import {
  createEntryCodec,
  createRecordCodec,
  decodeRecord,
  encodeRecord,
  isTurn,
} from '../../src/runner/codec.ts';
import { eventOf } from '../support/fold-world.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')));
const event: fc.Arbitrary<Event> = fc
  .record({
    id: text,
    names: fc.uniqueArray(fc.constantFrom('a1', 'd1', 'p1', 'p2?', 'u1'), { maxLength: 4 }),
    time: fc.nat(),
    properties: fc.dictionary(text, json, { maxKeys: 4 }),
    late: fc.boolean(),
  })
  .map(({ id, names, time, properties, late }) =>
    eventOf(id, names, { time, properties: { ...properties }, ...(late ? { late } : {}) }),
  );
/** Every member has its arbitrary: one that is added to the model must be added here, and so to the codec. */
type Members<Entry> = { readonly [Name in keyof Required<Entry>]: fc.Arbitrary<Entry[Name]> };

function entryOf<Entry>(
  members: Members<Entry>,
  optional: readonly (keyof Entry)[] = [],
): fc.Arbitrary<Entry> {
  const requiredKeys = (Object.keys(members) as (keyof Entry)[]).filter((name) => !optional.includes(name));
  // fast-check cannot see which of the members are left out; `optional` names those that may be.
  return fc.record(members, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<Entry>;
}

const moment = fc.oneof(fc.nat(), fc.nat({ max: 2 ** 42 }), fc.constant(0));
const texts = fc.array(text, { maxLength: 3 });
const evidence = entryOf<Evidence>({
  with: text,
  source: text,
  event: text,
  at: moment,
  rule: fc.constantFrom<LinkRule[]>(
    'first_seen',
    'verified',
    'stated',
    'weak',
    'yielded',
    'recycled',
    'command',
  ),
});
const past = entryOf<PastOwner>({
  profile: fc.uuid(),
  from: moment,
  to: moment,
  reason: fc.constantFrom<PastOwner['reason'][]>('signed_out', 'recycled', 'shared', 'yielded', 'unmerged'),
});
const link = entryOf<Link>(
  {
    type: fc.constantFrom('phone', 'wechat_openid@wx:1'),
    hash: fc.stringMatching(/^[\w-]{22}$/),
    owner: fc.oneof(fc.uuid(), fc.constant('')),
    verified: fc.boolean(),
    sealed: text,
    sealedBy: text,
    since: moment,
    evidence: fc.array(evidence, { maxLength: 3 }),
    past: fc.array(past, { maxLength: 2 }),
    seenWith: texts,
    sharedAs: fc.oneof(fc.uuid(), fc.constant('')),
    blocked: fc.boolean(),
    alias: fc.boolean(),
    healed: entryOf<Healed>({ sides: fc.tuple(text, text), sharedAs: text }),
  },
  ['sharedAs', 'blocked', 'alias', 'healed'],
);
const person = entryOf<Person>(
  {
    id: fc.uuid(),
    createdAt: moment,
    links: fc.array(
      entryOf<PersonLink>(
        {
          key: text,
          since: moment,
          verified: fc.boolean(),
          alias: fc.boolean(),
          stated: fc.constant(true),
        },
        ['stated'],
      ),
      { maxLength: 3 },
    ),
    facets: texts,
    merged: texts,
    mergedInto: fc.uuid(),
    apart: texts,
    shared: texts,
    seenAt: moment,
    name: text,
  },
  ['mergedInto'],
);
const profileId = fc.constantFrom('one', 'two');
const place = entryOf<Place>(
  {
    owner: profileId,
    location: profileId,
    judged: fc.boolean(),
    refusedUnder: text,
    names: texts,
    epoch: fc.nat(2),
    home: fc.stringMatching(/^phone:\w+$/),
    founded: fc.integer({ min: 1 }),
  },
  ['refusedUnder', 'home', 'founded'],
).filter(({ judged, refusedUnder }) => judged || refusedUnder === undefined);
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  event.map((value) => ({ kind: 'event', event: value }) as const),
  fc.record({ kind: fc.constant('routed' as const), profile: fc.uuid(), event }),
  fc.record({
    kind: fc.constant('quarantine' as const),
    id: text,
    source: text,
    receivedAt: fc.nat(),
    code: text,
    path: text,
    message: text,
    sealed: text,
  }),
  fc.record({
    kind: fc.constant('message' as const),
    from: text,
    n: fc.nat(),
    body: fc.record({ type: fc.constant('event' as const), profile: fc.uuid(), event }),
  }),
);

describe('records', () => {
  it('say whether they change what is in force', () => {
    const policy = { kind: 'definitions', author: '', features: [], triggers: [] } as never;
    const step = (type: string) => ({ kind: 'backfill', id: 'j-1', step: { type } }) as never;
    const states = { kind: 'backfill', id: 'j-1', step: { type: 'states', after: '', facets: [] } } as const;
    expect(
      [policy, step('request'), step('begin'), step('end'), step('cancel')].map(encodeRecord).map(isTurn),
    ).toEqual(Array.from({ length: 5 }, () => true));
    expect(isTurn(encodeRecord(states))).toBe(false);
    expect(isTurn(encodeRecord({ kind: 'event', event: eventOf('{"kind":"definitions"', ['a1']) }))).toBe(
      false,
    );
  });

  it('come back equal, with the text of their event', () => {
    fc.assert(
      fc.property(record, (value) => {
        const decoded = decodeRecord(encodeRecord(value));
        expect(decoded.record).toEqual(value);
        const own = value.kind === 'event' || value.kind === 'routed';
        expect(decoded.raw).toBe(own ? JSON.stringify(value.event) : undefined);
      }),
    );
  });

  it('come back equal from the middle of a larger buffer', () => {
    const bytes = encodeRecord({ kind: 'event', event: eventOf('e', ['a1']) });
    const padded = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('xyz')]);
    expect(decodeRecord(padded.subarray(3, 3 + bytes.byteLength))).toEqual(decodeRecord(bytes));
  });

  it('are handed over without parsing once, and parsed to an equal event after that', () => {
    fc.assert(
      fc.property(event, (value) => {
        const codec = createRecordCodec();
        const bytes = codec.encodeEvent(value);
        const first = codec.decode(bytes);
        const second = codec.decode(bytes);
        expect('event' in first.record && first.record.event).toBe(value);
        expect(second).toEqual(first);
        expect(second.record).not.toBe(first.record);
        expect(decodeRecord(new Uint8Array(bytes))).toEqual(first);
      }),
    );
  });

  it('that name nobody go to the unattributed profile', () => {
    const { record: routed } = decodeRecord(createRecordCodec().encodeEvent(eventOf('e', [])));
    expect(routed).toMatchObject({ kind: 'routed', profile: UNATTRIBUTED });
  });

  it('of an unknown kind are a corrupt log', () => {
    for (const bytes of [Buffer.from('?{}'), Buffer.alloc(0)]) {
      expect(() => decodeRecord(bytes)).toThrow(TesseraError);
      expect(() => decodeRecord(bytes)).toThrow(expect.objectContaining({ code: 'log_corrupt' }));
    }
  });
});

describe('state entries', () => {
  const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  const again = (key: string, value: object): object => codec.decode(key, codec.encode(key, value));
  const times = fc.array(fc.nat(), { maxLength: 5 });

  it('hold headers', () => {
    const match = fc.record({
      step: fc.integer({ min: -9, max: 8 }),
      time: fc.nat(),
      cause: text,
      key: fc.option(text, { nil: null }),
      facet: text,
    });
    const pending = fc.record({ key: text, time: fc.nat(), due: fc.nat(), cause: text, facet: text });
    const more = fc.constantFrom(
      {},
      { last: 'web\0e1' },
      { tooLarge: true as const, event: JSON.stringify(eventOf('e1', ['a1'])) },
    );
    const memory: fc.Arbitrary<TriggerMemory> = fc
      .record({
        matches: fc.array(match, { maxLength: 4 }),
        pending: fc.array(
          fc.tuple(pending, more).map(([each, rest]) => ({ ...each, ...rest })),
          { maxLength: 3 },
        ),
        under: fc.option(fc.constantFrom('a1', 'b2'), { nil: undefined }),
        done: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }),
      })
      .map(({ under, done, ...rest }) => ({ ...rest, ...(under && { under }), ...(done && { done }) }));
    const header: fc.Arbitrary<Header> = fc
      .record({
        id: text,
        createdAt: fc.nat(),
        kind: fc.constantFrom('person' as const, 'pseudo' as const),
        seenAt: fc.nat(),
        facets: fc.array(text, { maxLength: 4 }),
        triggers: fc.dictionary(text, memory, { maxKeys: 3 }),
        alarms: fc.constantFrom({}, { alarmAt: 5 }, { alarmAt: 5, looksAt: 5 }, { alarmAt: 5, looksAt: 9 }),
        days: fc.constantFrom({}, { plannedUnder: 'v1' }, { waiting: ['i-1', 'i-2'] }, { snapshotAt: 7 }),
        forward: fc.option(text, { nil: undefined }),
        tombstones: fc.option(fc.dictionary(text, text, { maxKeys: 3 }), { nil: undefined }),
      })
      .map(({ triggers, forward, tombstones, alarms, days, ...rest }) => ({
        ...rest,
        ...alarms,
        ...days,
        triggers: new Map(Object.entries(triggers)),
        ...(forward === undefined ? {} : { forward }),
        ...(tombstones === undefined ? {} : { tombstones: new Map(Object.entries(tombstones)) }),
      }));
    fc.assert(
      fc.property(header, (value) => {
        expect(again('h/x', value)).toEqual(value);
      }),
    );
  });

  it('hold headers of before triggers had other patterns than a count', () => {
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    const old = ['p', 1, false, ['f1'], [['hesitation', [10, 20], 15, 99]], null, null, 7, null, 5];
    expect(codec.decode('h/p', packr.pack(old))).toMatchObject({
      alarmAt: 5,
      looksAt: 5,
      triggers: new Map([
        [
          'hesitation',
          {
            matches: [
              { step: 0, time: 10, cause: '', key: '', facet: 'f1' },
              { step: -1, time: 15, cause: '', key: null, facet: 'f1' },
              { step: 0, time: 20, cause: '', key: '', facet: 'f1' },
            ],
            pending: [],
          },
        ],
      ]),
      decisions: { fired: [{ trigger: 'hesitation', at: 99 }] },
    });
  });

  it('hold facets, the same bytes for the same facet whatever the order in which it came to be', () => {
    const register: fc.Arbitrary<Register> = fc
      .record({
        value: json,
        time: fc.nat(),
        tie: text,
        rank: fc.nat(2),
        facet: fc.option(text, { nil: undefined }),
      })
      .map(({ facet, ...rest }) => (facet === undefined ? rest : { ...rest, facet }));
    const registers = fc.dictionary(text, register, { maxKeys: 4 });
    const kind: fc.Arbitrary<KindRegister> = fc.record({
      kind: fc.constantFrom('customer', 'staff', 'test', 'business', 'reseller', 'bot'),
      by: fc.constantFrom('list', 'event', 'rule'),
      time: fc.nat(),
      tie: text,
    });
    const facet = fc
      .record({
        epoch: fc.nat(3),
        kind: fc.option(kind, { nil: undefined }),
        events: fc.nat(),
        first: fc.nat(),
        last: fc.nat(),
        dedupDays: times,
        traits: registers,
        consents: registers,
      })
      .map(({ traits, consents, dedupDays, kind: said, ...rest }): Facet => {
        const days = [...new Set(dedupDays)].sort((a, b) => a - b);
        const maps = { traits: new Map(Object.entries(traits)), consents: new Map(Object.entries(consents)) };
        const known = said === undefined ? {} : { kind: said };
        return { ...emptyFacet('facet'), ...rest, ...maps, ...known, dedupDays: days };
      });
    fc.assert(
      fc.property(facet, (value) => {
        expect(again('f/p/x', value)).toEqual(value);
        const otherwise: Facet = {
          ...value,
          traits: new Map([...value.traits].reverse()),
          dedupDays: value.dedupDays.toReversed(),
        };
        expect(codec.encode('f/p/x', otherwise)).toEqual(codec.encode('f/p/x', value));
      }),
    );
  });

  it('hold what identity keeps in tables of their own, as it is', () => {
    const plain = fc.dictionary(
      text.filter((name) => name !== '__proto__'),
      fc.oneof(fc.integer(), fc.nat({ max: 2 ** 40 }), text, fc.boolean(), fc.array(text)),
    );
    fc.assert(
      fc.property(fc.constantFrom('v/x', 'w/x', 'c/x', 'm/moves', 'n/definitions'), plain, (key, value) => {
        expect(again(key, value)).toEqual({ ...value });
      }),
    );
  });

  it('hold links, and begin with the owner', () => {
    fc.assert(
      fc.property(link, (value) => {
        const key = keys.link(value.type, value.hash);
        expect(again(key, value)).toStrictEqual(value);
        const bytes = codec.encode(key, value);
        expect(Buffer.from(bytes.subarray(0, OWNER_OF_LINK.length)).toString()).toBe(value.owner.padEnd(36));
        expect(codec.encode(key, codec.decode(key, bytes))).toEqual(bytes);
      }),
    );
  });

  it('hold links that begin in the middle of a larger buffer', () => {
    const [value] = fc.sample(link, 1) as [Link];
    const key = keys.link(value.type, value.hash);
    const bytes = codec.encode(key, value);
    const padded = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('xyz')]);
    expect(codec.decode(key, padded.subarray(3, 3 + bytes.byteLength))).toStrictEqual(value);
  });

  it('hold people and places', () => {
    fc.assert(
      fc.property(person, place, (someone, somewhere) => {
        const key = keys.person(someone.id);
        expect(again(key, someone)).toStrictEqual(someone);
        expect(codec.encode(key, again(key, someone))).toEqual(codec.encode(key, someone));
        expect(again('o/x', somewhere)).toStrictEqual(somewhere);
        expect(codec.encode('o/x', again('o/x', somewhere))).toEqual(codec.encode('o/x', somewhere));
      }),
    );
  });

  it('of identity take little more than what they say', () => {
    const owner = '018bcfe5-6800-7000-8000-000000000001';
    const [device, phone] = ['device_id:AAAAAAAAAAAAAAAAAAAAAA', 'phone:BBBBBBBBBBBBBBBBBBBBBB'];
    const known = { since: 1_700_000_000_000, verified: true, alias: false };
    const someone: Person = {
      id: owner,
      createdAt: 1_700_000_000_000,
      seenAt: 1_700_000_000_000,
      links: [device, phone].map((entry) => ({ key: entry, ...known })),
      facets: ['C'.repeat(22), 'D'.repeat(22)],
      merged: [],
      apart: [],
      shared: [],
      name: '',
    };
    const somewhere: Place = { owner, location: owner, judged: true, names: [device, phone], epoch: 0 };
    const saying = device.length + phone.length;
    expect(codec.encode(`g/${owner}`, someone).byteLength).toBeLessThan(saying + 2 * (22 + 9 + 9) + 20);
    expect(codec.encode('o/x', somewhere).byteLength).toBeLessThan(saying + owner.length + 12);
  });

  it('of identity that are malformed or lie under another key are refused', () => {
    const [value] = fc.sample(link, 1) as [Link];
    expect(() => codec.encode('i/phone:other', value)).toThrow(expect.objectContaining({ code: 'internal' }));
    const [someone] = fc.sample(person, 1) as [Person];
    expect(() => codec.encode('g/other', someone)).toThrow(expect.objectContaining({ code: 'internal' }));
    const long = { ...value, owner: 'x'.repeat(37) };
    expect(() => codec.encode(keys.link(value.type, value.hash), long)).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
    const bytesOf = (data: object): Uint8Array => codec.encode('c/x', data);
    const owned = (data: object) => Buffer.concat([Buffer.alloc(36, 0x20), bytesOf(data)]);
    const broken: [string, Uint8Array][] = [
      ['o/x', bytesOf({ owner: 'p' })],
      ['o/x', bytesOf([1])],
      ['g/x', bytesOf([1, 2, [['key', 'when', 0]]])],
      ['i/t:h', owned([0, 0, '', '', ['w', 's', 'e', 1, 99]])],
      ['i/t:h', owned([0, 0, '', '', [], ['p', 1, 2, 99]])],
    ];
    for (const [key, bytes] of broken)
      expect(() => codec.decode(key, bytes)).toThrow(expect.objectContaining({ code: 'data_format' }));
  });

  it('hold deduplication ids in eight bytes each', () => {
    const ids = IdSet.of(['12345678', '\u0000\u00ff234567']);
    expect(codec.encode('d/1/p/f', { ids }).byteLength).toBe(16);
    expect(again('d/1/p/f', { ids })).toEqual({ ids });
  });
});
