import { describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../../src/adapters/memory/log.ts';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { Pace } from '../../../src/background/pace.ts';
import { ErasedWords } from '../../../src/jobs/erasure/erased-words.ts';
import { type RewriteOptions, rewriteLog } from '../../../src/jobs/erasure/rewrite-log.ts';
import type { ErasureUnderWay } from '../../../src/model/erasure.ts';
import type { Event } from '../../../src/model/event.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { decodeRecord, encodeRecord } from '../../../src/runner/codec.ts';

const HASH = 'q83vEjRWeJCrze8SNFZ4kA';
const OTHER = 'AAECAwQFBgcICQoLDA0ODw';
const FACET = 'mZb0cEJ2c3Rk0N6vJx1yQg';
const TABLET = 'Tab0cEJ2c3Rk0N6vJx1yQg';
const PROFILE = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
const ID = '7a9f2f0e-4d0c-4f57-9a53-3f0f6a0c1b11';

const erasure: ErasureUnderWay = {
  id: ID,
  status: 'under_way',
  author: 'server',
  at: 5,
  position: { seq: 1, index: 0 },
  profiles: [PROFILE],
  tombstones: ['0a1b2c3d'],
  identifiers: [{ key: `phone:${HASH}`, sealed: '', sealedBy: '' }],
  facets: [
    { id: FACET, epoch: 0 },
    { id: `${TABLET}~0`, epoch: 0 },
  ],
  waiting: [],
  given: { 7: { p0: 12 } },
};

function eventOf(id: string, hash: string, changes: Partial<Event> = {}): Event {
  return {
    id,
    type: 'product_viewed',
    time: 1,
    receivedAt: 1,
    source: 'shop',
    channel: 'web',
    claims: [{ type: 'phone', hash, verified: true }],
    facet: hash === HASH ? FACET : 'other-facet-of-somebody',
    properties: {},
    ...changes,
  };
}

const event = (id: string, hash: string, changes: Partial<Event> = {}): LogRecord => ({
  kind: 'event',
  event: eventOf(id, hash, changes),
});

async function rewritten(records: readonly LogRecord[], laterThan = Number.POSITIVE_INFINITY) {
  const clock = createManualClock(1);
  const log = createMemoryLog({ clock });
  for (const record of records) await log.append([encodeRecord(record)]);
  const options: Omit<RewriteOptions, 'dry'> = {
    log,
    upTo: records.length,
    partition: 7,
    erasure,
    there: {
      words: new ErasedWords(erasure, new Set([TABLET])),
      events: new Set(['shop\u0000tablet-1']),
      isQuarantined: (sealed) => sealed === 'theirs',
      until: erasure.at,
    },
    isLater: ({ seq }) => seq > laterThan,
    pace: new Pace(clock, new AbortController().signal),
  };
  const before = log.read(0, 100);
  const looked = await rewriteLog({ ...options, dry: true });
  expect(log.read(0, 100)).toEqual(before);
  const done = await rewriteLog({ ...options, dry: false });
  // Whoever only looks knows what will be done.
  expect(looked).toEqual(done);
  const left = log
    .read(0, 100)
    .flatMap((message) => message.records.map((bytes) => decodeRecord(bytes).record));
  return { ...done, left };
}

describe('a log that somebody is taken out of', () => {
  it('keeps everything of others, and an empty record in each place of theirs', async () => {
    const living = event('e-2', OTHER);
    const tablet = { facet: TABLET };
    const { left, records } = await rewritten([
      event('e-1', HASH),
      living,
      { kind: 'routed', profile: PROFILE, event: eventOf('e-3', OTHER) },
      event('tablet-1', OTHER, tablet),
      event('tablet-2', OTHER, tablet),
      { kind: 'wake', profile: PROFILE, at: 3 },
      { kind: 'command', author: 'x', command: { type: 'split', identifier: `phone:${HASH}` } },
    ]);
    const erased = { kind: 'erased' };
    const theirs = [erased, living, erased, erased, event('tablet-2', OTHER, tablet), erased, erased];
    // Something has to follow the last record that was replaced.
    expect(left).toEqual([...theirs, erased]);
    expect(records).toBe(5);
  });

  it('keeps the numbers of messages, and of a message for several what is for the others', async () => {
    const message = (n: number, body: object): LogRecord =>
      ({ kind: 'message', from: 'identity', n, body }) as LogRecord;
    const { left } = await rewritten([
      message(1, { type: 'event', profile: PROFILE, event: eventOf('e-1', OTHER) }),
      message(2, { type: 'seen', profile: PROFILE, at: 3 }),
      message(3, {
        type: 'transfer',
        reason: 'merge',
        move: 1,
        from: 'somebody',
        to: 'else',
        named: [FACET, 'kept'],
        facets: [
          { id: FACET, facet: [], dedup: [] },
          { id: 'kept', facet: [], dedup: [] },
        ],
        seenAt: 0,
      }),
      message(4, { type: 'seen', profile: 'somebody else', at: 3 }),
    ]);
    expect(left.slice(0, 2)).toEqual([message(1, { type: 'erased' }), message(2, { type: 'erased' })]);
    expect(left[2]).toMatchObject({ n: 3, body: { named: ['kept'], facets: [{ id: 'kept' }] } });
    expect(left[3]).toEqual(message(4, { type: 'seen', profile: 'somebody else', at: 3 }));
  });

  it('takes their names out of events of others, and says which these are', async () => {
    const { left, mentions } = await rewritten([
      event('e-1', OTHER, {
        properties: { friend: HASH, item_id: 'spu-1' },
        identity: { type: 'referral', invitee: `phone:${HASH}` },
      }),
      event('e-2', OTHER),
    ]);
    expect(mentions).toEqual(['e-1']);
    expect(left[0]).toEqual(event('e-1', OTHER, { properties: { friend: '', item_id: 'spu-1' } }));
  });

  it('leaves alone what somebody does who comes back while they are taken out, also in events of others', async () => {
    const { at } = erasure;
    const after = { time: at + 1 };
    const friend = { properties: { friend: HASH }, ...after };
    const merge: LogRecord = {
      kind: 'command',
      author: 'x',
      command: { type: 'merge', identifiers: [`phone:${HASH}`, `phone:${OTHER}`] },
    };
    const inbox = (id: string, profile: string): LogRecord => ({
      kind: 'message',
      from: 'identity',
      n: 1,
      body: { type: 'event', profile, event: eventOf(id, HASH, after), hops: 0 },
    });
    const kept = [
      event('back-1', HASH, after),
      event('friend-1', OTHER, friend),
      { kind: 'routed', profile: 'somebody new', event: eventOf('back-2', HASH, after) } as const,
      inbox('back-3', 'somebody new'),
      merge,
    ];
    const { left, mentions } = await rewritten(
      [
        event('ahead-1', HASH, after),
        ...kept,
        event('late-1', HASH, { time: at }),
        { kind: 'routed', profile: PROFILE, event: eventOf('late-2', HASH, after) },
        inbox('late-3', PROFILE),
      ],
      1,
    );
    const erased = { kind: 'erased' };
    expect(left.slice(0, 8)).toEqual([erased, ...kept, erased, erased]);
    expect(left[8]).toMatchObject({ n: 1, body: { type: 'erased' } });
    expect(mentions).toEqual([]);
  });

  it('takes out quarantined events that are theirs, and what the erasure itself named', async () => {
    const kept = { source: 's', receivedAt: 1, code: 'c', path: '', message: '' };
    const erase = (mentions: readonly string[]): LogRecord => ({
      kind: 'command',
      author: 'server',
      command: { type: 'erase', erasure: ID, profiles: [PROFILE], mentions },
    });
    const { left } = await rewritten([
      { kind: 'quarantine', id: 'q-1', ...kept, sealed: 'theirs' },
      { kind: 'quarantine', id: 'q-2', ...kept, sealed: 'of somebody else' },
      erase([]),
      erase([`i/phone:${OTHER}`]),
      event('e-2', OTHER),
    ]);
    expect(left.slice(0, 3)).toEqual([
      { kind: 'erased' },
      { kind: 'quarantine', id: 'q-2', ...kept, sealed: 'of somebody else' },
      { kind: 'erased' },
    ]);
    expect(left[3]).toEqual({
      kind: 'command',
      author: 'server',
      command: {
        type: 'erase',
        erasure: ID,
        profiles: [PROFILE],
        tombstones: ['0a1b2c3d'],
        at: 5,
        given: { p0: 12 },
      },
    });
  });
});
