import { Pace } from '../../background/pace.ts';
import { type ExpandedSource, expandSource, putSource, setOf } from '../../definitions/definition-set.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError } from '../../errors.ts';
import { compileFeatures, type FeatureSet } from '../../features/compile.ts';
import { FeatureReader } from '../../features/read.ts';
import type { FeatureSource, NumberedDefinition } from '../../model/definitions.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Facet } from '../../model/profile.ts';
import { reduceEvent } from '../../pipeline/reduce-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import { emptyFacet } from '../../profile/facets.ts';
import { usableTrait } from '../../profile/usable-traits.ts';
import type { PreviewFeature } from '../../serve/feature-preview-service.ts';
import type { DefinitionKind } from '../../serve/services.ts';
import { eventsInTime, type Happened } from './feature-course.ts';
import type { HistoryReach } from './history-reach.ts';
import { facetsThen, type PastIdentity } from './past-owners.ts';

export interface FeaturePreviewOptions {
  readonly history: Pick<History, 'query'>;
  readonly reach: HistoryReach;
  readonly definitions: Definitions;
  readonly clock: Clock;
  /** What checks a draft as if it were to be put in force. */
  readonly features: DefinitionKind;
}

/** What a feature is called that has no name yet. */
const DRAFT = 'draft';

/**
 * A draft of a feature for a real profile: every event that history has of it is reduced once more, each as if it had been
 * there when it happened, as a feature that is filled from history sees them. Nothing is stored.
 */
export function createFeaturePreview(options: FeaturePreviewOptions): PreviewFeature {
  const { definitions, history, reach, clock } = options;
  // Nobody cancels a request: the pace only keeps it from holding up the thread.
  const patience = new AbortController().signal;
  return async (profile, body): Promise<JsonObject> => {
    const draft = readDraft(body, options);
    const features = compileWith(draft, definitions);
    await reach.now();
    const now = clock.now();
    const past: PastIdentity = { history, bound: { kind: 'time', at: now } };
    const facets = await facetsThen(profile, past);
    if (facets === undefined) throw new TesseraError('profile_not_found');
    const events = await eventsInTime(facets, past);
    const pace = new Pace(clock, patience);
    const reduced = await reduce(events, { definitions: { ...ruling(definitions), features }, pace });
    const names = new Set(draft.features.map(({ name }) => name));
    const trait = (name: string) => usableTrait(reduced, name, definitions.privacy);
    const reader = new FeatureReader(features, { facets: reduced, now, trait });
    return {
      profile_id: profile,
      draft: true,
      // Values of features are plain JSON.
      features: reader.some(names) as unknown as JsonObject,
      past: pastOf(events, { features, names }),
    };
  };
}

function readDraft(body: JsonObject, { features }: FeaturePreviewOptions): ExpandedSource {
  const name = typeof body.name === 'string' ? body.name : DRAFT;
  // The editor of features answers a source: text that was checked.
  const checked = features.editor?.check(name, { ...body, name }) ?? { name };
  return expandSource(checked as unknown as FeatureSource['definition']);
}

/** What is in force beside the draft, since it may be computed from that; all of it as if it had been there from the start. */
function compileWith(draft: ExpandedSource, { entry, reportingCurrency, models }: Definitions): FeatureSet {
  const own = new Set(draft.features.map(({ name }) => name));
  const known = new Map(entry.features.map((each) => [each.definition.name, each]));
  let free = Math.max(0, ...entry.features.map(({ number }) => number));
  const numbered = putSource(setOf(entry), draft).features.map((definition): NumberedDefinition => {
    const number = own.has(definition.name) ? undefined : known.get(definition.name)?.number;
    return { number: number ?? ++free, definition, createdAt: 0, origin: true };
  });
  return compileFeatures(numbered, { reportingCurrency, models });
}

function ruling({ identity, segments, privacy }: Definitions) {
  return { identity, segments, privacy };
}

interface Reducing {
  readonly definitions: Parameters<typeof reduceEvent>[0];
  readonly pace: Pace;
}

async function reduce(
  events: readonly Happened[],
  { definitions, pace }: Reducing,
): Promise<readonly Facet[]> {
  const facets = new Map<string, Facet>();
  for (const { facet: name, event, at } of events) {
    const facet = facets.get(name) ?? emptyFacet(name);
    facets.set(name, facet);
    reduceEvent(definitions, { facet, event }, at);
    if (pace.isDue()) await pace.rest();
  }
  return [...facets.values()];
}

interface Drafted {
  readonly features: FeatureSet;
  readonly names: ReadonlySet<string>;
}

/** How much there was to compute it from; what is computed from other features reads no event itself. */
function pastOf(events: readonly Happened[], { features, names }: Drafted): JsonObject {
  const reads = ({ event }: { readonly event: Event }): boolean =>
    (features.byType.get(event.type) ?? []).some(
      (extractor) =>
        extractor.features.some(({ name }) => names.has(name)) && extractor.extract(event) !== undefined,
    );
  const first = events[0]?.at;
  return {
    events: events.length,
    read: events.filter(reads).length,
    ...(first === undefined ? {} : { from: first }),
  };
}
