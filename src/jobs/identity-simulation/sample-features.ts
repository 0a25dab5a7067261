import type { Pace } from '../../background/pace.ts';
import type { FeatureSet } from '../../features/compile.ts';
import { readFeatures } from '../../features/read.ts';
import { addEvent } from '../../features/update.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import { facetKeyOf } from '../../model/facet-id.ts';
import type { FeatureValue } from '../../model/feature.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { Facet } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import { admitId, dedupId } from '../../profile/dedup.ts';
import { emptyFacet } from '../../profile/facets.ts';
import { bestMatch, type Comparison, type Counterpart, isChanged } from './compare-people.ts';
import type { Moment } from './identity-replay.ts';
import { readPast } from './past-records.ts';
import { pickTop } from './pick-top.ts';
import type { Replayed, ReplayInput, Unit } from './replay-policies.ts';
import { ScratchView } from './scratch-view.ts';

/** A person who is not the same under both policies, and who comes closest under the other. */
export interface ChangedPerson {
  readonly before: Counterpart;
  readonly after: Counterpart | undefined;
}

/** Candidates for each sample: some have too many facets to fold them all. */
const CANDIDATES = 5;

/** The people with most events that change hands, as many as their facets may be folded once more. */
export async function chooseChanged({ baseline }: Comparison, pace: Pace): Promise<readonly ChangedPerson[]> {
  const order = (a: Counterpart, b: Counterpart): number => b.units - a.units || (a.id < b.id ? -1 : 1);
  const most = limits.simulationSamplesMax * CANDIDATES;
  const chosen: ChangedPerson[] = [];
  let units = 0;
  for (const before of await pickTop(baseline.values(), { fits: isChanged, order, most }, pace)) {
    const after = bestMatch(before);
    const more = before.units + (after?.units ?? 0);
    if (units + more > limits.simulationSampleFacetsMax) continue;
    units += more;
    chosen.push({ before, after });
    if (chosen.length === limits.simulationSamplesMax) break;
  }
  return chosen;
}

export interface SampleInput extends ReplayInput {
  readonly features: FeatureSet;
  readonly replayed: Replayed;
  readonly changed: readonly ChangedPerson[];
  /** Features are read as of this moment. */
  readonly at: EpochMs;
}

/** Features of the people under both policies, where they differ: their events are read and folded once more. */
export async function sampleFeatures(input: SampleInput): Promise<readonly JsonObject[]> {
  const fold = new SampleFold(input);
  for (const unit of input.replayed.units()) {
    fold.want(unit);
    if (input.pace.isDue()) await input.pace.rest();
  }
  for await (const batch of readPast(input, input.range)) {
    input.pace.check();
    for (const { record, position, now } of batch.records()) {
      if (record.kind === 'event') fold.take(record.event, { position, now });
      if (input.pace.isDue()) await input.pace.rest();
    }
    input.progress(batch.lastSeq);
  }
  return input.changed.map(({ before, after }) => ({
    profile_id: before.id,
    becomes: after?.id ?? null,
    features: differences(fold.features('baseline', before.id), fold.features('simulated', after?.id)),
  }));
}

type Side = keyof Unit;

/** Facets of the sampled people as both policies cut them: what either of them holds is a union of these. */
class SampleFold {
  readonly #input: SampleInput;
  /** By the names of a unit. */
  readonly #facets = new Map<string, Facet>();
  /** Facets whose repeats must be recognized. */
  readonly #keys = new Set<string>();
  /** Ids of events that were seen live with the facet whose claims they carry, whatever epoch it is in. */
  readonly #seen = new Map<string, Facet>();
  readonly #view = new ScratchView();
  readonly #people: Readonly<Record<Side, Map<string, Facet[]>>>;

  constructor(input: SampleInput) {
    this.#input = input;
    const { changed } = input;
    this.#people = {
      baseline: new Map(changed.map(({ before }) => [before.id, []])),
      simulated: new Map(changed.flatMap(({ after }) => (after === undefined ? [] : [[after.id, []]]))),
    };
  }

  want(unit: Unit): void {
    const key = keyOf(unit);
    for (const side of ['baseline', 'simulated'] as const) {
      const name = unit[side];
      const owner = name === undefined ? undefined : this.#input.replayed[side].ownerOf(name);
      const held = owner === undefined ? undefined : this.#people[side].get(owner);
      if (held === undefined) continue;
      const facet = this.#facets.get(key) ?? emptyFacet(key);
      this.#facets.set(key, facet);
      held.push(facet);
      for (const each of [unit.baseline, unit.simulated])
        if (each !== undefined) this.#keys.add(facetKeyOf(each));
    }
  }

  take(event: Event, { position, now }: Moment): void {
    const { baseline, simulated } = this.#input.replayed;
    const unit = {
      baseline: baseline.facetOf(event, position),
      simulated: simulated.facetOf(event, position),
    };
    if (!this.#isWanted(unit.baseline) && !this.#isWanted(unit.simulated)) return;
    this.#view.expire(now);
    if (!this.#isNew(event, now)) return;
    const facet = this.#facets.get(keyOf(unit));
    if (facet !== undefined) addEvent(this.#input.features, facet, event, now);
  }

  features(side: Side, id: string | undefined): Features {
    const facets = id === undefined ? [] : (this.#people[side].get(id) ?? []);
    return readFeatures(this.#input.features, facets, this.#input.at);
  }

  #isWanted(facet: string | undefined): boolean {
    return facet !== undefined && this.#keys.has(facetKeyOf(facet));
  }

  #isNew({ facet: id, source, id: eventId }: Event, now: EpochMs): boolean {
    const facet = this.#seen.get(id) ?? emptyFacet(id);
    this.#seen.set(id, facet);
    return admitId({ profile: '', facet, id: dedupId('', source, eventId) }, this.#view, now) === 'new';
  }
}

function keyOf({ baseline = '', simulated = '' }: Unit): string {
  return `${baseline} ${simulated}`;
}

type Features = Readonly<Record<string, FeatureValue>>;

function differences(before: Features, after: Features): JsonObject {
  const found: Record<string, JsonValue> = {};
  let shown = 0;
  for (const [name, { value }] of Object.entries(before)) {
    const now = after[name]?.value ?? null;
    if (JSON.stringify(value) === JSON.stringify(now)) continue;
    if (++shown > limits.simulationFeaturesShownMax) break;
    found[name] = { before: value, after: now };
  }
  return found;
}
