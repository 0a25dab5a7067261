import { quoted } from '../analytics/sql-pieces.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { Header } from '../model/profile.ts';
import { type Saying, saidAs } from '../model/saying.ts';
import type { EpochMs } from '../model/time.ts';
import type { TriggerDefinition } from '../model/trigger.ts';
import { versionOf } from '../model/version-of.ts';
import { planDays } from '../pipeline/profile-days.ts';
import { momentOf } from '../pipeline/profile-moment.ts';
import type { History } from '../ports/history.ts';
import type { PreviewTrigger } from '../serve/decision-service.ts';
import type { DefinitionKind } from '../serve/services.ts';
import type { Candidate } from '../triggers/candidate.ts';
import { type CompiledTrigger, compileTriggers } from '../triggers/compile.ts';
import { typesOf } from '../triggers/patterns/compile-pattern.ts';
import { type ReplayedEvent, replayPattern } from '../triggers/replay-pattern.ts';
import { type OpenedProfile, openProfile } from './open-profile.ts';
import { readHistoryRows } from './past-events.ts';
import { explainFor, type TriggerExplainerOptions } from './trigger-explainer.ts';

export interface TriggerPreviewOptions extends TriggerExplainerOptions {
  readonly history: Pick<History, 'query'>;
  /** What checks a draft as if it were to be put in force. */
  readonly triggers: DefinitionKind;
}

/** What a draft is called that says nothing of its name. */
const DRAFT = 'draft';

/**
 * A draft of a trigger, explained for a real profile as one in force is. What its pattern would remember is found by showing
 * it the newest events of the profile that history holds; everything else is committed state. Nothing is stored.
 */
export function createTriggerPreview(options: TriggerPreviewOptions): PreviewTrigger {
  const { definitions, now } = options;
  return async (profile, body): Promise<JsonObject> => {
    const trigger = compileDraft(body, options);
    const opened = await openProfile(profile, options);
    const moment = now();
    const events = await eventsFor(trigger, opened.header.id, options);
    const scratch: Header = { ...opened.header, triggers: new Map() };
    const completed = replayPattern(trigger, events, { header: scratch, now: moment });
    planDay(trigger, { ...opened, header: scratch }, { definitions, now: moment });
    const explained = explainFor(trigger, { ...opened, header: scratch }, { definitions, now: moment });
    // What explains a trigger says it in such sentences.
    const sentences = [pastSaying(events, completed), ...(explained.sentences as readonly Saying[])];
    return {
      ...explained,
      ...saidAs(sentences),
      draft: true,
      past: {
        events: events.length,
        complete: events.length < limits.previewEventsMax,
        completed: completed.slice(-limits.previewCompletedMax).reverse().map(completedOf),
      },
    };
  };
}

/** One that says that it is off is looked at as if it were on. */
function compileDraft(body: JsonObject, { triggers }: TriggerPreviewOptions): CompiledTrigger {
  const name = typeof body.name === 'string' ? body.name : DRAFT;
  const { enabled: _, ...checked } = triggers.editor?.check(name, { ...body, name }) ?? { name };
  // The editor of triggers answers a trigger.
  const definition = checked as unknown as TriggerDefinition;
  const { byName } = compileTriggers([{ definition, version: versionOf(definition) }]);
  return byName.get(name) as CompiledTrigger;
}

/** The newest events of the profile that the pattern looks at, oldest first. */
async function eventsFor(
  { definition }: CompiledTrigger,
  profile: string,
  { history }: TriggerPreviewOptions,
): Promise<readonly ReplayedEvent[]> {
  const types = typesOf(definition.on);
  if (types.length === 0) return [];
  const rows = await readHistoryRows(
    history,
    `SELECT toUnixTimestamp64Milli(applied_at) AS at, raw FROM events WHERE type IN (${types.map(quoted).join(', ')}) ` +
      `AND facet_id IN (SELECT facet_id FROM facets_now WHERE profile_id = ${quoted(profile)}) ` +
      `ORDER BY applied_at DESC, seq DESC, idx DESC LIMIT ${limits.previewEventsMax}`,
  );
  // Written by this project, from events that ingest had checked.
  return rows.map(({ at, raw }) => ({ at: Number(at), event: JSON.parse(String(raw)) })).reverse();
}

/** Days come from what the profile is, not from events. */
function planDay(
  trigger: CompiledTrigger,
  { header, facets }: OpenedProfile,
  { definitions, now }: Pick<TriggerExplainerOptions, 'definitions'> & { readonly now: EpochMs },
): void {
  if (trigger.pattern.kind !== 'calendar') return;
  const { segments: members } = header;
  const lookup = momentOf({ facets, now, definitions, ...(members && { members }) });
  planDays([trigger], { header, facets, lookup, now, definitions });
}

function pastSaying(events: readonly ReplayedEvent[], completed: readonly Candidate[]): Saying {
  const last = completed.at(-1);
  const newest = last === undefined ? '' : `, the last time at ${new Date(last.at).toISOString()}`;
  const times = completed.length === 1 ? 'once' : `${completed.length} times`;
  const what = last === undefined ? 'did not complete it' : `completed it ${times}${newest}`;
  return {
    code: 'draft_past',
    events: events.length,
    completed: completed.length,
    ...(last === undefined ? {} : { last_at: last.at }),
    text: `a draft: of what history has of this profile, ${events.length} events are of the types that it looks at, and ${what}`,
  };
}

function completedOf({ key, at, event }: Candidate): JsonObject {
  return {
    at,
    ...(key === '' ? {} : { key }),
    ...(event === undefined ? {} : { event_id: event.id }),
  };
}
