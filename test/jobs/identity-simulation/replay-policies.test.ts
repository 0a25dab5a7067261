import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link, Person, Place } from '../../../src/model/identity.ts';
import type { IdentityPolicy } from '../../../src/model/identity-policy.ts';
import { START_MS } from '../../support/fused-engine.ts';
import { entriesOf } from '../../support/identity-state.ts';
import {
  groups,
  inForce,
  liveOwners,
  pastOf,
  policyWith,
  replay,
  replayedOwners,
  shopWith,
  typeWith,
} from './simulated-shop.ts';

const RUNS = Number(process.env.SIMULATION_RUNS ?? 40);

/** What the policy could have been instead, each with what it changes. */
const policies: readonly (readonly [string, IdentityPolicy])[] = [
  ['one phone for ever', typeWith('phone', { limit: 1, period: 'ever' })],
  ['two devices', typeWith('device_id', { limit: 2 })],
  [
    'devices join known people',
    policyWith({ weak_evidence: { joins_known_people: true, values_per_type: 3 } }),
  ],
  ['a number is recycled after a day', policyWith({ recycled: { active_days: 1 } })],
  ['two claims block a value', policyWith({ shared: { strong_people_max: 2 } })],
  ['no e-mail addresses', policyWith({ types: inForce.types.filter(({ type }) => type !== 'email') })],
  [
    'a blocked number and a blocked tablet',
    policyWith({
      blocked: { ...inForce.blocked, values: [...inForce.blocked.values, '13900001111', 'TABLET'] },
    }),
  ],
  ['phones name nobody', typeWith('phone', { strong: false })],
];

describe('the policy in force over its own past', () => {
  it('comes to the very state that the engine has', async () => {
    await fc.assert(
      fc.asyncProperty(pastOf([1, 2, 3], 16), async (steps) => {
        const engine = await shopWith(inForce, steps);
        const { baseline } = await replay(engine, inForce);
        // A repeat is activity to the simulation, which knows no ids of events; the engine never hears of it.
        const repeats = new Set(steps.map(({ event }) => event.id)).size < steps.length;
        for (const [, person] of entriesOf<Person>(engine, 'g/'))
          expect(baseline.view.get(`g/${person.id}`)).toEqual({
            ...person,
            seenAt: repeats ? expect.any(Number) : person.seenAt,
          });
        for (const [key, link] of entriesOf<Link>(engine, 'i/'))
          expect(baseline.view.get(`i/${key}`)).toEqual(link);
        for (const [key, place] of entriesOf<Place>(engine, 'o/'))
          expect(baseline.view.get(`o/${key}`)).toEqual(place);
        expect([...baseline.view.people()].length).toBe(entriesOf(engine, 'g/').size);
        expect([...baseline.view.places()].length).toBe(entriesOf(engine, 'o/').size);
        const live = liveOwners(engine);
        expect(replayedOwners(engine, baseline, live)).toEqual(live);
        expect(baseline.counts.failed).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a device that somebody signed out', () => {
  it('is nobody else of theirs in the replay either, each time', async () => {
    const identifiers = { user_id: 'user-10', anonymous_id: 'cookie-1a' };
    const steps = ['signed_in', 'signed_out', 'signed_in', 'signed_out'].map((type, n) => ({
      as: 'secret' as const,
      afterMs: 1_000,
      event: { id: `e-${n}`, type, time: new Date(START_MS).toISOString(), identifiers },
    }));
    for (const past of [steps.slice(0, 1), steps.slice(0, 2), steps.slice(0, 3), steps]) {
      const engine = await shopWith(inForce, past);
      const { baseline } = await replay(engine, inForce);
      const people = [...entriesOf<Person>(engine, 'g/').values()];
      for (const person of people) expect(baseline.view.get(`g/${person.id}`)).toEqual(person);
      const known = people.filter(({ links }) => links.some(({ key }) => key.startsWith('user_id:')));
      expect(known.map(({ links }) => links.length)).toEqual([past.length % 2 === 1 ? 2 : 1]);
    }
  });
});

describe('another policy', () => {
  it('finds the people that an engine under it would have found', async () => {
    const different = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...policies), pastOf([1, 2, 3], 16), async ([name, policy], steps) => {
        const engine = await shopWith(inForce, steps);
        const other = await shopWith(policy, steps);
        const { simulated } = await replay(engine, policy);
        const live = liveOwners(other);
        const found = groups(replayedOwners(engine, simulated, live));
        expect(found).toEqual(groups(live));
        if (JSON.stringify(found) !== JSON.stringify(groups(liveOwners(engine)))) different.add(name);
      }),
      { numRuns: RUNS },
    );
    // Else the property would hold for a simulation that ignores the policy.
    expect(different.size).toBeGreaterThan(0);
  });
});
