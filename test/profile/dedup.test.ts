import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { ID_BYTES, IdSet } from '../../src/model/id-set.ts';
import { keys } from '../../src/model/keys.ts';
import type { DedupDay } from '../../src/model/profile.ts';
import { DAY_MS, dayOf, type EpochMs } from '../../src/model/time.ts';
import { admitId, decodeDedupDay, dedupId, dedupNeeds, encodeDedupDay } from '../../src/profile/dedup.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { eventOf, MapView } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner } from '../support/fused-runner.ts';

const START = Date.UTC(2023, 10, 14);
const PROFILE = 'profile';

const idOf = (name: string): string => name.padEnd(ID_BYTES).slice(0, ID_BYTES);

describe('deduplication ids of a facet', () => {
  const scene = () => {
    const view = new MapView();
    const facet = emptyFacet('facet');
    const admit = (name: string, at: EpochMs) =>
      admitId({ profile: PROFILE, facet, id: idOf(name) }, view, at);
    return { view, facet, admit };
  };

  it('are found until the end of the seventh UTC day after, and not on the eighth', () => {
    const { admit } = scene();
    const late = START + DAY_MS - 1;
    const day8 = START + 8 * DAY_MS;
    expect(admit('id', late)).toBe('new');
    expect(admit('id', START + DAY_MS)).toBe('duplicate');
    expect(admit('id', day8 - 1)).toBe('duplicate');
    expect(admit('id', day8)).toBe('new');
    expect(admit('id', day8)).toBe('duplicate');
  });

  it('are not refreshed by repeats: the first report counts', () => {
    const { admit } = scene();
    admit('id', START);
    expect(admit('id', START + 7 * DAY_MS)).toBe('duplicate');
    expect(admit('id', START + 8 * DAY_MS)).toBe('new');
  });

  it('leave state with their day, when the next day begins', () => {
    const { view, facet, admit } = scene();
    admit('a', START);
    admit('b', START + DAY_MS);
    admit('c', START + 8 * DAY_MS);
    expect(facet.dedupDays).toEqual([dayOf(START) + 1, dayOf(START) + 8]);
    expect([...view.entries.keys()].sort()).toEqual(
      facet.dedupDays.map((day) => keys.dedup(day, PROFILE, 'facet')),
    );
    expect(dedupNeeds(PROFILE, facet, START + 9 * DAY_MS)).toEqual([
      keys.dedup(dayOf(START) + 8, PROFILE, 'facet'),
    ]);
  });

  it('are never forgotten early: a full facet takes no new id and still knows the old ones', () => {
    const { view, facet, admit } = scene();
    const ids = IdSet.of(Array.from({ length: limits.dedupIdsPerFacetMax - 1 }, (_, n) => idOf(String(n))));
    view.put(keys.dedup(dayOf(START), PROFILE, 'facet'), { ids } satisfies DedupDay);
    facet.dedupDays = [dayOf(START)];
    expect(admit('last', START + DAY_MS)).toBe('new');
    expect(admit('one too many', START + DAY_MS)).toBe('full');
    expect(admit('7', START + DAY_MS)).toBe('duplicate');
    expect(admit('last', START + DAY_MS)).toBe('duplicate');
    expect(admit('one too many', START + 8 * DAY_MS)).toBe('new');
  });

  it('agree with a list of everything that was ever admitted', () => {
    const steps = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), pauseMs: fc.nat(4 * DAY_MS) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (arrivals) => {
        const { admit } = scene();
        const admitted: { id: string; day: number }[] = [];
        let now = START;
        for (const { id, pauseMs } of arrivals) {
          now += pauseMs;
          const day = Math.floor(now / DAY_MS);
          const known = admitted.some((entry) => entry.id === id && day - entry.day <= 7);
          expect(admit(id, now)).toBe(known ? 'duplicate' : 'new');
          if (!known) admitted.push({ id, day });
        }
      }),
    );
  });

  it('survive being written and read', () => {
    const id = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 50 }), (all) => {
        const bytes = encodeDedupDay({ ids: IdSet.of(all) });
        expect(bytes.byteLength).toBe(all.length * 8);
        expect([...decodeDedupDay(bytes).ids]).toEqual(all);
      }),
    );
  });

  it('are eight bytes of a keyed hash over source and id', () => {
    const all = [
      dedupId('k', 's', 'i'),
      dedupId('k', 's', 'j'),
      dedupId('k', 't', 'i'),
      dedupId('l', 's', 'i'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(all.map((id) => id.length)).toEqual([8, 8, 8, 8]);
    expect(dedupId('k', 's', 'i')).toBe(all[0]);
    // Stored ones meet events that are sent again after an upgrade: the first bytes of a digest, whatever comes with them.
    const digest = createHash('sha256').update('k\0店\0i').digest();
    expect([...dedupId('k', '店', 'i')].map((byte) => byte.charCodeAt(0))).toEqual([
      ...digest.subarray(0, 8),
    ]);
  });
});

describe('deduplication in the pipeline', () => {
  const statuses = (outcomes: readonly { status: string }[]) => outcomes.map(({ status }) => status);

  it('takes another source or another facet for another event', async () => {
    const rig = createFusedRunner();
    const outcomes = await rig.apply(
      eventOf('e', ['a1']),
      eventOf('e', ['a1']),
      eventOf('e', ['a1'], { source: 'other' }),
      eventOf('e', ['a1', 'u1']),
    );
    expect(statuses(outcomes)).toEqual(['applied', 'duplicate', 'applied', 'applied']);
  });

  it('remembers across a merge', async () => {
    const rig = createFusedRunner();
    await rig.apply(eventOf('e', ['a1']), eventOf('f', ['a1']));
    const [, merged] = await rig.apply(eventOf('g', ['u1']), eventOf('h', ['a1', 'u1']));
    const again = await rig.apply(eventOf('e', ['a1']), eventOf('f', ['a1']), eventOf('i', ['a1']));
    expect(statuses(again)).toEqual(['duplicate', 'duplicate', 'applied']);
    expect(again[0]?.profileId).toBe(merged?.profileId);
  });

  it('quarantines what a full facet cannot remember, with the event, and counts nothing of it', async () => {
    const rig = createFusedRunner();
    const [first] = await rig.apply(eventOf('e', ['a1']));
    const facet = eventOf('e', ['a1']).facet;
    const ids = IdSet.of(Array.from({ length: limits.dedupIdsPerFacetMax }, (_, n) => idOf(String(n))));
    const checkpoint = rig.store.checkpoint('p0');
    if (checkpoint === undefined) expect.fail('nothing was committed');
    const key = keys.dedup(dayOf(BEGIN_MS), first?.profileId ?? '', facet);
    expect(rig.entry(key)).toBeDefined();
    const entries = new Map([[key, encodeDedupDay({ ids })]]);
    await rig.store.commit('p0', { expected: checkpoint.version, next: checkpoint, entries });
    rig.runner.reset();
    const [full] = await rig.apply(eventOf('x', ['a1']));
    expect(full).toMatchObject({ status: 'quarantined', code: 'dedup_full' });
    expect(rig.rows('quarantine')[0]?.line).toContain('"dedup_full"');
    expect(rig.entry<{ events: number }>(keys.facet(first?.profileId ?? '', facet))?.events).toBe(1);
    expect(rig.entry<DedupDay>(key)?.ids.size).toBe(limits.dedupIdsPerFacetMax);
  });
});
