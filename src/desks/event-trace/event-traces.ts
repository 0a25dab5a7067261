import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError } from '../../errors.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { UNATTRIBUTED } from '../../model/keys.ts';
import type { History } from '../../ports/history.ts';
import type { EventTraces, TraceQuestion } from '../../serve/event-trace-service.ts';
import type { RecentEvent, RecentEvents } from '../../serve/recent-events.ts';
import type { IdentityReader, ProfileReader } from '../../serve/services.ts';
import { describeReceipt } from './describe-receipt.ts';
import { type Receipt, receiptsIn } from './receipts.ts';
import { aboutProfile, decisionOf, withMoment } from './shown-rows.ts';
import { readOwners, readTraceRows, type TraceRows } from './trace-rows.ts';

export interface EventTracesOptions {
  readonly history: Pick<History, 'query'>;
  readonly definitions: Definitions;
  readonly recent: RecentEvents;
  readonly identity: Pick<IdentityReader, 'show'>;
  readonly profiles: Pick<ProfileReader, 'byId'>;
}

const NO_ROWS: TraceRows = {
  ...{
    events: [],
    quarantined: [],
    identityChanges: [],
    merges: [],
    segments: [],
    points: [],
    decisions: [],
  },
};

/** What became of one event: what history has of it, the times that this process knows, and what its profile is now. */
export function createEventTraces(options: EventTracesOptions): EventTraces {
  const { history, recent } = options;
  return {
    async of(question) {
      const seen = await ofTheLiving(recent.find(question.id), options);
      const rows = await rowsOf(question.id, options).catch((error: unknown) => {
        if (seen.length > 0 && error instanceof TesseraError && error.retryable) return undefined;
        throw error;
      });
      const receipts = receiptsIn(rows ?? NO_ROWS, seen, question.source);
      const facets = receipts.flatMap(({ applied }) => (applied ? [String(applied.row.facet_id)] : []));
      const owners = await readOwners(history, facets);
      return await Promise.all(
        receipts.map(async (receipt) => ({
          ...describeReceipt(receipt, { historyAnswers: rows !== undefined }),
          ...(await whatItDid(receipt, { question, rows: rows ?? NO_ROWS, owners, options })),
        })),
      );
    },
  };
}

/** Memory does not know who was erased; the state does. */
async function ofTheLiving(
  seen: readonly RecentEvent[],
  { profiles }: EventTracesOptions,
): Promise<readonly RecentEvent[]> {
  const there = await Promise.all(
    seen.map(
      async ({ profileId }) =>
        profileId === '' ||
        profileId === UNATTRIBUTED ||
        (await profiles.byId(profileId, { reveal: false, features: NO_FEATURES })) !== undefined,
    ),
  );
  return seen.filter((_, at) => there[at]);
}

const NO_FEATURES: ReadonlySet<string> = new Set();

async function rowsOf(id: string, { history }: EventTracesOptions): Promise<TraceRows> {
  return await readTraceRows(history, id);
}

interface Tracing {
  readonly question: TraceQuestion;
  readonly rows: TraceRows;
  readonly owners: ReadonlyMap<string, string>;
  readonly options: EventTracesOptions;
}

/** Whose it is and why, what of the profile it has changed, and what was decided because of it; nothing of what was not applied. */
async function whatItDid({ seen, applied }: Receipt, tracing: Tracing): Promise<JsonObject> {
  if (applied === undefined)
    return seen === undefined || seen.profileId === '' ? {} : { identity: { profile_id: seen.profileId } };
  const { row, event } = applied;
  const { rows, owners } = tracing;
  const then = String(row.profile_id);
  const now = owners.get(String(row.facet_id)) ?? then;
  const theirs = aboutProfile(new Set([then, now]));
  const decisions = rows.decisions.filter(theirs);
  const ofSource = ({ source }: JsonObject): boolean => source === event.source;
  return {
    identity: {
      profile_id: now,
      profile_id_then: then,
      facet_id: row.facet_id,
      identifiers: await identifiersOf(event, tracing),
      changes: rows.identityChanges.filter(ofSource).map(withMoment),
      merges: rows.merges.filter(ofSource).map(withMoment),
    },
    features: await featuresOf(event, now, tracing),
    segments: rows.segments.filter(theirs).map(withMoment),
    points: rows.points.filter(theirs).map(withMoment),
    triggers: { decisions: decisions.map(decisionOf), looked: lookedAt(event, decisions, tracing) },
  };
}

async function identifiersOf(
  { claims }: Event,
  { options, question }: Tracing,
): Promise<readonly JsonObject[]> {
  const shown = await options.identity.show(
    claims.map(({ type, hash }) => `${type}:${hash}`),
    question.read,
  );
  return shown.map((each, i) => ({ ...each, verified: claims[i]?.verified === true }));
}

/** Features that the event says something to, as they are now. */
async function featuresOf(
  event: Event,
  profile: string,
  { options }: Tracing,
): Promise<readonly JsonObject[]> {
  const { features } = options.definitions;
  const touched = (features.byType.get(event.type) ?? []).filter(
    (extractor) => extractor.extract(event) !== undefined,
  );
  const names = new Set(touched.flatMap((extractor) => extractor.features.map(({ name }) => name)));
  if (names.size === 0) return [];
  const view = await options.profiles.byId(profile, { reveal: false, features: names });
  return Object.entries(view?.features ?? {}).map(([feature, value]) => ({ feature, ...value }));
}

/** Triggers in force that look at events of its type, and have decided nothing for it. */
function lookedAt(event: Event, decisions: readonly JsonObject[], { options }: Tracing): readonly string[] {
  const decided = new Set(decisions.map(({ trigger }) => trigger));
  const looking = options.definitions.triggers.byType.get(event.type) ?? [];
  return looking.map(({ name }) => name).filter((name) => !decided.has(name));
}
