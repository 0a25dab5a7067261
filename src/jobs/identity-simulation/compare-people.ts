import type { Pace } from '../../background/pace.ts';
import type { Person } from '../../model/identity.ts';
import type { IdentityReplay } from './identity-replay.ts';
import type { Replayed } from './replay-policies.ts';

/** One person of one policy, and who shares events with them under the other. */
export interface Counterpart {
  readonly id: string;
  /** Facets, as both policies cut them. */
  units: number;
  /** People of the other policy, with the number of facets in common. */
  readonly others: Map<Counterpart, number>;
}

/** The same facets, divided among people in two ways. */
export interface Comparison {
  readonly baseline: ReadonlyMap<string, Counterpart>;
  readonly simulated: ReadonlyMap<string, Counterpart>;
  /** People of one policy of whom nobody of the other is the same: each is the best match of the other, or has its id. */
  readonly lost: number;
  readonly gained: number;
  /** How many fewer people there are for what came together, and how many more for what came apart. */
  readonly merges: number;
  readonly splits: number;
}

/** Which people of one policy are which of the other; a person is what it has events of. */
export async function comparePeople(replayed: Replayed, pace: Pace): Promise<Comparison> {
  const baseline = new Map<string, Counterpart>();
  const simulated = new Map<string, Counterpart>();
  for (const unit of replayed.units()) {
    const before = partOf(baseline, unit.baseline && replayed.baseline.ownerOf(unit.baseline));
    const after = partOf(simulated, unit.simulated && replayed.simulated.ownerOf(unit.simulated));
    if (before !== undefined && after !== undefined) {
      before.others.set(after, (before.others.get(after) ?? 0) + 1);
      after.others.set(before, (after.others.get(before) ?? 0) + 1);
    }
    if (pace.isDue()) await pace.rest();
  }
  await addIdle(baseline, replayed.baseline, pace);
  await addIdle(simulated, replayed.simulated, pace);
  const same = await countSame(baseline, simulated, pace);
  return {
    baseline,
    simulated,
    lost: baseline.size - same,
    gained: simulated.size - same,
    merges: await countParts(simulated, pace),
    splits: await countParts(baseline, pace),
  };
}

/** Who owns something of which no event has come: a device after a sign-out, say. */
async function addIdle(people: Map<string, Counterpart>, replay: IdentityReplay, pace: Pace): Promise<void> {
  for (const person of replay.view.people()) {
    if (ownsSomething(person) && !people.has(person.id))
      people.set(person.id, { id: person.id, units: 0, others: new Map() });
    if (pace.isDue()) await pace.rest();
  }
}

/** Who was merged away, or whose last identifier went to somebody else, is nobody any more. */
export function ownsSomething({ links, facets }: Person): boolean {
  return links.length > 0 || facets.length > 0;
}

function partOf(people: Map<string, Counterpart>, id: string | undefined): Counterpart | undefined {
  if (id === undefined) return undefined;
  let person = people.get(id);
  if (person === undefined) {
    person = { id, units: 0, others: new Map() };
    people.set(id, person);
  }
  person.units++;
  return person;
}

/** With whom a person has most in common; the smaller id where two have as much. */
export function bestMatch(person: Counterpart): Counterpart | undefined {
  let best: Counterpart | undefined;
  let most = 0;
  for (const [other, units] of person.others) {
    if (units < most || (units === most && best !== undefined && best.id < other.id)) continue;
    best = other;
    most = units;
  }
  return best;
}

type People = ReadonlyMap<string, Counterpart>;

async function countSame(baseline: People, simulated: People, pace: Pace): Promise<number> {
  let same = 0;
  const taken = new Set<Counterpart>();
  for (const person of baseline.values()) {
    const match = bestMatch(person);
    if (match !== undefined && bestMatch(match) === person) {
      same++;
      taken.add(person).add(match);
    }
    if (pace.isDue()) await pace.rest();
  }
  for (const person of baseline.values()) {
    const namesake = simulated.get(person.id);
    if (namesake !== undefined && !taken.has(person) && !taken.has(namesake)) same++;
    if (pace.isDue()) await pace.rest();
  }
  return same;
}

async function countParts(people: People, pace: Pace): Promise<number> {
  let parts = 0;
  for (const { others } of people.values()) {
    parts += Math.max(0, others.size - 1);
    if (pace.isDue()) await pace.rest();
  }
  return parts;
}

/** Is somebody else's, or nobody's, what was this person's, or the other way round? */
export function isChanged(person: Counterpart): boolean {
  if (person.units === 0) return false;
  const [only, ...more] = person.others.keys();
  return only === undefined || more.length > 0 || only.others.size > 1 || only.units !== person.units;
}
