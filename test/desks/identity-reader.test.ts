import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { createIdentityReader } from '../../src/desks/identity-reader.ts';
import { limits } from '../../src/limits.ts';
import type { Link, Person, Place, Review } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import type { IdentityReader } from '../../src/serve/services.ts';

const NOW = Date.UTC(2026, 10, 21, 10);
const id = (n: number): string => `019ab3d2-7c1e-7a40-8d5e-${String(n).padStart(12, '0')}`;
const [ANN, OLD, OLDER, TABLET] = [id(1), id(2), id(3), id(4)];
const masked = { reveal: false };
const open = { reveal: true };

const link = (type: string, hash: string, changes: Partial<Link> = {}): [string, Link] => [
  keys.link(type, hash),
  {
    type,
    hash,
    owner: ANN,
    verified: true,
    sealed: `sealed ${type}`,
    sealedBy: 'f-1',
    since: NOW - 5,
    evidence: [],
    past: [],
    seenWith: [],
    ...changes,
  },
];

const person = (changes: Partial<Person>): [string, Person] => {
  const made: Person = {
    id: ANN,
    createdAt: NOW,
    links: [],
    facets: [],
    merged: [],
    apart: [],
    shared: [],
    seenAt: NOW,
    name: '',
    ...changes,
  };
  return [keys.person(made.id), made];
};

const place = (facet: string, changes: Partial<Place> = {}): [string, Place] => [
  keys.place(facet),
  { owner: ANN, location: ANN, judged: true, names: ['phone:p'], epoch: 0, ...changes },
];

const header = (profile: string, facets: string[]): [string, Header] => [
  keys.header(profile),
  { id: profile, createdAt: NOW, kind: 'person', facets, seenAt: NOW, triggers: new Map() },
];

const entries: readonly (readonly [string, object])[] = [
  person({
    links: [
      { key: 'phone:p', since: NOW - 5, verified: true, alias: false },
      { key: 'member_id@club:m', since: NOW - 4, verified: false, alias: true },
    ],
    facets: ['f-1', 'f-2~0', 'f-3'],
    merged: [OLD, OLDER],
    apart: [id(9)],
    shared: ['device_id:t'],
  }),
  person({ id: OLD, mergedInto: ANN }),
  person({ id: OLDER, mergedInto: OLD }),
  person({ id: TABLET, links: [{ key: 'device_id:t', since: NOW, verified: false, alias: false }] }),
  link('phone', 'p', {
    evidence: [
      { with: 'member_id@club:m', source: 'pos', event: 'e-1', at: NOW - 5, rule: 'verified' },
      { with: '', source: 'web', event: 'e-0', at: NOW - 9, rule: 'first_seen' },
    ],
    past: [{ profile: id(8), from: 1, to: 2, reason: 'recycled' }],
  }),
  link('member_id@club', 'm', { verified: false, alias: true, sealed: '' }),
  link('device_id', 't', { owner: TABLET, verified: false, sharedAs: TABLET }),
  link('phone', 'free', { owner: '' }),
  place('f-1'),
  place('f-2~0'),
  place('f-3', { location: OLD, names: [] }),
  header(ANN, ['f-1', `z-${ANN}`]),
  [keys.facet(ANN, 'f-1'), { ...emptyFacet('f-1'), events: 4 }],
  [keys.facet(OLD, 'f-3'), { ...emptyFacet('f-3'), events: 2 }],
];

const review = (n: number, changes: Partial<Review> = {}): readonly [string, Review] => [
  keys.review(n),
  {
    n,
    kind: 'duplicate',
    identifiers: ['phone:p', 'device_id:t'],
    people: [ANN, TABLET],
    reason: 'one verified phone',
    source: 'pos',
    event: `e-${n}`,
    at: NOW - n * DAY_MS,
    status: 'open',
    ...changes,
  },
];

/** Commits the entries as the runner would, through the codec. */
async function readerOver(all: readonly (readonly [string, object])[]): Promise<IdentityReader> {
  const store = createMemoryStateStore();
  const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  const next = { seq: 1, digest: 0, version: 1, taken: {}, given: {}, spooled: 0 };
  const bytes = new Map(all.map(([key, value]) => [key, codec.encode(key, value)]));
  await store.commit('p0', { expected: 0, next, entries: bytes });
  const clock = createManualClock(NOW);
  return createIdentityReader({
    state: createStateReader(store, FUSED),
    codec,
    now: () => clock.now(),
    findIdentifier: (type, value) => (value === '' ? { code: 'x', message: 'x' } : { type, hash: value }),
    open: (facet, path, sealed) => (sealed === 'sealed device_id' ? undefined : `+86139 ${facet} ${path}`),
  });
}

let reader: IdentityReader;

beforeEach(async () => {
  reader = await readerOver(entries);
});

describe('the identity of a profile', () => {
  it('names its identifiers with provenance, its facets, and whom it was merged with or taken from', async () => {
    expect(await reader.byId(ANN, open)).toEqual({
      profile_id: ANN,
      identifiers: [
        {
          identifier: 'phone:p',
          type: 'phone',
          value: '+86139 f-1 identifiers.phone',
          verified: true,
          valid_from: NOW - 5,
          alias: false,
          shared: false,
          blocked: false,
          evidence: [
            { with: 'member_id@club:m', rule: 'verified', source: 'pos', event_id: 'e-1', at: NOW - 5 },
            { with: null, rule: 'first_seen', source: 'web', event_id: 'e-0', at: NOW - 9 },
          ],
          past: [{ profile_id: id(8), valid_from: 1, valid_to: 2, reason: 'recycled' }],
        },
        {
          identifier: 'member_id@club:m',
          type: 'member_id@club',
          value: null,
          verified: false,
          valid_from: NOW - 4,
          alias: true,
          shared: false,
          blocked: false,
          evidence: [],
          past: [],
        },
      ],
      facets: [
        { facet_id: 'f-1', identifiers: ['phone:p'], closed: false, events: 4 },
        // Folded: identity still lists it, the people stage no longer has it.
        { facet_id: 'f-2~0', identifiers: ['phone:p'], closed: true },
        // On its way: it is still where it was before the merge.
        { facet_id: 'f-3', identifiers: [], closed: false, events: 2 },
      ],
      merged: [OLD, OLDER],
      apart: [id(9)],
      shared_with_others: [{ identifier: 'device_id:t', type: 'device_id', value: null }],
      split_limited: true,
    });
  });

  it('is masked for readers who may not see personal data', async () => {
    const view = await reader.byId(ANN, masked);
    expect(view?.identifiers[0]?.value).not.toContain('identifiers.phone');
    expect(view?.identifiers[0]?.value).toContain('****');
  });

  it('is found by old ids over chains of merges, and by identifiers', async () => {
    for (const old of [OLD, OLDER]) expect((await reader.byId(old, masked))?.profile_id).toBe(ANN);
    expect((await reader.byIdentifier('phone', 'p', masked))?.profile_id).toBe(ANN);
    expect((await reader.byIdentifier('device_id', 't', masked))?.profile_id).toBe(TABLET);
  });

  it('is not there for strangers, invalid identifiers, and identifiers that nobody holds', async () => {
    expect(await reader.byId(id(77), masked)).toBeUndefined();
    expect(await reader.byIdentifier('phone', 'unknown', masked)).toBeUndefined();
    expect(await reader.byIdentifier('phone', '', masked)).toBeUndefined();
    expect(await reader.byIdentifier('phone', 'free', masked)).toBeUndefined();
  });

  it('says that a shared identifier is shared, in the profile that nobody is', async () => {
    const view = await reader.byId(TABLET, masked);
    expect(view?.identifiers[0]).toMatchObject({ identifier: 'device_id:t', shared: true });
    expect(view?.split_limited).toBe(false);
  });
});

describe('reviews', () => {
  it('say what is asked, since when, and how it was decided', async () => {
    const decided = { status: 'approved', decidedBy: 'server', decidedAt: NOW, note: 'asked' } as const;
    reader = await readerOver([...entries, review(1), review(2, decided)]);
    expect(await reader.review(1, open)).toEqual({
      n: 1,
      kind: 'duplicate',
      status: 'open',
      identifiers: [
        { identifier: 'phone:p', type: 'phone', value: '+86139 f-1 identifiers.phone' },
        { identifier: 'device_id:t', type: 'device_id', value: null },
      ],
      people: [ANN, TABLET],
      reason: 'one verified phone',
      source: 'pos',
      event_id: 'e-1',
      at: NOW - DAY_MS,
      age_ms: DAY_MS,
      expires_at: NOW - DAY_MS + limits.reviewAgeMs,
    });
    expect(await reader.review(2, masked)).toMatchObject({
      status: 'approved',
      decided_by: 'server',
      decided_at: NOW,
      note: 'asked',
    });
    expect(await reader.review(3, masked)).toBeUndefined();
  });

  it('have expired once they are older than they may be, if nobody decided', async () => {
    const age = (ms: number) => ({ at: NOW - ms });
    reader = await readerOver([
      review(1, age(limits.reviewAgeMs)),
      review(2, age(limits.reviewAgeMs + 1)),
      review(3, { ...age(limits.reviewAgeMs + 1), status: 'rejected' }),
    ]);
    const { reviews } = await reader.reviews({ limit: 10, after: 0 }, masked);
    expect(reviews.map(({ status }) => status)).toEqual(['open', 'expired', 'rejected']);
    const expired = await reader.reviews({ limit: 10, after: 0, status: 'expired' }, masked);
    expect(expired.reviews.map(({ n }) => n)).toEqual([2]);
  });

  it('come page by page, oldest first, also through a long queue that a filter skips', async () => {
    const all = Array.from({ length: limits.pageMax + 20 }, (_, i) =>
      review(i + 1, { at: NOW, kind: i % 2 === 0 || i < 900 ? 'duplicate' : 'conflict' }),
    );
    const index = [keys.reviews, { first: 1, last: all.length, open: 17 }] as const;
    reader = await readerOver([...all, index]);
    const page = await reader.reviews({ limit: 55, after: 0, kind: 'conflict' }, masked);
    expect([page.reviews.length, page.open, page.next]).toEqual([55, 17, 1_010]);
    const rest = await reader.reviews({ limit: 55, after: 1_010, kind: 'conflict' }, masked);
    expect(rest.reviews.map(({ n }) => n)).toEqual([1_012, 1_014, 1_016, 1_018, 1_020]);
    expect(rest.next).toBeUndefined();
  });

  it('are none at first', async () => {
    expect(await reader.reviews({ limit: 5, after: 0 }, masked)).toEqual({ reviews: [], open: 0 });
  });
});
