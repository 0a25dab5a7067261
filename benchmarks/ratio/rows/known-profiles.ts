import { lifetimeFeatures } from '../../support/definitions.ts';
import type { Bench } from '../bench.ts';
import { startServers, stopServers } from '../engine-arms.ts';
import { openWorlds, SAMPLE, type World } from '../known/open-world.ts';
import { BATCH, FORMS } from '../plan.ts';
import { cpu, medianOf, type Ratio, type RowResult, ratiosOf } from '../result.ts';

/*
 * Row 4: the same traffic among ten thousand known people and among a million, on LMDB and on Redis. Events name one identifier. Most of the
 * million are in no cache: each event brings its person from the store, and the key that its first event here is sealed under.
 */
export async function measureKnownProfiles(bench: Bench): Promise<RowResult> {
  const { plan } = bench;
  // What Redis writes to its file is another question, and the same for both.
  const servers = await startServers({ appendonly: false });
  const worlds: World[] = [];
  try {
    const sizes = [plan.fewProfiles, plan.manyProfiles];
    const wanted = plan.forms.flatMap((form) => sizes.map((people) => ({ form, people })));
    worlds.push(...(await openWorlds(bench, servers, wanted)));
    for (let n = -1; n < plan.pairs; n++) {
      for (const batch of [1, BATCH]) {
        for (const world of worlds) {
          const measured = await bench.events(world.arm, batch);
          if (n >= 0) world[batch === 1 ? 'single' : 'batch'].push(measured);
        }
      }
    }
    for (const { arm } of worlds) await bench.check(arm);
    return resultOf(worlds, plan.small);
  } finally {
    for (const { arm } of worlds) await arm.stop();
    await stopServers(servers);
  }
}

function resultOf(worlds: readonly World[], small: boolean): RowResult {
  const ratios = FORMS.flatMap((form): readonly Ratio[] => {
    const [few, many] = worlds.filter((world) => world.form === form);
    if (few === undefined || many === undefined) return [];
    const name = `${many.people.toLocaleString('en')} known profiles ÷ ${few.people.toLocaleString('en')}, ${form}`;
    const more = (of: 'single' | 'batch'): string => {
      const us = medianOf(many[of], cpu) - medianOf(few[of], cpu);
      const what = 'reading, decoding and the key of somebody who is in no cache';
      return us <= 0 ? 'nothing that could be measured' : `${us.toFixed(1)} µs more: ${what}`;
    };
    return [
      {
        row: 4,
        name: `${name}, single`,
        ...{ goal: 1.1, floor: 1.25, better: 'less' },
        values: ratiosOf(many.single, few.single, cpu),
        limit: more('single'),
      },
      {
        row: 4,
        name: `${name}, batches`,
        ...{ goal: 1.35, floor: 1.8, better: 'less' },
        values: ratiosOf(many.batch, few.batch, cpu),
        limit: more('batch'),
      },
    ];
  });
  return {
    ratios,
    costs: worlds.flatMap(({ form, people, single, batch }) => [
      { name: `${people.toLocaleString('en')} known, ${form}, single`, slices: single },
      { name: `${people.toLocaleString('en')} known, ${form}, batches of ${BATCH}`, slices: batch },
    ]),
    notes: worlds
      .filter((_, n) => n % 2 === 1)
      .map(
        ({ form, people, bytesPerPerson, seedUs }) =>
          `Row 4: ${form}, ${people.toLocaleString('en')} profiles as one real event leaves them, ${bytesPerPerson} bytes of keys and values each${small ? ` (${lifetimeFeatures.length} features over a lifetime, no trigger)` : ''}, written as copies of one that the engine made (${seedUs.toFixed(0)} µs of CPU each); ${SAMPLE} of those that the traffic touched are compared with the oracle. One identifier per event.`,
      ),
  };
}
