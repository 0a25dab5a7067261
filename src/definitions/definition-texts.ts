import type { DefinitionText } from '../model/definition-journal.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import type { JsonObject } from '../model/json.ts';
import { shownWebhook } from './shown-webhook.ts';
import { sourcesIn } from './sources-in.ts';

/** Everything in force as its authors wrote it: by kind, as the API calls it, and name. */
export type DefinitionTexts = ReadonlyMap<string, ReadonlyMap<string, DefinitionText>>;

/** Of a kind of which there is one definition. */
const ONLY = 'default';

export function textsIn(entry: DefinitionsEntry): DefinitionTexts {
  const webhooks = entry.webhooks?.map((each) => ({ ...each, definition: shownWebhook(each.definition) }));
  return new Map([
    ['features', listed(sourcesIn(entry))],
    ['triggers', listed(entry.triggers)],
    ['segments', listed(entry.segments)],
    ['models', listed(entry.models)],
    ['templates', listed(entry.templates)],
    ['coupons', listed(entry.coupons)],
    ['placements', listed(entry.placements)],
    ['retention', listed(entry.retention)],
    ['schemas', listed(entry.schemas)],
    ['webhooks', listed(webhooks)],
    ['identity', single(entry.identity)],
    ['loyalty', single(entry.loyalty)],
    ['messaging', single(entry.messaging)],
    ['privacy', single(entry.privacy)],
    ['quality', single(entry.quality)],
  ]);
}

interface InForce<Definition extends object> {
  readonly definition: Definition;
  readonly version: string;
  readonly author?: string;
  readonly since?: number;
}

function listed(
  definitions: readonly InForce<{ readonly name: string }>[] = [],
): ReadonlyMap<string, DefinitionText> {
  return new Map(definitions.map((each) => [each.definition.name, textOf(each)]));
}

/** Nobody has written the policy of an engine that has not begun. */
function single(known: InForce<object> | undefined): ReadonlyMap<string, DefinitionText> {
  if (known === undefined || known.since === 0) return new Map();
  return new Map([[ONLY, textOf({ ...known, definition: { name: ONLY, ...known.definition } })]]);
}

function textOf({ definition, version, author, since }: InForce<object>): DefinitionText {
  return {
    version,
    // Definitions are plain JSON.
    definition: definition as JsonObject,
    ...(author === undefined ? {} : { author }),
    ...(since === undefined ? {} : { since }),
  };
}
