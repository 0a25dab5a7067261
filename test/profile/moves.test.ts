import { describe, expect, it } from 'vitest';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header, TriggerMemory } from '../../src/model/profile.ts';
import type { MoveMessage, TransferMessage } from '../../src/model/record.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import { absorb, type FacetCodec, freeze, moveNeeds, transferNeeds } from '../../src/profile/moves.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

/** Facets travel as they are: their own encoding has its own tests. */
const codec: FacetCodec = { encode: (facet) => facet, decode: (data) => data as Facet };
const move: MoveMessage = {
  type: 'move',
  reason: 'merge',
  move: 4,
  from: 'old',
  to: 'new',
  facets: ['x', 'y'],
};
const memory = (matches: number[], unlessAt = 0, firedAt = 0): TriggerMemory => ({
  matches,
  unlessAt,
  firedAt,
});

function oldPlace() {
  const view = new MapView();
  const header: Header = { ...emptyHeader('old', 1, 'customer'), facets: ['x', 'y'] };
  header.triggers.set('looks', memory([2, 5], 3, 0));
  view.put(keys.header('old'), header);
  view.put(keys.facet('old', 'x'), { ...emptyFacet('x'), events: 3, dedupDays: [19_000, 19_001] });
  view.put(keys.facet('old', 'y'), { ...emptyFacet('y'), events: 1 });
  view.put(keys.dedup(19_001, 'old', 'x'), { ids: new Set(['12345678', 'abcdefgh']) });
  return { view, context: recordingContext(view, { seq: 9, now: 100 }) };
}

function transferOf(place: ReturnType<typeof oldPlace>): TransferMessage {
  freeze(move, place.context, codec);
  const body = place.context.sent[0]?.body;
  if (body?.type !== 'transfer') expect.fail('nothing was sent');
  return body;
}

describe('the old place of a move', () => {
  it('needs its header, then its facets, then their deduplication ids', () => {
    const { view } = oldPlace();
    const loaded = new Set<string>();
    const partly = {
      ...view,
      get: view.get.bind(view),
      has: (key: string) => loaded.has(key),
    } as unknown as MapView;
    const rounds: string[][] = [];
    for (let wanted = moveNeeds(move, partly); wanted.length > 0; wanted = moveNeeds(move, partly)) {
      rounds.push(wanted);
      for (const key of wanted) loaded.add(key);
    }
    expect(rounds).toEqual([
      [keys.header('old')],
      [keys.facet('old', 'x'), keys.facet('old', 'y')],
      [keys.dedup(19_000, 'old', 'x'), keys.dedup(19_001, 'old', 'x')],
    ]);
  });

  it('sends everything it has and keeps a header that forwards', () => {
    const place = oldPlace();
    const sent = transferOf(place);
    expect(place.context.sent.map(({ to }) => to)).toEqual(['new']);
    expect(sent).toMatchObject({ move: 4, from: 'old', to: 'new', memory: { looks: memory([2, 5], 3, 0) } });
    expect(sent.facets.map(({ id, dedup }) => [id, dedup.map(({ day }) => day)])).toEqual([
      ['x', [19_001]],
      ['y', []],
    ]);
    expect([...place.view.entries.keys()]).toEqual([keys.header('old')]);
    expect(place.view.get<Header>(keys.header('old'))).toMatchObject({ facets: [], forward: 'new' });
  });

  it('forwards also when nothing had ever reached it', () => {
    const view = new MapView();
    const context = recordingContext(view, { seq: 1, now: 1 });
    freeze(move, context, codec);
    expect(view.get<Header>(keys.header('old'))?.forward).toBe('new');
    expect(context.sent[0]?.body).toMatchObject({ type: 'transfer', facets: [] });
  });
});

describe('the new place of a move', () => {
  const newPlace = (more: Partial<Header> = {}) => {
    const view = new MapView();
    const header: Header = { ...emptyHeader('new', 1, 'customer'), facets: ['z'], ...more };
    header.triggers.set('looks', memory([1, 4], 0, 7));
    view.put(keys.header('new'), header);
    return { view, header, context: recordingContext(view, { seq: 9, now: 100 }) };
  };

  it('takes over facets, deduplication ids and what triggers remember, and confirms', () => {
    const { view, header, context } = newPlace({ tombstones: new Map([['x', 'elsewhere']]) });
    const message = transferOf(oldPlace());
    expect(transferNeeds(message, view)).toEqual([]);
    expect(absorb(message, context, codec)).toEqual(['x', 'y']);
    expect(header.facets).toEqual(['z', 'x', 'y']);
    expect(header.tombstones?.size).toBe(0);
    expect(header.triggers.get('looks')).toEqual(memory([1, 2, 4, 5], 3, 7));
    expect(view.get<Facet>(keys.facet('new', 'x'))?.events).toBe(3);
    expect(view.get(keys.dedup(19_001, 'new', 'x'))).toEqual({ ids: new Set(['12345678', 'abcdefgh']) });
    expect(context.sent).toEqual([{ to: 'identity', body: { type: 'confirm', move: 4, at: 'new' } }]);
  });

  it('sends everything on when it has been merged away meanwhile, and confirms nothing', () => {
    const { view, context } = newPlace({ forward: 'newest', facets: [] });
    const message = transferOf(oldPlace());
    expect(absorb(message, context, codec)).toEqual([]);
    expect(context.sent).toEqual([{ to: 'newest', body: { ...message, to: 'newest' } }]);
    expect(view.get(keys.facet('new', 'x'))).toBeUndefined();
  });
});
