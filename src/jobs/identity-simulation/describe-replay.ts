import type { Pace } from '../../background/pace.ts';
import { limits } from '../../limits.ts';
import { baseType } from '../../model/identifier-type.ts';
import type { Person } from '../../model/identity.ts';
import type { JsonObject } from '../../model/json.ts';
import { keys } from '../../model/keys.ts';
import { type Comparison, type Counterpart, ownsSomething } from './compare-people.ts';
import type { IdentityReplay } from './identity-replay.ts';
import { pickTop } from './pick-top.ts';
import type { Replayed } from './replay-policies.ts';

/** What a replay came to. People are named by their ids and by how much they hold, never by an identifier. */
export async function describeReplay(replay: IdentityReplay, pace: Pace): Promise<JsonObject> {
  const { merges, splits, unidentified, changes } = replay.counts;
  let people = 0;
  let known = 0;
  for (const person of replay.view.people()) {
    if (ownsSomething(person)) people++;
    if (person.links.some(({ key }) => replay.policy.of(typeIn(key)).strong)) known++;
    if (pace.isDue()) await pace.rest();
  }
  return {
    people,
    known_people: known,
    merges,
    splits,
    refused: changes.get('refused') ?? 0,
    shared: changes.get('shared') ?? 0,
    blocked: changes.get('blocked') ?? 0,
    recycled: changes.get('recycled') ?? 0,
    reviews: changes.get('review_opened') ?? 0,
    unidentified_events: unidentified,
    largest: (await largestOf(replay, pace)).map(({ id, links, facets }) => ({
      profile_id: id,
      identifiers: links.length,
      facets: facets.length,
    })),
  };
}

/** Who holds most identifiers, then most facets, then the smaller id. */
export function largestOf(replay: IdentityReplay, pace: Pace): Promise<readonly Person[]> {
  const options = { fits: ownsSomething, order: compareSize, most: limits.simulationLargestMax };
  return pickTop(replay.view.people(), options, pace);
}

function compareSize(a: Person, b: Person): number {
  return b.links.length - a.links.length || b.facets.length - a.facets.length || (a.id < b.id ? -1 : 1);
}

export function describePerson(replay: IdentityReplay, id: string): JsonObject {
  const person = replay.view.get<Person>(keys.person(id));
  const identifiers: Record<string, number> = {};
  for (const { key } of person?.links ?? []) {
    const type = baseType(typeIn(key));
    identifiers[type] = (identifiers[type] ?? 0) + 1;
  }
  return { profile_id: id, identifiers, facets: person?.facets.length ?? 0 };
}

function typeIn(key: string): string {
  return key.slice(0, key.lastIndexOf(':'));
}

interface Sampled extends JsonObject {
  readonly count: number;
  readonly samples: readonly JsonObject[];
}

/** People of the policy in force who are one under the other, and people who are several. */
export async function describeChanges(
  { baseline, simulated }: Replayed,
  comparison: Comparison,
  pace: Pace,
): Promise<{ readonly merges: Sampled; readonly splits: Sampled }> {
  const sample = async (people: Comparison['baseline'], replay: IdentityReplay, others: IdentityReplay) => {
    const options = { fits: isDivided, order: compareDivided, most: limits.simulationSamplesMax };
    return (await pickTop(people.values(), options, pace)).map((person) => ({
      ...describePerson(replay, person.id),
      people_count: person.others.size,
      people: othersOf(person).map((other) => describePerson(others, other.id)),
    }));
  };
  return {
    merges: { count: comparison.merges, samples: await sample(comparison.simulated, simulated, baseline) },
    splits: { count: comparison.splits, samples: await sample(comparison.baseline, baseline, simulated) },
  };
}

function isDivided({ others }: Counterpart): boolean {
  return others.size > 1;
}

function compareDivided(a: Counterpart, b: Counterpart): number {
  return b.others.size - a.others.size || b.units - a.units || (a.id < b.id ? -1 : 1);
}

function othersOf({ others }: Counterpart): readonly Counterpart[] {
  return [...others]
    .sort(([a, x], [b, y]) => y - x || (a.id < b.id ? -1 : 1))
    .slice(0, limits.simulationProfilesShownMax)
    .map(([other]) => other);
}
