import { Pace } from '../background/pace.ts';
import { createSegmentCheck } from '../definitions/definition-checks.ts';
import { checkSet, setOf } from '../definitions/definition-set.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { chanceOf } from '../jobs/parity/pick-profiles.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { SegmentDefinition } from '../model/segment.ts';
import { membersNow } from '../pipeline/profile-segments.ts';
import { catalogOf } from '../pipeline/segment-catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import { compileSegments, type SegmentSet } from '../segments/compile.ts';
import type { ReportProgress } from '../serve/services.ts';

export interface SegmentPreviewOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/** What a preview found. */
export interface SegmentPreview {
  readonly segment: string;
  /** Profiles that were looked at, and how many of them the draft holds for. */
  readonly profiles: number;
  readonly members: number;
  /** False where there are more profiles than one preview looks at. */
  readonly complete: boolean;
  /** Ids of some members, chosen by chance. */
  readonly sample: readonly string[];
}

/** A draft beside what is in force, checked as if it were to be saved; fails with `invalid_definition`. */
export function readDraft(body: JsonObject, definitions: Definitions): SegmentDefinition {
  const draft = createSegmentCheck()({ name: 'draft', ...body });
  const set = setOf(definitions.entry);
  checkSet({ ...set, segments: withDraft(set.segments ?? [], draft) }, definitions.reportingCurrency);
  return draft;
}

function withDraft(
  segments: readonly SegmentDefinition[],
  draft: SegmentDefinition,
): readonly SegmentDefinition[] {
  return [...segments.filter(({ name }) => name !== draft.name), draft];
}

/** Looks at committed profiles one after the other, at the pace of background work, as if the draft were in force. */
export async function previewSegment(
  draft: SegmentDefinition,
  options: SegmentPreviewOptions,
  { report, signal }: { readonly report: ReportProgress; readonly signal: AbortSignal },
): Promise<SegmentPreview> {
  const { definitions, clock } = options;
  const segments = draftSet(draft, definitions);
  const pace = new Pace(clock, signal);
  const drawn = new Drawn(draft.name);
  let profiles = 0;
  let members = 0;
  let complete = true;
  for await (const header of headers(options, pace)) {
    if (profiles === limits.segmentPreviewProfilesMax) {
      complete = false;
      break;
    }
    profiles++;
    const facets = await facetsOf(header, options);
    if (isIn(draft.name, { facets, segments, options })) {
      members++;
      drawn.take(header.id);
    }
    if (pace.isDue()) {
      report({ done: profiles, total: 0, note: `${members} of ${profiles} profiles` });
      await pace.rest();
    }
  }
  return { segment: draft.name, profiles, members, complete, sample: drawn.ids };
}

function draftSet(draft: SegmentDefinition, { entry, features }: Definitions): SegmentSet {
  const inForce = entry.segments?.map(({ definition }) => definition) ?? [];
  const all = withDraft(inForce, draft).map((definition) => ({ definition, version: '' }));
  return compileSegments(all, catalogOf(features, entry.features));
}

function isIn(
  name: string,
  looked: {
    readonly facets: readonly Facet[];
    readonly segments: SegmentSet;
    readonly options: SegmentPreviewOptions;
  },
): boolean {
  const { facets, segments, options } = looked;
  const { features } = options.definitions;
  return membersNow({ facets, definitions: { features, segments } }, options.clock.now()).has(name);
}

async function* headers({ state, codec }: SegmentPreviewOptions, pace: Pace): AsyncGenerator<Header> {
  for (let after = ''; ; ) {
    pace.check();
    const page = await state.scan('h/', after, limits.pageMax);
    for (const [key, bytes] of page) {
      after = key;
      // The codec answers the type that belongs to the key's prefix.
      const header = codec.decode(key, bytes) as Header;
      if (header.forward === undefined && header.kind === 'person') yield header;
    }
    if (page.length < limits.pageMax) return;
  }
}

async function facetsOf(header: Header, { state, codec }: SegmentPreviewOptions): Promise<readonly Facet[]> {
  const wanted = header.facets.map((id) => keys.facet(header.id, id));
  const found = await state.read(wanted);
  // The codec answers the type that belongs to the key's prefix.
  return found.flatMap((bytes, i) => (bytes ? [codec.decode(wanted[i] as string, bytes) as Facet] : []));
}

/** Some of those that come by, every one with the same chance. */
class Drawn {
  readonly #salt: string;
  #drawn: { readonly id: string; readonly chance: number }[] = [];

  constructor(salt: string) {
    this.#salt = salt;
  }

  take(id: string): void {
    const chance = chanceOf(this.#salt, id);
    this.#drawn.push({ id, chance });
    this.#drawn.sort((a, b) => a.chance - b.chance);
    if (this.#drawn.length > limits.segmentSampleMax) this.#drawn.pop();
  }

  get ids(): readonly string[] {
    return this.#drawn.map(({ id }) => id);
  }
}
