import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEntryCodec, createRecordCodec, decodeRecord, encodeRecord } from '../src/codec.ts';
import { Definitions } from '../src/definitions.ts';
import { TesseraError } from '../src/errors.ts';
import type { Event } from '../src/model/event.ts';
import { UNATTRIBUTED } from '../src/model/keys.ts';
import type { Facet, Header, Register } from '../src/model/profile.ts';
import type { LogRecord } from '../src/model/record.ts';
import { emptyFacet } from '../src/profile/facets.ts';
import { eventOf } from './support/fold-world.ts';

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
    const memory = fc.record({ matches: times, unlessAt: fc.nat(), firedAt: fc.nat() });
    const header: fc.Arbitrary<Header> = fc
      .record({
        id: text,
        createdAt: fc.nat(),
        kind: fc.constantFrom('customer' as const, 'pseudo' as const),
        facets: fc.array(text, { maxLength: 4 }),
        triggers: fc.dictionary(text, memory, { maxKeys: 3 }),
        forward: fc.option(text, { nil: undefined }),
        tombstones: fc.option(fc.dictionary(text, text, { maxKeys: 3 }), { nil: undefined }),
      })
      .map(({ triggers, forward, tombstones, ...rest }) => ({
        ...rest,
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

  it('hold facets, the same bytes for the same facet whatever the order in which it came to be', () => {
    const register: fc.Arbitrary<Register> = fc
      .record({ value: json, time: fc.nat(), tie: text, facet: fc.option(text, { nil: undefined }) })
      .map(({ facet, ...rest }) => (facet === undefined ? rest : { ...rest, facet }));
    const registers = fc.dictionary(text, register, { maxKeys: 4 });
    const facet = fc
      .record({
        events: fc.nat(),
        first: fc.nat(),
        last: fc.nat(),
        dedupDays: times,
        traits: registers,
        consents: registers,
      })
      .map(({ traits, consents, dedupDays, ...rest }): Facet => {
        const days = [...new Set(dedupDays)].sort((a, b) => a - b);
        const maps = { traits: new Map(Object.entries(traits)), consents: new Map(Object.entries(consents)) };
        return { ...emptyFacet('facet'), ...rest, ...maps, dedupDays: days };
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

  it('hold whatever identity keeps, as it is', () => {
    const plain = fc.dictionary(
      text,
      fc.oneof(fc.integer(), fc.nat({ max: 2 ** 40 }), text, fc.boolean(), fc.array(text)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('i/x', 'g/x', 'o/x', 'c/x', 'm/moves', 'n/definitions'),
        plain,
        (key, value) => {
          expect(again(key, value)).toEqual({ ...value });
        },
      ),
    );
  });

  it('hold deduplication ids in eight bytes each', () => {
    const ids = new Set(['12345678', '\u0000\u00ff234567']);
    expect(codec.encode('d/1/p/f', { ids }).byteLength).toBe(16);
    expect(again('d/1/p/f', { ids })).toEqual({ ids });
  });
});
