import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { IdSet } from '../../src/model/id-set.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { TransferMessage } from '../../src/model/record.ts';
import { absorb, transferNeeds } from '../../src/profile/absorb.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import { type FacetFeatures, foldedFacetId } from '../../src/profile/fold-facets.ts';
import type { MovedMemory } from '../../src/profile/moves.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';
import { memoryOfLooks, movedMemory } from '../support/moved-memory.ts';
import { MoveWorld } from './move-world.ts';

const features: FacetFeatures & { readonly memory: MovedMemory } = {
  memory: movedMemory,
  encode: (facet) => facet,
  decode: (data) => structuredClone(data) as Facet,
  fold: () => undefined,
};
const ids = (...all: readonly string[]): string => Buffer.from(all.join(''), 'latin1').toString('base64');

function transfer(more: Partial<TransferMessage> = {}): TransferMessage {
  return {
    type: 'transfer',
    reason: 'merge',
    move: 4,
    from: 'old',
    to: 'new',
    named: ['x', 'y', 'w'],
    facets: [
      {
        id: 'x',
        facet: { ...emptyFacet('x', 1), events: 3, first: 5, last: 9, dedupDays: [19_001] },
        dedup: [{ day: 19_001, ids: ids('12345678', 'abcdefgh') }],
      },
      { id: 'y~0', facet: { ...emptyFacet('y~0'), events: 1, first: 2, last: 2 }, dedup: [] },
    ],
    memory: { looks: memoryOfLooks([2, 5], 3) },
    seenAt: 50,
    ...more,
  };
}

function newPlace(more: Partial<Header> = {}) {
  const view = new MapView();
  const header: Header = { ...emptyHeader('new', 1, 'person'), facets: ['z'], seenAt: 40, ...more };
  header.triggers.set('looks', memoryOfLooks([1, 4]));
  view.put(keys.header('new'), header);
  return { view, header, context: recordingContext(view, { seq: 9, now: 100 }) };
}

describe('the new place of a move', () => {
  it('takes over facets, deduplication ids and what triggers remember, and confirms', () => {
    const { view, header, context } = newPlace();
    const message = transfer();
    expect(transferNeeds(message, view)).toEqual([]);
    expect(absorb(message, context, features)).toEqual(['x~1', 'y', 'y', 'w']);
    expect(header.facets).toEqual(['z', 'x', 'y~0']);
    expect(header.triggers.get('looks')).toMatchObject(memoryOfLooks([1, 2, 4, 5], 3));
    expect(header.seenAt).toBe(50);
    expect(view.get<Facet>(keys.facet('new', 'x'))).toMatchObject({ events: 3, epoch: 1 });
    expect(view.get(keys.dedup(19_001, 'new', 'x'))).toEqual({ ids: IdSet.of(['12345678', 'abcdefgh']) });
    expect(context.sent).toEqual([{ to: 'identity', body: { type: 'confirm', move: 4, at: 'new' } }]);
  });

  it('is founded by what comes, where nothing had reached it', () => {
    const view = new MapView();
    const context = recordingContext(view, { seq: 9, now: 100 });
    expect(transferNeeds(transfer(), view)).toEqual([]);
    absorb(transfer(), context, features);
    expect(view.get<Header>(keys.header('new'))).toMatchObject({
      createdAt: 100,
      kind: 'person',
      facets: ['x', 'y~0'],
      seenAt: 50,
    });
  });

  it('forgets that what it has got had left it: what was named, what came, and all that went to a merged one', () => {
    const tombstones = () =>
      new Map([
        ['x', 'elsewhere'],
        ['w', 'elsewhere'],
        ['y~0', 'elsewhere'],
        ['kept', 'elsewhere'],
        ['theirs', 'old'],
      ]);
    const merged = newPlace({ tombstones: tombstones() });
    absorb(transfer(), merged.context, features);
    expect([...(merged.header.tombstones ?? [])]).toEqual([['kept', 'elsewhere']]);
    const split = newPlace({ tombstones: tombstones() });
    absorb(transfer({ reason: 'split' }), split.context, features);
    expect([...(split.header.tombstones?.keys() ?? [])]).toEqual(['kept', 'theirs']);
    const all = newPlace({ tombstones: new Map([['w', 'elsewhere']]) });
    absorb(transfer(), all.context, features);
    expect(all.header).not.toHaveProperty('tombstones');
  });

  it('sends everything on when it has been merged away meanwhile, and confirms nothing', () => {
    const { view, context } = newPlace({ forward: 'newest', facets: [] });
    const message = transfer();
    expect(transferNeeds(message, view)).toEqual([]);
    expect(absorb(message, context, features)).toEqual([]);
    expect(context.sent).toEqual([{ to: 'newest', body: { ...message, to: 'newest' } }]);
    expect(view.get(keys.facet('new', 'x'))).toBeUndefined();
  });

  it('loses nothing should a facet ever be there already', () => {
    const { view, header, context } = newPlace({ facets: ['x'] });
    view.put(keys.facet('new', 'x'), {
      ...emptyFacet('x'),
      events: 2,
      first: 1,
      last: 6,
      dedupDays: [19_000, 19_001],
    });
    view.put(keys.dedup(19_001, 'new', 'x'), { ids: IdSet.of(['abcdefgh', 'ABCDEFGH']) });
    const loaded = new Set([keys.header('new')]);
    const partly = Object.assign(new MapView(), {
      get: view.get.bind(view),
      has: (key: string) => loaded.has(key),
    });
    expect(transferNeeds(transfer(), partly)).toEqual([keys.facet('new', 'x')]);
    loaded.add(keys.facet('new', 'x'));
    expect(transferNeeds(transfer(), partly)).toEqual(
      [19_000, 19_001].map((day) => keys.dedup(day, 'new', 'x')),
    );
    absorb(transfer(), context, features);
    expect(header.facets).toEqual(['x', 'y~0']);
    expect(view.get<Facet>(keys.facet('new', 'x'))).toMatchObject({
      events: 5,
      first: 1,
      last: 9,
      epoch: 1,
      dedupDays: [19_000, 19_001],
    });
    expect(view.get(keys.dedup(19_001, 'new', 'x'))).toEqual({
      ids: IdSet.of(['12345678', 'abcdefgh', 'ABCDEFGH']),
    });
  });

  it('folds its oldest facets when it would have more than a profile may', () => {
    const { view, header, context } = newPlace({ facets: [] });
    for (let n = 0; n < limits.facetsPerProfileMax; n++) {
      header.facets.push(`f${n}`);
      view.put(keys.facet('new', `f${n}`), { ...emptyFacet(`f${n}`), events: 1, first: n, last: n });
    }
    const loaded = new Set([keys.header('new')]);
    const partly = Object.assign(new MapView(), {
      get: view.get.bind(view),
      has: (key: string) => loaded.has(key),
    });
    expect(transferNeeds(transfer(), partly)).toHaveLength(limits.facetsPerProfileMax + 1);
    absorb(transfer(), context, features);
    expect(header.facets).toHaveLength(limits.facetsPerProfileMax / 2 + 3);
    expect(header.facets.slice(-3)).toEqual([foldedFacetId('new'), 'x', 'y~0']);
  });
});

describe('signing out of one device and in again, every day', () => {
  it('keeps every count in a bounded number of facets', () => {
    const world = new MoveWorld();
    const rounds = limits.facetsPerProfileMax + 100;
    for (let round = 1; round <= rounds; round++) {
      const now = round * 86_400_000;
      world.event('a', eventOf(`e${round}`, ['d1'], { facet: 'x', time: now }));
      world.move('epoch', 'a', `s${round}`, ['x'], { epochs: { x: round }, now });
      world.move('merge', `s${round}`, 'a', ['x'], { now });
    }
    expect(world.header('a')?.facets.length).toBeLessThanOrEqual(limits.facetsPerProfileMax);
    expect(world.read('a', rounds * 86_400_000).n_lifetime?.value).toBe(rounds);
    expect(world.facet('a', 'x')?.epoch).toBe(rounds);
    expect(world.header('a')?.tombstones).toBeUndefined();
  });
});
