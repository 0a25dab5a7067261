import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { Link, Place } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import { DAY_MS, dayOf } from '../../src/model/time.ts';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import type { Log } from '../../src/ports/log.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner, viewsFeature } from '../support/fused-runner.ts';
import { answeringLater } from '../support/later-store.ts';

/** Folds as always, and then fails: whatever the event changed must be taken back. */
function poisonedBy(ids: readonly string[]): (stage: Stage) => Stage {
  return (stage) => ({
    open: stage.open,
    needs: stage.needs,
    fold(record, context) {
      const outcome = stage.fold(record, context);
      const id = record.kind === 'message' && record.body.type === 'event' ? record.body.event.id : '';
      if (ids.includes(id)) throw new TesseraError('internal', 'planted');
      return outcome;
    },
  });
}

/** Cannot say what a record needs, or wants ever more. */
function unloadable(id: string, answer: () => string[]): (stage: Stage) => Stage {
  return (stage) => ({
    open: stage.open,
    fold: stage.fold,
    needs: (record, view, now) =>
      record.kind === 'event' && record.event.id === id ? answer() : stage.needs(record, view, now),
  });
}

describe('a record that cannot be folded', () => {
  it('is quarantined with its text, and the rest of its batch goes on', async () => {
    const rig = createFusedRunner({ stage: poisonedBy(['bad']) });
    await rig.define([viewsFeature]);
    const outcomes = await rig.apply(
      eventOf('e1', ['a1']),
      eventOf('bad', ['a1', 'p1']),
      eventOf('e2', ['a1']),
    );
    expect(outcomes.map(({ status, code }) => [status, code])).toEqual([
      ['applied', undefined],
      ['quarantined', 'internal'],
      ['applied', undefined],
    ]);
    expect(rig.entry<Link>(keys.link('phone', 'p1'))).toBeUndefined();
    const [row, ...others] = rig.rows('quarantine');
    expect(others).toEqual([]);
    expect(row?.line).toContain(JSON.stringify(JSON.stringify(eventOf('bad', ['a1', 'p1']))));
    expect(rig.rows('events')).toHaveLength(2);
  });

  it('stops nothing when there are several of them, in several messages', async () => {
    const rig = createFusedRunner({ stage: poisonedBy(['bad1', 'bad2']) });
    await rig.events(eventOf('bad1', ['a1']), eventOf('e1', ['a1']));
    await rig.events(eventOf('e2', ['a2']), eventOf('bad2', ['a2']));
    await rig.drain();
    const statuses = rig.committed.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome.status));
    expect(statuses).toEqual(['quarantined', 'applied', 'applied', 'quarantined']);
  });

  it.each<readonly [string, () => string[]]>([
    [
      'throws',
      () => {
        throw new TesseraError('internal', 'planted');
      },
    ],
    ['never ends', () => [keys.link('phone', 'p9')]],
  ])('is quarantined also where the question what it needs %s', async (_how, answer) => {
    for (const around of [{}, { store: answeringLater }]) {
      const rig = createFusedRunner({ stage: unloadable('bad', answer), around });
      const outcomes = await rig.apply(eventOf('e1', ['a1']), eventOf('bad', ['a1']), eventOf('e2', ['a1']));
      expect(outcomes.map(({ status }) => status)).toEqual(['applied', 'quarantined', 'applied']);
    }
  });

  it('leaves the definitions in force when it was a record of definitions', async () => {
    const rig = createFusedRunner();
    await rig.define([viewsFeature]);
    await rig.drain();
    const broken = { name: 'x', on: ['product_viewed'], aggregate: 'sum', window: 'lifetime' } as const;
    await rig.define([broken]);
    await rig.drain();
    expect(rig.definitions.entry.features.map(({ definition }) => definition.name)).toEqual(['views']);
    expect([...rig.definitions.features.byName.keys()]).toEqual(['views']);
    expect(rig.rows('quarantine')).toHaveLength(1);
  });
});

describe('a commit', () => {
  it('that another writer forestalled is an error, after which the runner goes on from what is stored', async () => {
    const first = createFusedRunner();
    const { log, store, clock } = first;
    const second = createFusedRunner({ log, store, clock });
    await second.apply(eventOf('e0', ['a1']));
    await first.drain();
    await first.events(eventOf('e1', ['a1']));
    await second.drain();
    await expect(first.runner.step()).rejects.toMatchObject({ code: 'commit_conflict', retryable: true });
    await first.drain();
    expect(first.committed).toEqual([]);
    const [outcome] = await first.apply(eventOf('e1', ['a1']));
    expect(outcome?.status).toBe('duplicate');
    expect(first.rows('events')).toHaveLength(2);
  });

  it.each(['before', 'after'] as const)(
    'that failed %s it took effect counts every event once',
    async (when) => {
      const rig = createFusedRunner();
      await rig.drain();
      await rig.events(eventOf('e1', ['a1']), eventOf('e2', ['a1']));
      rig.store.failNextCommit(when);
      await expect(rig.runner.step()).rejects.toMatchObject({ code: 'state_unavailable' });
      await rig.drain();
      expect(rig.rows('events')).toHaveLength(2);
      expect(rig.store.checkpoint('p0')).toMatchObject({ seq: 1, version: 1, spooled: 1 });
    },
  );
});

describe('a log', () => {
  const applied = async () => {
    const rig = createFusedRunner();
    await rig.apply(eventOf('e1', ['a1']));
    await rig.apply(eventOf('e2', ['a1']));
    return rig;
  };

  it('that lost its tail stops the runner instead of being skipped', async () => {
    const rig = await applied();
    rig.log.loseTail(1);
    const restarted = createFusedRunner({ log: rig.log, store: rig.store, clock: rig.clock });
    await expect(restarted.runner.step()).rejects.toMatchObject({ code: 'log_lost_tail' });
    await expect(restarted.runner.step()).rejects.toMatchObject({ code: 'log_lost_tail' });
    expect(restarted.committed).toEqual([]);
  });

  it('that has not heard yet of what another node applied is asked to look, and goes on', async () => {
    const rig = await applied();
    let known = 1;
    const behind = (log: Log): Log => ({
      append: (records) => log.append(records),
      subscribe: (listener) => log.subscribe(listener),
      stats: () => ({ ...log.stats(), lastSeq: known }),
      trim: (seq) => log.trim(seq),
      rewrite: (replacements) => log.rewrite(replacements),
      close: () => log.close(),
      read(after, max) {
        if (after > known) known = log.stats().lastSeq;
        return after >= known ? [] : log.read(after, max);
      },
    });
    const { log, store, clock } = rig;
    const other = createFusedRunner({ log, store, clock, around: { log: behind } });
    expect(await other.runner.step()).toBe(false);
    expect(other.runner.checkpoint?.seq).toBe(2);
  });

  it('that lost its tail and grew past it again is noticed by the digest', async () => {
    const rig = await applied();
    rig.log.loseTail(1);
    await rig.events(eventOf('e3', ['a1']));
    await rig.events(eventOf('e4', ['a1']));
    const restarted = createFusedRunner({ log: rig.log, store: rig.store, clock: rig.clock });
    await expect(restarted.runner.step()).rejects.toMatchObject({ code: 'log_lost_tail' });
  });

  it('that was trimmed up to the checkpoint is read on from there', async () => {
    const rig = await applied();
    await rig.log.trim(2);
    await rig.events(eventOf('e3', ['a1']));
    const restarted = createFusedRunner({ log: rig.log, store: rig.store, clock: rig.clock });
    await restarted.drain();
    expect(restarted.rows('events')).toHaveLength(3);
  });
});

describe('messages between stages', () => {
  it('are taken only when they are the next of their source', async () => {
    const rig = createFusedRunner();
    const message = (n: number) =>
      ({
        kind: 'message',
        from: 'identity',
        n,
        body: { type: 'event', profile: 'someone', event: eventOf(`e${n}`, ['a1']) },
      }) as const;
    await rig.append(message(1), message(1), message(3), message(2));
    await rig.append(message(2), message(3));
    await rig.drain();
    const positions = rig.committed.flatMap(({ outcomes }) => outcomes.map(({ position }) => position));
    expect(positions).toEqual([
      { seq: 1, index: 0 },
      { seq: 1, index: 3 },
      { seq: 2, index: 1 },
    ]);
    expect(rig.store.checkpoint('p0')?.taken).toEqual({ identity: 3 });
  });
});

describe('the fused form', () => {
  const names = ['a1', 'a2', 'd1', 'p1', 'p2', 'u1', 'u2'];
  const someEvent = fc.record({
    id: fc.integer({ min: 1, max: 15 }).map((n) => `e${n}`),
    names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
  });

  it('comes to the same state and rows over a store that answers later and a cache that holds nothing', async () => {
    const messages = fc.array(fc.array(someEvent, { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(messages, async (batches) => {
        const one = createFusedRunner();
        const { log, clock } = one;
        const other = createFusedRunner({ log, clock, around: { store: answeringLater }, cacheBytes: 1 });
        await one.define([viewsFeature]);
        for (const batch of batches) {
          await one.events(...batch.map((entry) => eventOf(entry.id, entry.names)));
          clock.advance(DAY_MS / 3);
          await one.drain();
        }
        await other.drain();
        expect(other.state()).toEqual(one.state());
        expect(other.rows()).toEqual(one.rows());
      }),
      { numRuns: 25 },
    );
  });
});

describe('identity and profiles', () => {
  const names = ['a1', 'a2', 'd1', 'd2', 'p1', 'p2', 'p1?', 'p2?', 'u1', 'u2', 'u3', 'u1?'];
  const combination = fc.uniqueArray(fc.constantFrom(...names), {
    minLength: 1,
    maxLength: 4,
    selector: (name) => name.replace('?', ''),
  });

  it('agree about every facet and every owner, whatever conflicts, and every event is counted once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(combination, { minLength: 1, maxLength: 15 }), async (all) => {
        const rig = createFusedRunner();
        const outcomes = await rig.apply(...all.map((entry, n) => eventOf(`e${n}`, entry)));
        expect(outcomes.map(({ status }) => status)).toEqual(all.map(() => 'applied'));
        for (const [key] of rig.store.scan('p0', 'i/', '', 1_000)) {
          const owner = rig.entry<Link>(key)?.owner ?? '';
          // Nobody holds what turned out to be shared.
          if (owner === '') continue;
          const header = rig.entry<Header>(keys.header(owner));
          expect(header, key).toBeDefined();
          expect(header?.forward, key).toBeUndefined();
        }
        let events = 0;
        for (const [key] of rig.store.scan('p0', 'o/', '', 1_000)) {
          const { owner, location } = rig.entry<Place>(key) ?? { owner: '', location: 'nowhere' };
          expect(owner).toBe(location);
          const facet = rig.entry<Facet>(keys.facet(location, key.slice(2)));
          if (facet !== undefined)
            expect(rig.entry<Header>(keys.header(location))?.facets).toContain(key.slice(2));
          events += facet?.events ?? 0;
        }
        expect(events).toBe(all.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a sweep', () => {
  const dayKeys = (rig: ReturnType<typeof createFusedRunner>) =>
    rig.store.scan('p0', 'd/', '', 10_000).map(([key]) => Number(key.split('/')[1]));

  it('removes the ids of expired days and no others', async () => {
    const rig = createFusedRunner();
    for (let day = 0; day < 12; day++) {
      await rig.apply(eventOf('e', [`a${day}`]));
      rig.clock.advance(DAY_MS);
    }
    const today = dayOf(rig.clock.now());
    const before = rig.state();
    rig.runner.requestSweep(today - 7);
    await rig.drain();
    expect(dayKeys(rig)).toEqual([7, 6, 5, 4, 3, 2, 1].map((ago) => today - ago));
    const gone = [...before.keys()].filter((key) => !rig.state().has(key));
    expect(gone.every((key) => key.startsWith('d/'))).toBe(true);
    expect(gone).toHaveLength(5);
    const [kept] = await rig.apply(eventOf('e', ['a5']));
    expect(kept?.status).toBe('duplicate');
  });

  it('goes on in rounds until nothing is left to remove', async () => {
    const rig = createFusedRunner();
    const people = limits.sweepEntriesMax + 20;
    await rig.events(...Array.from({ length: people }, (_, n) => eventOf('e', [`a${n}`])));
    await rig.drain();
    rig.clock.advance(9 * DAY_MS);
    rig.runner.requestSweep(dayOf(rig.clock.now()) - 7);
    await rig.drain();
    expect(dayKeys(rig)).toEqual([]);
  });

  it('keeps what messages that are still to be folded may ask for', async () => {
    const rig = createFusedRunner();
    await rig.apply(eventOf('e', ['a1']));
    rig.clock.advance(DAY_MS);
    await rig.events(eventOf('e', ['a1']));
    // The engine was away for ten days with this message unread.
    rig.clock.set(BEGIN_MS + 10 * DAY_MS);
    rig.runner.requestSweep(dayOf(rig.clock.now()) - 7);
    await rig.drain();
    expect(rig.committed.at(-1)?.outcomes[0]?.outcome.status).toBe('duplicate');
  });
});

describe('a merge', () => {
  it('leaves a header that forwards, so that every later event is forwarded too', async () => {
    const rig = createFusedRunner();
    const [trace] = await rig.apply(eventOf('e1', ['a1']));
    const [known] = await rig.apply(eventOf('e2', ['a1', 'u1']), eventOf('e3', ['u1']));
    expect(known?.profileId).toBe(trace?.profileId);
    const [second] = await rig.apply(eventOf('e4', ['d1']));
    await rig.apply(eventOf('e5', ['d1', 'u1']));
    expect(rig.entry<Header>(keys.header(second?.profileId ?? ''))).toMatchObject({
      forward: known?.profileId,
      facets: [],
    });
    const event = eventOf('e6', ['d1']);
    await rig.append({ kind: 'routed', profile: second?.profileId ?? '', event });
    await rig.drain();
    expect(rig.committed.at(-1)?.outcomes[0]?.outcome).toMatchObject({
      status: 'applied',
      profileId: known?.profileId,
    });
  });
});
