import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { type Admission, type AdmitRequest, createAdmit } from '../../src/ingest/admit.ts';
import type { DecodedItem } from '../../src/ingest/body.ts';
import { createIdentityIntake } from '../../src/ingest/identity-intake.ts';
import { loadIdentityPolicy } from '../../src/ingest/identity-policy.ts';
import { createLogIntake } from '../../src/ingest/intake.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import { limits } from '../../src/limits.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { QuarantineRecord } from '../../src/model/quarantine-records.ts';
import type { LogRecord, Position } from '../../src/model/record.ts';
import { createRecordCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';

const ROOT = new URL('../../', import.meta.url);
const schemas = loadEventSchemas(fileURLToPath(new URL('schemas/events', ROOT)));
const policy = loadIdentityPolicy(new URL('deploy/retail/identity.yaml', ROOT));
const START = Date.UTC(2026, 10, 21, 10);
const TIME = new Date(START).toISOString();

const itemOf = (value: JsonObject): DecodedItem => ({ ok: true, value, text: JSON.stringify(value) });

/** Admission with its real parts, and a log and outcomes that can be looked into. */
function createScene() {
  const clock = createManualClock(START);
  const log = createMemoryLog({ clock });
  const store = createMemoryKeyStore();
  const keysMade: string[] = [];
  const keys = {
    ...store,
    putIfAbsent: (facet: string, wrapped: Uint8Array) => {
      keysMade.push(facet);
      return store.putIfAbsent(facet, wrapped);
    },
  };
  const keyring = createKeyring({ master: Buffer.alloc(32, 3), keys, space: 'test', clock });
  const sealer = createSealer(keyring);
  const tally = { received: 0, refused: 0 };
  const board = { announced: 0, withdrawn: 0, asked: [] as Position[] };
  const admit = createAdmit({
    normalize: createNormalizer({ schemas, defaultCurrency: 'CNY', allowCustomTypes: true, sources: {} }),
    identifiers: createIdentityIntake({
      policy: () => ({ version: '1', definition: policy }),
      indexKey: keyring.indexKey,
      defaultRegion: 'CN',
    }),
    keyring,
    sealer,
    intake: createLogIntake({
      log,
      encodeEvent: createRecordCodec().encodeEvent,
      encodeQuarantine: encodeRecord,
    }),
    clock,
    outcomes: {
      announce() {
        board.announced++;
        return () => {
          board.withdrawn++;
        };
      },
      async outcomesOf(positions) {
        board.asked.push(...positions);
        return positions.map(
          ({ seq, index }): Outcome => ({ status: 'applied', profileId: `${seq}.${index}`, firings: [] }),
        );
      },
    },
    tally: {
      received: {
        add: (count) => {
          tally.received += count;
        },
      },
      refused: {
        add: (count) => {
          tally.refused += count;
        },
      },
    },
  });
  return {
    log,
    keyring,
    sealer,
    tally,
    board,
    keysMade,
    take: (
      items: readonly DecodedItem[],
      more: Partial<Pick<AdmitRequest, 'wait' | 'dryRun' | 'verified' | 'decode'>> = {},
    ) =>
      admit({
        items,
        decode: (event) => ({ ok: true, event }),
        context: { receivedAt: clock.now(), source: 'shop', defaultChannel: 'web', publicKey: false },
        origin: { dialect: 'canonical', path: '/v1/events', envelope: {} },
        verified: true,
        wait: false,
        dryRun: false,
        ...more,
      }),
    bytes: (): Buffer => Buffer.concat(log.read(0, 1_000).flatMap(({ records }) => [...records])),
    records: (): LogRecord[] =>
      log.read(0, 1_000).flatMap(({ records }) => records.map((bytes) => decodeRecord(bytes).record)),
  };
}

const eventsIn = (records: readonly LogRecord[]): Event[] =>
  records.flatMap((record) => (record.kind === 'event' || record.kind === 'routed' ? [record.event] : []));
const keptIn = (records: readonly LogRecord[]): QuarantineRecord[] =>
  records.filter((record) => record.kind === 'quarantine');

const view = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'product_viewed',
  time: TIME,
  identifiers: { anonymous_id: 'cookie-7', user_id: 'u-77' },
  properties: { item_id: 'spu-1' },
  ...more,
});

const indexesOf = ({ accepted, rejected }: Admission): [number[], number[]] => [
  accepted.map(({ index }) => index),
  rejected.map(({ index }) => index),
];

describe('what quarantine calls an event in the clear', () => {
  it.each([
    ['e-bad', 'e-bad'],
    ['0b5c9a1e-1234567-x', '0b5c9a1e-1234567-x'],
    ['13900001111', undefined],
    ['+86 139 0000 1111', undefined],
    ['11010519491231002X', undefined],
    ['138.0013.9011', undefined],
    ['tel:13900001111', undefined],
    ['１３９００００１１１１', undefined],
    ['ann%40example.com', undefined],
    ['evt-1234567890', 'evt-1234567890'],
    ['ann@example.com', undefined],
    ['e-\u202e1', undefined],
    ['e\n1', undefined],
    ['', undefined],
    ['x'.repeat(500), 'x'.repeat(limits.eventIdCharactersMax)],
  ])('%j is %j', async (id, kept) => {
    const scene = createScene();
    await scene.take([itemOf(view(id, { time: '2099-01-01T00:00:00Z' }))]);
    expect(keptIn(scene.records()).map(({ eventId }) => eventId)).toEqual([kept]);
  });

  it('is nothing where it has a number for a name', async () => {
    const scene = createScene();
    await scene.take([itemOf({ ...view(''), id: 7, time: '2099-01-01T00:00:00Z' })]);
    expect(keptIn(scene.records())).toEqual([expect.not.objectContaining({ eventId: expect.anything() })]);
  });
});

describe('one bad event of many', () => {
  it('is kept with its reason, sealed and openable, and fails no other', async () => {
    const scene = createScene();
    const bad = view('e-bad', { time: '2099-01-01T00:00:00Z', properties: { note: 'whisper' } });
    const admission = await scene.take([itemOf(view('e-1')), itemOf(bad), itemOf(view('e-3'))]);
    expect(indexesOf(admission)).toEqual([[0, 2], [1]]);
    const [rejected] = admission.rejected;
    expect(rejected).toMatchObject({ id: 'e-bad', code: 'time_in_future', path: '/time' });
    const [kept, ...others] = keptIn(scene.records());
    expect(others).toEqual([]);
    expect(kept).toMatchObject({
      id: rejected?.quarantine_id,
      code: 'time_in_future',
      source: 'shop',
      receivedAt: START,
    });
    expect(scene.bytes().includes('whisper')).toBe(false);
    const opened: unknown = JSON.parse(scene.sealer.openQuarantined(kept?.sealed ?? ''));
    expect(opened).toMatchObject({ text: JSON.stringify(bad), dialect: 'canonical', path: '/v1/events' });
    expect(eventsIn(scene.records()).map(({ id }) => id)).toEqual(['e-1', 'e-3']);
    expect(scene.tally).toEqual({ received: 3, refused: 0 });
  });

  it('is kept also when it could not be read at all', async () => {
    const scene = createScene();
    const broken: DecodedItem = { ok: false, code: 'invalid_json', path: '', message: 'no', text: '{"id":' };
    const admission = await scene.take([broken, itemOf(view('e-1'))]);
    expect(indexesOf(admission)).toEqual([[1], [0]]);
    const [kept] = keptIn(scene.records());
    expect(scene.sealer.openQuarantined(kept?.sealed ?? '')).toContain(JSON.stringify('{"id":'));
  });

  it('is refused without being kept when it is too large', async () => {
    const scene = createScene();
    const large: DecodedItem = {
      ok: false,
      code: 'event_too_large',
      path: '',
      message: 'too large',
      text: 'x',
    };
    const long: DecodedItem = {
      ok: false,
      code: 'invalid_json',
      path: '',
      message: 'no',
      text: 'x'.repeat(limits.eventBytesMax + 1),
    };
    const admission = await scene.take([large, long, itemOf(view('e-1'))]);
    expect(admission.rejected.map(({ code, quarantine_id }) => [code, quarantine_id])).toEqual([
      ['event_too_large', undefined],
      ['invalid_json', undefined],
    ]);
    expect(keptIn(scene.records())).toEqual([]);
    expect(scene.tally).toEqual({ received: 3, refused: 2 });
  });

  it('is kept as long as its body has not filled its share, with what surrounded each', async () => {
    const scene = createScene();
    const text = `{"type":${'x'.repeat(limits.eventBytesMax - 20)}`;
    const broken: DecodedItem = { ok: false, code: 'invalid_json', path: '', message: 'no', text };
    const fits = Math.floor(limits.bodyQuarantineBytesMax / (text.length + '{}'.length));
    const { rejected } = await scene.take(Array.from({ length: fits + 2 }, () => broken));
    const ids = rejected.map(({ quarantine_id }) => quarantine_id);
    expect(ids.filter((id) => id !== undefined)).toHaveLength(fits);
    expect(ids.slice(fits)).toEqual([undefined, undefined]);
    expect(keptIn(scene.records())).toHaveLength(fits);
    expect(scene.tally).toEqual({ received: fits + 2, refused: 2 });
  });

  it('lets others have their turn while many are taken in, and keeps their order', async () => {
    const scene = createScene();
    const items = Array.from({ length: limits.admitSliceEvents * 3 + 1 }, (_, n) => itemOf(view(`e-${n}`)));
    const many = scene.take(items);
    const one = await scene.take([itemOf(view('between'))]);
    const { accepted } = await many;
    expect(accepted.map(({ event }) => event.id)).toEqual(items.map((_, n) => `e-${n}`));
    expect(one.accepted).toHaveLength(1);
    const ids = scene.records().map((record) => ('event' in record ? record.event.id : undefined));
    expect(ids.indexOf('between')).toBe(0);
  });

  it('has an id of its own, although it says the same as another', async () => {
    const scene = createScene();
    const bad = view('same', { time: 'yesterday' });
    const { rejected } = await scene.take([itemOf(bad), itemOf(bad)]);
    expect(new Set(rejected.map(({ quarantine_id }) => quarantine_id)).size).toBe(2);
  });

  it('with too many identifiers is kept', async () => {
    const scene = createScene();
    const many = Array.from({ length: limits.identifiersPerEventMax / 2 + 1 }, (_, n) => `x-${n}`);
    const identifiers = { anonymous_id: many, device_id: many };
    const { rejected } = await scene.take([itemOf(view('e', { identifiers }))]);
    expect(rejected).toMatchObject([{ code: 'too_many_identifiers', path: '/identifiers' }]);
    expect(keptIn(scene.records())).toHaveLength(1);
  });
});

describe('an item that is several events, or none', () => {
  const seen = (id: string): JsonObject => ({
    id,
    type: 'page_viewed',
    time: TIME,
    identifiers: { anonymous_id: 'a-1' },
  });
  const split: AdmitRequest['decode'] = ({ events }) =>
    (events as JsonObject[]).map((event) => ({ ok: true, event }));

  it('brings all of them, in their order, between those of its neighbors', async () => {
    const scene = createScene();
    const items = [['e-1'], ['e-2', 'e-3'], [], ['e-4']].map((ids) => itemOf({ events: ids.map(seen) }));
    const { accepted, rejected } = await scene.take(items, { decode: split });
    expect(accepted.map(({ index, event }) => [index, event.id])).toEqual([
      [0, 'e-1'],
      [1, 'e-2'],
      [1, 'e-3'],
      [3, 'e-4'],
    ]);
    expect(rejected).toEqual([]);
    expect(scene.tally).toEqual({ received: 4, refused: 0 });
  });

  it('is kept as a whole, as it was sent, where one of its events cannot be taken', async () => {
    const scene = createScene();
    const item = itemOf({ events: [seen('e-1'), { type: 7 }] });
    const { accepted, rejected } = await scene.take([item], { decode: split });
    expect(accepted).toEqual([]);
    expect(rejected).toMatchObject([
      { index: 0, code: 'schema_violation', quarantine_id: expect.any(String) },
    ]);
    expect(scene.bytes().includes('page_viewed')).toBe(false);
  });

  it('may leave nothing at all', async () => {
    const scene = createScene();
    expect(await scene.take([itemOf({ events: [] })], { decode: split })).toMatchObject({
      accepted: [],
      rejected: [],
    });
  });
});

describe('a dry run', () => {
  it('says what would become of each event, and stores nothing: no record, no key, no count', async () => {
    const scene = createScene();
    const items = [
      itemOf(view('e-1', { traits: { email: 'ann@example.com' } })),
      itemOf(view('e-2', { time: 'x' })),
    ];
    const admission = await scene.take(items, { dryRun: true, wait: true });
    expect(indexesOf(admission)).toEqual([[0], [1]]);
    expect(admission.rejected[0]?.quarantine_id).toBeUndefined();
    expect(JSON.stringify(admission)).not.toContain('ann@example.com');
    expect(scene.log.stats().lastSeq).toBe(0);
    expect(scene.keysMade).toEqual([]);
    expect([scene.tally.received, scene.board.announced]).toEqual([0, 0]);
  });

  it('introduces nobody: the event that follows still brings its identifiers', async () => {
    const scene = createScene();
    await scene.take([itemOf(view('e-1'))], { dryRun: true });
    await scene.take([itemOf(view('e-1'))]);
    expect(eventsIn(scene.records())[0]?.claims.every(({ sealed }) => sealed !== undefined)).toBe(true);
  });
});

describe('personal values', () => {
  const SECRETS = ['13900001111', 'ann@example.com', '王芳', 'cookie-7', 'u-77', '1990-02-03'];
  const personal = (id: string): JsonObject =>
    view(id, {
      identifiers: { anonymous_id: 'cookie-7', user_id: 'u-77', phone: '13900001111' },
      traits: { email: 'ann@example.com', name: '王芳', birthday: '1990-02-03', city: 'Shanghai' },
    });

  it('are nowhere in the bytes of the log', async () => {
    const scene = createScene();
    await scene.take([itemOf(personal('e-1')), itemOf(personal('e-2'))]);
    await scene.take([itemOf({ ...personal('e-3'), time: 'never' })]);
    expect(scene.bytes().includes('Shanghai')).toBe(true);
    for (const secret of SECRETS) expect(scene.bytes().includes(secret), secret).toBe(false);
  });

  it('leave of a birthday the month and the day readable, for the calendar, and nothing of the year', async () => {
    const scene = createScene();
    await scene.take([itemOf(personal('e-1'))]);
    const [event] = eventsIn(scene.records());
    expect(event?.traits?.birthday).toMatchObject({ kind: 'birthday', day: '02-03' });
    expect(JSON.stringify(event)).not.toContain('1990');
    expect(event?.traits?.name).not.toHaveProperty('day');
  });

  it('open for whoever has the key of the facet, at their own place only', async () => {
    const scene = createScene();
    await scene.take([itemOf(personal('e-1'))]);
    const [event] = eventsIn(scene.records());
    const email = event?.traits?.email as { readonly $sealed: string };
    const facet = event?.facet ?? '';
    expect(await scene.sealer.open({ facet, path: '/traits/email' }, email.$sealed)).toBe('ann@example.com');
    const phone = event?.claims.find(({ type }) => type === 'phone');
    expect(await scene.sealer.open({ facet, path: 'identifiers.phone' }, phone?.sealed ?? '')).toBe(
      '+8613900001111',
    );
    expect(() => scene.sealer.open({ facet, path: '/traits/name' }, email.$sealed)).toThrow(
      expect.objectContaining({ code: 'seal_broken' }),
    );
    await scene.keyring.destroy(facet);
    expect(await scene.sealer.open({ facet, path: '/traits/email' }, email.$sealed)).toBeUndefined();
  });
});

describe('the sealed identifiers of a combination', () => {
  const introductions = (records: readonly LogRecord[]) =>
    eventsIn(records).map(({ claims }) => claims.every(({ sealed }) => sealed !== undefined));

  it('come with its first event and no other', async () => {
    const scene = createScene();
    await scene.take([itemOf(view('e-1')), itemOf(view('e-2'))]);
    await scene.take([itemOf(view('e-3'))]);
    expect(introductions(scene.records())).toEqual([true, false, false]);
  });

  it('come for each combination, also where several share a facet', async () => {
    const scene = createScene();
    const of = (device: string) => ({
      identifiers: { anonymous_id: 'cookie-7', device_id: device, user_id: 'u-77' },
    });
    await scene.take([itemOf(view('e-1', of('d-1'))), itemOf(view('e-2', of('d-2')))]);
    const [first, second] = eventsIn(scene.records());
    expect(first?.facet).toBe(second?.facet);
    expect(introductions(scene.records())).toEqual([true, true]);
  });

  it.each(['before', 'after'] as const)(
    'come again when the append failed %s it took effect',
    async (when) => {
      const scene = createScene();
      scene.log.failNextAppend(when);
      await expect(scene.take([itemOf(view('e-1'))])).rejects.toMatchObject({ code: 'log_unavailable' });
      expect(scene.tally).toEqual({ received: 1, refused: 1 });
      await scene.take([itemOf(view('e-1'))]);
      expect(introductions(scene.records()).at(-1)).toBe(true);
    },
  );
});

describe('the facet of an event', () => {
  const facetsOf = async (...identifiers: readonly JsonObject[]) => {
    const scene = createScene();
    const { accepted } = await scene.take(
      identifiers.map((entry, n) => itemOf(view(`e-${n}`, { identifiers: entry }))),
    );
    return accepted.map(({ event }) => `${event.facet} ${event.combination ?? ''}`);
  };

  it('does not depend on the order in which identifiers are written', async () => {
    const [first, second, third] = await facetsOf(
      { user_id: 'u-77', anonymous_id: ['b', 'a'], phone: '13900001111' },
      { phone: '+86 139 0000 1111', anonymous_id: ['a', 'b'], user_id: 'u-77' },
      { user_id: 'u-77', anonymous_id: 'a' },
    );
    expect(first).toBe(second);
    expect(third).not.toBe(first);
  });

  it('is one of the pseudo-facets for what names nobody', async () => {
    const [nobody, blocked] = await facetsOf({}, { user_id: 'null' });
    expect(nobody).toMatch(/^u-\d+ $/);
    expect(blocked).toMatch(/^u-\d+ $/);
  });
});

describe('an admission', () => {
  it('waits for the outcomes of its own events, in their order, and withdraws', async () => {
    const scene = createScene();
    const items = [itemOf(view('e-1')), itemOf(view('bad', { time: 'x' })), itemOf(view('e-2'))];
    const { accepted } = await scene.take(items, { wait: true });
    expect(accepted.map(({ outcome }) => outcome?.profileId)).toEqual(['1.0', '1.1']);
    expect(scene.board).toMatchObject({ announced: 1, withdrawn: 1 });
    scene.log.failNextAppend('before');
    await expect(scene.take(items, { wait: true })).rejects.toMatchObject({ code: 'log_unavailable' });
    expect(scene.board).toMatchObject({ announced: 2, withdrawn: 2 });
    expect(scene.board.asked).toHaveLength(2);
  });

  it('gives events without an id one that no other event has', async () => {
    const scene = createScene();
    const { id: _, ...nameless } = view('');
    const first = await scene.take([itemOf({ ...nameless }), itemOf({ ...nameless })]);
    const second = await scene.take([itemOf({ ...nameless })]);
    const ids = [...first.accepted, ...second.accepted].map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(3);
  });

  it('tells which identifiers it left out, and keeps the event', async () => {
    const scene = createScene();
    const identifiers = { user_id: 'guest', phone: '12', anonymous_id: 'cookie-7', shoe: '38' };
    const { accepted } = await scene.take([itemOf(view('e-1', { identifiers }))]);
    expect(accepted[0]?.dropped.map(({ type, code }) => [type, code])).toEqual([
      ['user_id', 'blocked_identifier'],
      ['phone', 'invalid_identifier'],
      ['shoe', 'unknown_identifier_type'],
    ]);
    expect(accepted[0]?.event.claims.map(({ type }) => type)).toEqual(['anonymous_id']);
  });

  it('makes stated claims of what a public key sends', async () => {
    const scene = createScene();
    const { accepted } = await scene.take([itemOf(view('e-1'))], { verified: false });
    expect(accepted[0]?.event.claims.map(({ verified }) => verified)).toEqual([false, false]);
  });

  it('makes stated claims of what anybody may have typed, whoever sends it', async () => {
    const { accepted } = await createScene().take([itemOf(view('e-1'))], {
      verified: true,
      decode: (event) => ({ ok: true, event, stated: true }),
    });
    expect(accepted[0]?.event.claims.some(({ verified }) => verified)).toBe(false);
  });
});

describe('what an event says about identity', () => {
  const taken = async (event: JsonObject, verified = true) => {
    const scene = createScene();
    const admission = await scene.take([itemOf({ id: 'e', time: TIME, ...event })], { verified });
    const [logged] = eventsIn(scene.records());
    return { scene, admission, event: logged };
  };

  it('is in the log, and nothing of it where there is nothing to say', async () => {
    const signedIn = await taken({
      type: 'signed_in',
      identifiers: { device_id: 'd-1', user_id: 'u-77' },
      traits: { name: 'Ann Zhao', kind: 'staff' },
      context: { userAgent: 'Googlebot' },
    });
    expect(signedIn.event).toMatchObject({
      identity: { type: 'signed_in' },
      name: expect.stringMatching(/^[\w-]{22}$/),
      kind: { kind: 'bot', by: 'rule' },
    });
    expect(signedIn.scene.bytes().includes('Ann Zhao')).toBe(false);
    const plain = await taken(view('e-1'));
    for (const field of ['identity', 'name', 'kind']) expect(plain.event).not.toHaveProperty(field);
  });

  it('holds the numbers of merged memberships as sealed identifiers only', async () => {
    const { scene, event } = await taken({
      type: 'members_merged',
      identifiers: {},
      properties: { kept: '00120457', merged: '00118802', program: 'club', reason: 'duplicate card' },
    });
    const links = event?.claims.map(({ type, hash }) => `${type}:${hash}`) ?? [];
    expect(links.map((link) => link.split(':')[0])).toEqual(['member_id@club', 'member_id@club']);
    const { identity } = event ?? {};
    expect(identity?.type === 'members_merged' && [identity.kept, identity.merged].sort()).toEqual(
      links.sort(),
    );
    expect(event?.properties).toEqual({ program: 'club', reason: 'duplicate card' });
    for (const number of ['00120457', '00118802']) expect(scene.bytes().includes(number)).toBe(false);
    const opened = event?.claims.map(({ type, sealed = '' }) =>
      scene.sealer.open({ facet: event.facet, path: `identifiers.${type}` }, sealed),
    );
    expect((await Promise.all(opened ?? [])).sort()).toEqual(['00118802', '00120457']);
  });

  it('is kept in quarantine where only a verified source may say it', async () => {
    const merge = { type: 'members_merged', properties: { kept: '00120457', merged: '00118802' } };
    const { scene, admission } = await taken(merge, false);
    expect(admission.rejected).toMatchObject([
      { code: 'merge_not_allowed', quarantine_id: expect.any(String) },
    ]);
    expect(keptIn(scene.records())).toMatchObject([{ code: 'merge_not_allowed' }]);
    expect(scene.bytes().includes('00120457')).toBe(false);
  });

  it('never comes back as a value in what the sender or the log is told about a fault', async () => {
    const secrets = ['13977778888', 'zhang@', 'M-7391'];
    const bad: JsonObject[] = [
      { type: 'page_viewed', identifiers: { phone: '1397777888812', email: 'zhang@', user_id: ['guest'] } },
      { type: 'members_merged', properties: { kept: 'M-7391', merged: 'M-7391' } },
      { type: 'members_merged', properties: { kept: 'M-7391\u200b', merged: 'x', program: '13977778888 ' } },
      { type: 'profile_identified', properties: { kind: '13977778888' } },
      { type: 'page_viewed', identifiers: { phone: { number: '13977778888' } } },
      { type: 'page_viewed', identifiers: { phone: Array(30).fill('13977778888') } },
    ];
    const scene = createScene();
    const admission = await scene.take(bad.map((event, i) => itemOf({ id: `e-${i}`, time: TIME, ...event })));
    const dropped = admission.accepted.flatMap((item) => item.dropped);
    expect([admission.rejected.length, dropped.length]).toEqual([5, 3]);
    for (const secret of secrets) {
      expect(JSON.stringify([admission.rejected, dropped])).not.toContain(secret);
      expect(scene.bytes().includes(secret), secret).toBe(false);
    }
  });

  it('stays out of the way of an event with values that are much too large', async () => {
    const huge = 'x'.repeat(10_240);
    const { admission, event } = await taken(
      view('e', { identifiers: { user_id: huge, anonymous_id: 'a-1' } }),
    );
    expect(admission.accepted[0]?.dropped).toMatchObject([{ type: 'user_id', code: 'invalid_identifier' }]);
    expect(event?.claims.map(({ type }) => type)).toEqual(['anonymous_id']);
    const thousands = Array.from({ length: 2_000 }, (_, i) => `u-${i}`);
    const refused = await taken(view('e', { identifiers: { user_id: thousands } }));
    expect(refused.admission.rejected).toMatchObject([{ code: 'too_many_identifiers' }]);
  });
});
