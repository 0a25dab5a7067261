import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Erasure, type ErasureUnderWay, tombstoneOf } from '../../src/model/erasure.ts';
import { keys } from '../../src/model/keys.ts';
import { type Erasing, erasePerson } from '../support/erase-person.ts';
import { eventOf } from '../support/fold-world.ts';
import { IdentityWorld, keyOf } from './identity-world.ts';

const LATER = { time: Number.MAX_SAFE_INTEGER };

function erasing(world: IdentityWorld): Erasing {
  return { entries: () => world.view.entries, command: (command) => world.command(command) };
}

/** Everything that identity holds but for what an erasure leaves on purpose, as one text. */
function textOf(world: IdentityWorld): string {
  const left = [...world.view.entries].filter(([key]) => !/^(?:er|et)\//.test(key));
  return JSON.stringify(left);
}

describe('erasing a person', () => {
  it('leaves nothing of theirs, and tombstones for their identifiers', async () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    world.event('a1', 'd1', 'p1', 'u1');
    const bob = world.event('a2', 'u2');
    expect(await erasePerson(erasing(world), 'x1', ann)).toMatchObject({ status: 'applied' });
    expect(textOf(world)).not.toMatch(/[:"](?:a1|d1|p1|u1)"/);
    expect(textOf(world)).not.toContain(ann);
    expect(textOf(world)).not.toContain(eventOf('', ['a1', 'd1', 'p1', 'u1']).facet);
    expect(textOf(world)).not.toContain(eventOf('', ['a1', 'd1', 'p1', 'u1']).combination);
    expect(world.holds(bob)).toEqual(['a2', 'u2']);
    for (const name of ['a1', 'd1', 'p1', 'u1'])
      expect(world.view.entries.has(keys.tombstone(tombstoneOf(keyOf(name))))).toBe(true);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('keeps what a job has to clean elsewhere until it says that nothing is left', async () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    await erasePerson(erasing(world), 'x1', ann);
    const underWay = world.view.entries.get(keys.erasure('x1')) as Erasure;
    expect(underWay).toMatchObject({ status: 'under_way', author: 'ann', profiles: [ann], waiting: [ann] });
    expect(underWay).toMatchObject({ facets: [{ epoch: 0 }], identifiers: [{}, {}] });
    expect(world.command({ type: 'erased', erasure: 'x1', counts: { rows: 7 } })).toMatchObject({
      detail: { status: 'done' },
    });
    const receipt = world.view.entries.get(keys.erasure('x1')) as Erasure;
    expect(receipt).toMatchObject({ status: 'done', counts: { rows: 7 }, profiles: [ann] });
    expect(JSON.stringify(receipt)).not.toContain('u1');
    // Asked again it is what it was.
    expect(world.command({ type: 'erase', erasure: 'x1', profiles: [ann] })).toMatchObject({
      detail: { status: 'done' },
    });
    expect(world.view.entries.get(keys.erasure('x1'))).toEqual(receipt);
  });

  it('waits for facets that are on their way', async () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    world.event('p1');
    world.merge('u1', 'p1');
    expect(await erasePerson(erasing(world), 'x1', ann)).toMatchObject({ code: 'erasure_busy' });
    expect(world.view.entries.has(keys.erasure('x1'))).toBe(false);
    world.confirmAll();
    expect(await erasePerson(erasing(world), 'x1', ann)).toMatchObject({ status: 'applied' });
    expect(world.link('p1')).toBeUndefined();
  });

  it('finds nobody under an id that nobody has, or that was merged away', async () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    const bob = world.event('b1', 'p1');
    world.merge('u1', 'p1');
    world.confirmAll();
    expect(world.command({ type: 'erase', erasure: 'x1', profiles: ['nobody'] })).toMatchObject({
      code: 'profile_not_found',
    });
    expect(world.command({ type: 'erased', erasure: 'x1', counts: {} })).toMatchObject({ code: 'not_found' });
    const loser = world.owner('u1') === ann ? bob : ann;
    expect(world.command({ type: 'erase', erasure: 'x1', profiles: [loser] })).toMatchObject({
      code: 'erasure_busy',
    });
  });

  it('takes everybody along who was merged into them, traces as well', async () => {
    const world = new IdentityWorld();
    const trace = world.event('a7');
    const ann = world.event('u1');
    world.event('a7', 'u1');
    world.event('p1');
    world.merge('u1', 'p1');
    world.confirmAll();
    await erasePerson(erasing(world), 'x1', world.owner('u1') ?? '');
    expect(world.view.under('g/').size).toBe(0);
    const { profiles } = world.view.entries.get(keys.erasure('x1')) as Erasure;
    expect(profiles).toEqual(expect.arrayContaining([trace, ann]));
    expect(profiles).toHaveLength(3);
  });

  it('takes them out of what names them elsewhere: what was shared, taken apart, yielded, up for review', async () => {
    const world = new IdentityWorld();
    const ann = world.event('d1', 'u1');
    const bob = world.event('d1', 'u2');
    world.event('u1', 'p1?');
    world.event('u2', 'p1');
    world.event('u1', 'e1');
    world.event('u2', 'e1');
    world.confirmAll();
    expect(world.link('d1')?.sharedAs).toBeDefined();
    await erasePerson(erasing(world), 'x1', ann);
    expect(textOf(world)).not.toContain(ann);
    expect(textOf(world)).not.toMatch(/[:"]u1"/);
    expect(world.holds(bob)).toContain('u2');
    expect(world.inconsistencies()).toEqual([]);
  });

  it('drops what happened before and comes late, and takes somebody who comes back for somebody new', async () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    await erasePerson(erasing(world), 'x1', ann);
    const { at } = world.view.entries.get(keys.erasure('x1')) as Erasure;
    for (const names of [['a1'], ['a1', 'u1'], ['b1', 'u1'], ['a1', 'u2']])
      expect(world.send(names, { time: at })).toBe('');
    expect(world.view.under('g/').size).toBe(0);
    const back = world.send(['a1', 'u1'], LATER);
    expect(back).not.toBe(ann);
    expect(world.holds(back)).toEqual(['a1', 'u1']);
    // What is old is not let in behind them, however well known they are by now.
    expect(world.send(['a1', 'u1'], { time: at })).toBe('');
    expect(world.send(['a1', 'u1'], LATER)).toBe(back);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('does no harm to somebody who has come back meanwhile, when it is repeated', async () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'd1', 'u1');
    await erasePerson(erasing(world), 'x1', ann);
    const back = world.send(['a1', 'd1', 'u1'], LATER);
    const before = JSON.stringify([...world.view.entries].filter(([key]) => !key.startsWith('er/')));
    const all = [...world.view.entries.keys()];
    world.command({ type: 'erase', erasure: 'x1', profiles: [ann], mentions: all });
    expect(JSON.stringify([...world.view.entries].filter(([key]) => !key.startsWith('er/')))).toBe(before);
    expect(world.owner('u1')).toBe(back);
  });

  it('can be carried out again on data that do not know the person: the tombstones are what counts', () => {
    const world = new IdentityWorld();
    const tombstones = [tombstoneOf(keyOf('u1'))];
    const again = { type: 'erase', erasure: 'x1', profiles: ['gone'], tombstones, at: 5 } as const;
    expect(world.command(again)).toMatchObject({ status: 'applied' });
    expect(world.send(['a1', 'u1'], { time: 5 })).toBe('');
    expect(world.send(['a1', 'u1'], { time: 6 })).not.toBe('');
  });

  it('leaves nothing that names them and everybody else consistent, whatever has happened before', async () => {
    const name = fc.constantFrom(
      'a1',
      'a2',
      'd1',
      'd2',
      'e1',
      'e1?',
      'm1',
      'm2',
      'p1',
      'p1?',
      'p2',
      'u1',
      'u2',
      'u3',
    );
    const names = fc.uniqueArray(name, {
      minLength: 1,
      maxLength: 4,
      selector: (each) => each.replace('?', ''),
    });
    const step = fc.oneof(
      { weight: 12, arbitrary: names.map((each) => (world: IdentityWorld) => void world.event(...each)) },
      { weight: 2, arbitrary: names.map((each) => (world: IdentityWorld) => void world.signOut(...each)) },
      {
        weight: 1,
        arbitrary: fc.tuple(name, name).map(
          ([a, b]) =>
            (world: IdentityWorld) =>
              void world.merge(a, b),
        ),
      },
      { weight: 1, arbitrary: name.map((each) => (world: IdentityWorld) => void world.split(each)) },
    );
    const story = fc.array(step, { minLength: 3, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(story, name, async (steps, whom) => {
        const world = new IdentityWorld();
        for (const each of steps) {
          each(world);
          world.confirmAll();
        }
        const profile = world.owner(whom);
        if (profile === undefined) return;
        const held = world.holds(profile);
        await erasePerson(erasing(world), 'x1', profile);
        const erasure = world.view.entries.get(keys.erasure('x1')) as ErasureUnderWay;
        const text = textOf(world);
        for (const each of erasure.profiles) expect(text).not.toContain(each);
        // What was closed under the same key may be somebody else's.
        for (const { id } of erasure.facets) expect(text).not.toMatch(new RegExp(`${id}(?!~)`));
        for (const each of held) expect(text).not.toContain(`${keyOf(each)}"`);
        expect(world.inconsistencies()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
