import { Pace } from '../../background/pace.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError } from '../../errors.ts';
import { FeatureReader } from '../../features/read.ts';
import { facetKey } from '../../ingest/facet-key.ts';
import type { Facet } from '../../model/profile.ts';
import { DAY_MS } from '../../model/time.ts';
import { membershipsOf } from '../../pipeline/profile-memberships.ts';
import { membersNow } from '../../pipeline/profile-segments.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import { readKind } from '../../profile/kind.ts';
import { readConsents, readRegisters } from '../../profile/registers.ts';
import { usableTrait, withheldTraits } from '../../profile/usable-traits.ts';
import type {
  CourseQuestion,
  FeatureCourse,
  PastProfiles,
  PastProfileView,
  ReadPastOptions,
} from '../../serve/past-profiles.ts';
import { consentsOf, type ProfileReaderOptions, showing, traitsOf } from '../profile-reader.ts';
import { featureCourse } from './feature-course.ts';
import type { HistoryReach } from './history-reach.ts';
import { facetsThen, forwardThen, holderThen, type PastIdentity } from './past-owners.ts';
import { recomputeFacets } from './recompute-facets.ts';
import { type PastDefinitions, WholePast } from './whole-past.ts';

export interface PastProfilesOptions extends Pick<ProfileReaderOptions, 'indexOf' | 'open'> {
  readonly history: Pick<History, 'query'>;
  readonly reach: HistoryReach;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/**
 * Profiles as they were: the events of the facets that were theirs at that moment, reduced once more under the
 * definitions in force now. Since these see the whole past, nothing is partial for the date of a definition.
 */
export class PastProfileReader implements PastProfiles {
  readonly #options: PastProfilesOptions;
  readonly #whole: WholePast;
  /** Nobody cancels a request: the pace only keeps it from holding up the thread. */
  readonly #patience = new AbortController().signal;

  constructor(options: PastProfilesOptions) {
    this.#options = options;
    this.#whole = new WholePast(options.definitions);
  }

  async byId(id: string, read: ReadPastOptions): Promise<PastProfileView | undefined> {
    const past = await this.#pastOf(read);
    return await this.#view(await forwardThen(id, past), read, past);
  }

  async byIdentifier(
    type: string,
    value: string,
    read: ReadPastOptions,
  ): Promise<PastProfileView | undefined> {
    const index = this.#options.indexOf(type, value);
    if (index === undefined) return undefined;
    const past = await this.#pastOf(read);
    const facets = [true, false].map((verified) => facetKey([{ ...index, verified }]));
    const holder = await holderThen({ identifier: `${index.type}:${index.hash}`, facets }, past);
    return holder === undefined ? undefined : await this.#view(holder, read, past);
  }

  async course(id: string, { days, features }: CourseQuestion): Promise<FeatureCourse | undefined> {
    const { clock, history, reach } = this.#options;
    await reach.now();
    const now = clock.now();
    const past: PastIdentity = { history, bound: { kind: 'time', at: now } };
    const facets = await facetsThen(id, past);
    if (facets === undefined) return undefined;
    const at = Array.from({ length: days }, (_, i) => now - (days - 1 - i) * DAY_MS);
    const replaying = {
      past,
      definitions: this.#whole.definitions(),
      pace: new Pace(clock, this.#patience),
    };
    const request = { facets, moments: at, ...(features === undefined ? {} : { names: features }) };
    return { profile_id: id, at, features: await featureCourse(request, replaying) };
  }

  async #pastOf({ at }: ReadPastOptions): Promise<PastIdentity> {
    const { clock, history, reach } = this.#options;
    if (at > clock.now()) {
      throw new TesseraError('invalid_parameter', 'The parameter at lies in the future.', { path: 'at' });
    }
    await reach.moment(at);
    return { history, bound: { kind: 'time', at } };
  }

  async #view(id: string, read: ReadPastOptions, past: PastIdentity): Promise<PastProfileView | undefined> {
    const names = await facetsThen(id, past);
    if (names === undefined) return undefined;
    const definitions = this.#whole.definitions();
    const pace = new Pace(this.#options.clock, this.#patience);
    const recomputed = await recomputeFacets(names, past, { definitions, pace });
    const facets = [...recomputed.facets.values()];
    const withheld = withheldTraits(facets, definitions.privacy);
    return {
      profile_id: id,
      as_of: read.at,
      kind: readKind(facets, definitions.identity.isListed),
      traits: await traitsOf(
        readRegisters(facets, 'traits').filter(({ name }) => !withheld.has(name)),
        showing(read, id),
        this.#options,
      ),
      features: featuresOf(facets, read, definitions),
      ...membershipsOf(
        { facets, members: membersNow({ facets, definitions }, read.at).keys() },
        definitions.segments,
        read.at,
      ),
      consents: consentsOf(readConsents(facets)),
      first_seen: facets.length === 0 ? null : Math.min(...facets.map(({ first }) => first)),
      last_seen: facets.length === 0 ? null : Math.max(...facets.map(({ last }) => last)),
    };
  }
}

function featuresOf(
  facets: readonly Facet[],
  { at, features }: ReadPastOptions,
  { features: set, privacy }: Pick<PastDefinitions, 'features' | 'privacy'>,
): PastProfileView['features'] {
  const trait = (name: string) => usableTrait(facets, name, privacy);
  const reader = new FeatureReader(set, { facets, now: at, trait });
  return features === undefined ? reader.all() : reader.some(features);
}
