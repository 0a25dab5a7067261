import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { IdSet } from '../../src/model/id-set.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { MoveMessage, TransferMessage } from '../../src/model/record.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import type { FacetFeatures } from '../../src/profile/fold-facets.ts';
import { freeze, type MovedMemory, moveNeeds } from '../../src/profile/moves.ts';
import { stream } from '../oracle/generated-stream.ts';
import type { Kept } from '../oracle/naive-features.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';
import { memoryOfLooks, movedMemory } from '../support/moved-memory.ts';
import { MoveWorld } from './move-world.ts';

/** Facets travel as they are: their own encoding has its own tests. */
const features: FacetFeatures & { readonly memory: MovedMemory } = {
  memory: movedMemory,
  encode: (facet) => facet,
  decode: (data) => data as Facet,
  fold: () => undefined,
};
const moveOf = (reason: MoveMessage['reason'], facets: readonly string[]): MoveMessage => ({
  type: 'move',
  reason,
  move: 4,
  from: 'old',
  to: 'new',
  facets,
  ...(reason === 'epoch' ? { epochs: { x: 3, w: 1 } } : {}),
});

function oldPlace(more: Partial<Header> = {}) {
  const view = new MapView();
  const header: Header = { ...emptyHeader('old', 1, 'person'), facets: ['x', 'y'], seenAt: 77, ...more };
  header.triggers.set('looks', memoryOfLooks([2, 5], 3));
  view.put(keys.header('old'), header);
  view.put(keys.facet('old', 'x'), { ...emptyFacet('x', 2), events: 3, dedupDays: [19_000, 19_001] });
  view.put(keys.facet('old', 'y'), { ...emptyFacet('y'), events: 1 });
  view.put(keys.dedup(19_001, 'old', 'x'), { ids: IdSet.of(['12345678', 'abcdefgh']) });
  return { view, header, context: recordingContext(view, { seq: 9, now: 100 }) };
}

function frozen(message: MoveMessage, place = oldPlace()) {
  freeze(message, place.context, features);
  const [first, ...more] = place.context.sent;
  if (first?.body.type !== 'transfer') expect.fail('nothing was sent');
  expect([first.to, more]).toEqual([message.to, []]);
  const sent: TransferMessage = first.body;
  return { ...place, sent };
}

/** What the place asks for, round by round. */
function roundsOf(message: MoveMessage, { view }: ReturnType<typeof oldPlace>): string[][] {
  const loaded = new Set<string>();
  const partly = Object.assign(new MapView(), {
    get: view.get.bind(view),
    has: (key: string) => loaded.has(key),
  });
  const rounds: string[][] = [];
  for (let wanted = moveNeeds(message, partly); wanted.length > 0; wanted = moveNeeds(message, partly)) {
    rounds.push(wanted);
    for (const key of wanted) loaded.add(key);
  }
  return rounds;
}

describe('the old place of a move', () => {
  it('needs its header, then what leaves, then the deduplication ids of that', () => {
    const head = [keys.header('old')];
    const [x, y] = [keys.facet('old', 'x'), keys.facet('old', 'y')];
    const ids = [keys.dedup(19_000, 'old', 'x'), keys.dedup(19_001, 'old', 'x')];
    expect(roundsOf(moveOf('merge', ['x']), oldPlace())).toEqual([head, [x, y], ids]);
    expect(roundsOf(moveOf('split', ['y', 'w']), oldPlace())).toEqual([head, [y]]);
    const closed = keys.facet('old', 'x~2');
    expect(roundsOf(moveOf('epoch', ['x', 'w']), oldPlace())).toEqual([head, [x], [...ids, closed]]);
    expect(roundsOf(moveOf('split', ['x']), oldPlace({ forward: 'elsewhere' }))).toEqual([head]);
  });
});

describe('the old place of a merge', () => {
  const merge = moveOf('merge', ['x', 'y', 'w']);

  it('sends everything it has and keeps a header that forwards', () => {
    const { view, sent } = frozen(merge);
    expect(sent).toMatchObject({ reason: 'merge', move: 4, from: 'old', to: 'new', named: ['x', 'y', 'w'] });
    expect(sent).toMatchObject({ memory: { looks: memoryOfLooks([2, 5], 3) }, seenAt: 77 });
    expect(sent.facets.map(({ id, dedup }) => [id, dedup.map(({ day }) => day)])).toEqual([
      ['x', [19_001]],
      ['y', []],
    ]);
    expect([...view.entries.keys()]).toEqual([keys.header('old')]);
    expect(view.get<Header>(keys.header('old'))).toMatchObject({ facets: [], forward: 'new' });
    expect(view.get<Header>(keys.header('old'))?.triggers.size).toBe(0);
  });

  it('forwards also when nothing had ever reached it', () => {
    const view = new MapView();
    const context = recordingContext(view, { seq: 1, now: 1 });
    const { sent } = frozen(merge, { view, context, header: emptyHeader('old', 1, 'person') });
    expect(sent.facets).toEqual([]);
    expect(view.get<Header>(keys.header('old'))?.forward).toBe('new');
  });

  it('is never the new one too', () => {
    const { context } = oldPlace();
    expect(() => freeze({ ...merge, to: 'old' }, context, features)).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});

describe('the old place of a split', () => {
  it('sends what is named, keeps the rest and what triggers remember, and says where each named facet went', () => {
    const { view, header, sent } = frozen(moveOf('split', ['y', 'w', 'v~0']));
    expect(sent).toMatchObject({ reason: 'split', named: ['y', 'w', 'v~0'], memory: {}, seenAt: 0 });
    expect(sent.facets.map(({ id }) => id)).toEqual(['y']);
    expect(header.facets).toEqual(['x']);
    expect(header.triggers.get('looks')).toEqual(memoryOfLooks([2, 5], 3));
    expect([...(header.tombstones ?? [])]).toEqual([
      ['y', 'new'],
      ['w', 'new'],
      ['v~0', 'new'],
    ]);
    expect(header.forward).toBeUndefined();
    expect(view.get(keys.facet('old', 'y'))).toBeUndefined();
    expect(view.get(keys.dedup(19_001, 'old', 'x'))).toBeDefined();
  });

  it('sends the move on when it has been merged away, whatever it still holds', () => {
    for (const reason of ['split', 'epoch'] as const) {
      const { context, header } = oldPlace({ forward: 'elsewhere' });
      const message = moveOf(reason, ['x']);
      freeze(message, context, features);
      expect(context.sent).toEqual([{ to: 'elsewhere', body: { ...message, from: 'elsewhere' } }]);
      expect(header.tombstones).toBeUndefined();
    }
  });

  it('remembers a bounded number of facets that left, the latest ones', () => {
    const max = limits.tombstonesPerProfileMax;
    const before = new Map(Array.from({ length: max }, (_, n) => [`t${n}`, 'before'] as const));
    const { header } = frozen(moveOf('split', ['t0', 'w']), oldPlace({ tombstones: before }));
    expect(header.tombstones?.size).toBe(max);
    expect([...(header.tombstones?.keys() ?? [])].slice(0, 1)).toEqual(['t2']);
    expect([...(header.tombstones ?? [])].slice(-2)).toEqual([
      ['t0', 'new'],
      ['w', 'new'],
    ]);
  });
});

describe('the old place of an epoch', () => {
  it('closes what it has in place and sends the ids alone, with the number that identity gave', () => {
    const { view, header, sent } = frozen(moveOf('epoch', ['x', 'w']));
    expect(header.facets).toEqual(['y', 'x~2']);
    expect(view.get<Facet>(keys.facet('old', 'x'))).toBeUndefined();
    expect(view.get<Facet>(keys.facet('old', 'x~2'))).toMatchObject({
      id: 'x~2',
      epoch: 2,
      events: 3,
      dedupDays: [],
    });
    expect(view.get(keys.dedup(19_001, 'old', 'x'))).toBeUndefined();
    const carried = sent.facets.map(({ facet, dedup }) => {
      const { id, epoch, events, dedupDays } = facet as Facet;
      return { id, epoch, events, dedupDays, days: dedup.map(({ day }) => day) };
    });
    expect(carried).toEqual([
      { id: 'x', epoch: 3, events: 0, dedupDays: [19_000, 19_001], days: [19_001] },
      { id: 'w', epoch: 1, events: 0, dedupDays: [], days: [] },
    ]);
    expect(header.tombstones?.get('x')).toBe('new');
    expect(header.tombstones?.get('w')).toBe('new');
    expect(header.triggers.size).toBe(1);
  });

  it('keeps nothing of a facet of which nothing has come since the last closing', () => {
    const place = oldPlace();
    place.view.put(keys.facet('old', 'x'), { ...emptyFacet('x', 2), dedupDays: [19_000, 19_001] });
    const { view, header } = frozen(moveOf('epoch', ['x']), place);
    expect(header.facets).toEqual(['y']);
    expect(view.get(keys.facet('old', 'x~2'))).toBeUndefined();
  });

  it('never closes what is closed', () => {
    const { context } = oldPlace({ facets: ['x~1'] });
    expect(() => freeze(moveOf('epoch', ['x~1']), context, features)).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});

/** The stream's events at their profile, each under its facet with a few distinct ids. */
function filled(kept: readonly Kept[], profileOf: (facet: string) => string): MoveWorld {
  const world = new MoveWorld();
  for (const { facet, event, appendedAt } of kept)
    world.event(profileOf(facet), { ...event, facet, traits: { last: event.id } }, appendedAt);
  return world;
}

const facetsOf = (kept: readonly Kept[]): string[] => [...new Set(kept.map(({ facet }) => facet))];
const endOf = (kept: readonly Kept[]): number => Math.max(...kept.map(({ appendedAt }) => appendedAt));

describe('a move there and back', () => {
  it('changes no byte: a split and the merge of what left', () => {
    fc.assert(
      fc.property(stream, fc.nat(3), (kept, skip) => {
        const world = filled(kept, () => 'a');
        const before = world.contents();
        const leaving = facetsOf(kept).slice(skip);
        world.move('split', 'a', 'b', [...leaving, 'never seen'], { now: endOf(kept) });
        for (const id of leaving) expect(world.contents().get(`f/${id}`)?.[0]).toBe('b');
        world.move('merge', 'b', 'a', [...leaving, 'never seen'], { now: endOf(kept) });
        expect(world.contents()).toEqual(before);
        expect(world.header('a')?.tombstones).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('changes no byte: a merge and the split of what came', () => {
    fc.assert(
      fc.property(stream, (kept) => {
        const isTheirs = (facet: string) => facet !== facetsOf(kept)[0];
        const world = filled(kept, (facet) => (isTheirs(facet) ? 'b' : 'a'));
        const before = world.contents();
        const theirs = facetsOf(kept).filter(isTheirs);
        const readings = [world.read('a', endOf(kept)), world.read('b', endOf(kept))];
        world.move('merge', 'b', 'a', theirs, { now: endOf(kept) });
        world.move('split', 'a', 'c', theirs, { now: endOf(kept) });
        const renamed = [...before].map(
          ([key, [profile, bytes]]) => [key, [profile === 'b' ? 'c' : 'a', bytes]] as const,
        );
        expect(world.contents()).toEqual(new Map(renamed));
        expect([world.read('a', endOf(kept)), world.read('c', endOf(kept))]).toEqual(readings);
      }),
      { numRuns: 40 },
    );
  });

  it('changes no reading: an epoch and the merge of who went on, and repeats stay repeats', () => {
    fc.assert(
      fc.property(stream, (kept) => {
        const now = endOf(kept);
        const world = filled(kept, () => 'a');
        const before = world.read('a', now);
        const ids = facetsOf(kept);
        const epochs = Object.fromEntries(ids.map((id) => [id, 1]));
        world.move('epoch', 'a', 'b', ids, { epochs, now });
        expect(world.read('a', now)).toEqual(before);
        expect(world.header('a')?.facets).toEqual(ids.map((id) => `${id}~0`));
        for (const { facet, event } of kept.filter(({ appendedAt }) => appendedAt > now - 6 * DAY_MS))
          expect(world.event('a', { ...event, facet }, now)?.status).toBe('duplicate');
        world.move('merge', 'b', 'a', ids, { now });
        expect(world.read('a', now)).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});

describe('history', () => {
  const at = { time: 1_000, facet: 'x' };

  it('names the parts of a facet apart, from the moment of the closing on', () => {
    const world = new MoveWorld();
    world.event('a', eventOf('e1', ['a1'], at));
    world.move('epoch', 'a', 'b', ['x'], { epochs: { x: 1 } });
    world.event('a', eventOf('e2', ['a1'], at));
    world.move('split', 'a', 'c', ['x~0']);
    world.move('merge', 'b', 'c', ['x']);
    const events = world.rows.filter(({ table }) => table === 'events');
    expect(events.map(({ values }) => values.slice(12, 14))).toEqual([
      ['x', 'a'],
      ['x~1', 'b'],
    ]);
    expect(world.facetRows()).toEqual([
      ['x~1', 'b', 'moved'],
      ['x', 'c', 'moved'],
      ['x~1', 'c', 'moved'],
    ]);
  });

  it('says where named facets went also when nothing of them was there', () => {
    const world = new MoveWorld();
    world.event('a', eventOf('e1', ['a1'], at));
    world.move('merge', 'a', 'b', ['x', 'folded', 'gone~0', 'gone~2']);
    expect(world.facetRows().map(([id]) => id)).toEqual(['x', 'folded', 'gone', 'gone~2']);
  });
});

/** Who owns which facet, as identity would have it; every move is finished before the next. */
class Owners {
  readonly facets = new Map<string, string>();
  readonly stale = new Map<string, Set<string>>();
  readonly epochs = new Map<string, number>();
  #people = 0;

  found(): string {
    return `p${++this.#people}`;
  }

  of(profile: string): string[] {
    return [...this.facets].filter(([, owner]) => owner === profile).map(([facet]) => facet);
  }

  give(facet: string, profile: string): void {
    this.facets.set(facet, profile);
    this.stale.set(facet, (this.stale.get(facet) ?? new Set()).add(profile));
  }
}

const step = fc.record({
  what: fc.constantFrom('event', 'event', 'merge', 'split', 'epoch'),
  facet: fc.constantFrom('x', 'y', 'z', 'w'),
  other: fc.constantFrom('x', 'y', 'z', 'w'),
  stale: fc.nat(8),
});

describe('an event', () => {
  it('sent to any place that ever had its facet arrives where the facet is now', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const world = new MoveWorld();
        const owners = new Owners();
        const expected = new Map<string, number>();
        for (const facet of ['x', 'y', 'z', 'w']) owners.give(facet, owners.found());
        steps.forEach(({ what, facet, other, stale }, n) => {
          const owner = owners.facets.get(facet) ?? '';
          if (what === 'event') {
            const places = [...(owners.stale.get(facet) ?? [])];
            const outcome = world.event(
              places[stale % places.length] ?? '',
              eventOf(`e${n}`, ['a1'], { facet }),
            );
            expect(outcome).toMatchObject({ status: 'applied', profileId: owner });
            expected.set(facet, (expected.get(facet) ?? 0) + 1);
            return;
          }
          const from = what === 'merge' ? (owners.facets.get(other) ?? '') : owner;
          const to = what === 'merge' ? owner : owners.found();
          if (from === to) return;
          const moving = what === 'merge' ? owners.of(from) : [facet];
          if (what === 'epoch') owners.epochs.set(facet, (owners.epochs.get(facet) ?? 0) + 1);
          world.move(what, from, to, moving, { epochs: Object.fromEntries(owners.epochs) });
          for (const id of moving) owners.give(id, to);
          expect(world.told.at(-1)).toMatchObject({ type: 'confirm', at: to });
        });
        for (const [facet, events] of expected) {
          const parts = [...world.view.under<Facet>('f/').values()].filter(
            ({ id }) => id === facet || id.startsWith(`${facet}~`),
          );
          expect(parts.reduce((sum, part) => sum + part.events, 0)).toBe(events);
        }
      }),
      { numRuns: 400 },
    );
  });
});
