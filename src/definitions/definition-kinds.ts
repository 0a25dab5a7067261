import { TesseraError } from '../errors.ts';
import { createPolicyCheck } from '../ingest/identity-policy.ts';
import type { PathCheck } from '../ingest/schema-paths.ts';
import type { EventSchemas } from '../ingest/schemas.ts';
import type { CouponPoolDefinition } from '../model/coupon.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import type { IdentityPolicy } from '../model/identity-policy.ts';
import type { JsonObject } from '../model/json.ts';
import type { SegmentDefinition } from '../model/segment.ts';
import type { TemplateDefinition } from '../model/template.ts';
import type { TriggerDefinition } from '../model/trigger.ts';
import type { ModelDefinition } from '../model/value-model.ts';
import type {
  DefinitionEditor,
  DefinitionKind,
  Definitions as Kinds,
  NamedDefinition,
} from '../serve/services.ts';
import {
  createCouponCheck,
  createModelCheck,
  createSegmentCheck,
  createTemplateCheck,
  createTriggerCheck,
} from './definition-checks.ts';
import {
  createDefinitionWriter,
  type DefinitionWriterOptions,
  type WriteDefinitions,
} from './definition-writer.ts';
import type { DefinitionsPack } from './definitions-pack.ts';
import { createEventSchemaKind } from './event-schema-kind.ts';
import { createFeatureKind } from './feature-kind.ts';
import { createListedKind, type ListedKind } from './listed-kind.ts';
import { createLoyaltyKind } from './loyalty-kind.ts';
import { createMessagingKind } from './messaging-kind.ts';
import { createPlacementKind } from './placement-kind.ts';
import { createPrivacyKind } from './privacy-kind.ts';
import { createQualityKind } from './quality-kind.ts';
import { createRetentionKind } from './retention-kind.ts';
import { createWebhookKind, type WebhookSurroundings } from './webhook-kind.ts';

/**
 * What the API lists and changes of the definitions in force. A change is a record with the complete set, one part of it
 * replaced; so changes wait for each other, and each starts from what the one before it left.
 */
export interface DefinitionKindsOptions extends DefinitionWriterOptions {
  /** What the directory holds, identifiers blinded: a deleted definition gives way to its own. */
  readonly pack: DefinitionsPack;
  /** Puts blind indexes in place of the identifiers that a policy lists. */
  readonly blind: (policy: IdentityPolicy) => IdentityPolicy;
  /** Holds what a feature reads against the schemas of the events; absent where there are none. */
  readonly checkPaths?: PathCheck;
  /** The shipped schemas of events, which those of the API stand beside; absent: they are read when they are needed. */
  readonly eventSchemas?: EventSchemas;
  /** Absent where webhooks cannot be changed. */
  readonly webhooks?: WebhookSurroundings;
}

export function createDefinitionKinds(options: DefinitionKindsOptions): Kinds {
  const write = createDefinitionWriter(options);
  const kinds: ReadonlyMap<string, DefinitionKind> = new Map<string, DefinitionKind>([
    ['features', createFeatureKind(options, write)],
    ['triggers', triggerKind(options, write)],
    ['segments', segmentKind(options, write)],
    ['models', modelKind(options, write)],
    ['loyalty', createLoyaltyKind(options, write)],
    ['messaging', createMessagingKind(options, write)],
    ['privacy', createPrivacyKind(options, write)],
    ['quality', createQualityKind(options, write)],
    ['templates', templateKind(options, write)],
    ['coupons', couponKind(options, write)],
    ['placements', createPlacementKind(options, write)],
    ['retention', createRetentionKind(options, write)],
    ['schemas', createEventSchemaKind(options, write)],
    ...(options.webhooks
      ? ([['webhooks', createWebhookKind(options, options.webhooks, write)]] as const)
      : []),
    ['identity', identityKind(options, write)],
  ]);
  return { kind: (name) => kinds.get(name) };
}

/** Definitions are JSON: read from YAML or a body, and kept as such in the log. */
function plain(definition: { readonly name: string }): NamedDefinition {
  return definition as NamedDefinition;
}

/** A changed one is a new version: the ids of its decisions say under which they were made. */
function triggerKind(options: DefinitionKindsOptions, write: WriteDefinitions): DefinitionKind {
  const kind: ListedKind<TriggerDefinition> = {
    read: createTriggerCheck(),
    originals: options.pack.triggers,
    inForce: ({ triggers }) => triggers,
    asPart: (triggers) => ({ triggers }),
    switched: switchTrigger,
    warnings: ({ action: { template } }) =>
      template === undefined || options.definitions.outgoing.templates.byName.has(template)
        ? []
        : [
            `/action/template: there is no template "${template}" here; the payload names it and has no message`,
          ],
  };
  return createListedKind(kind, options, write);
}

/** On is what nothing is said of, so that one that was switched off and on again has the text that it had. */
function switchTrigger({ enabled: _, ...definition }: TriggerDefinition, on: boolean): TriggerDefinition {
  return on ? definition : { ...definition, enabled: false };
}

/** A changed one is a new version; who is in it is looked at anew, profile by profile. */
function segmentKind(options: DefinitionKindsOptions, write: WriteDefinitions): DefinitionKind {
  const kind: ListedKind<SegmentDefinition> = {
    read: createSegmentCheck(),
    originals: options.pack.segments ?? [],
    inForce: ({ segments = [] }) => segments,
    asPart: (segments) => ({ segments }),
  };
  return createListedKind(kind, options, write);
}

/** A changed one is what is sent from then on. */
function templateKind(options: DefinitionKindsOptions, write: WriteDefinitions): DefinitionKind {
  const kind: ListedKind<TemplateDefinition> = {
    read: createTemplateCheck(),
    originals: options.pack.templates ?? [],
    inForce: ({ templates = [] }) => templates,
    asPart: (templates) => ({ templates }),
  };
  return createListedKind(kind, options, write);
}

/** Settings of pools of coupons; their codes are no definitions. */
function couponKind(options: DefinitionKindsOptions, write: WriteDefinitions): DefinitionKind {
  const kind: ListedKind<CouponPoolDefinition> = {
    read: createCouponCheck(),
    originals: options.pack.coupons ?? [],
    inForce: ({ coupons = [] }) => coupons,
    asPart: (coupons) => ({ coupons }),
  };
  return createListedKind(kind, options, write);
}

/** What derived features ask of them changes with them, at their place in the log; no directory has any. */
function modelKind(options: DefinitionKindsOptions, write: WriteDefinitions): DefinitionKind {
  const kind: ListedKind<ModelDefinition> = {
    read: createModelCheck(),
    originals: [],
    inForce: ({ models = [] }) => models,
    asPart: (models) => ({ models }),
  };
  return createListedKind(kind, options, write);
}

function identityKind(
  { definitions, pack, blind }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const check = createPolicyCheck();
  const shown = ({ identity }: DefinitionsEntry): NamedDefinition => {
    const { definition, version, author, since } = identity;
    return { ...plain(definition), version, author, since };
  };
  const editor: DefinitionEditor = {
    check: (name, body) => plain(blind(check({ ...onlyPolicy(name), ...body }))),
    original: (name) => plain({ ...pack.identity, ...onlyPolicy(name) }),
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer a policy.
      const identity = definition as JsonObject as unknown as IdentityPolicy;
      return shown(await write(author, () => ({ identity })));
    },
  };
  return { list: () => [shown(definitions.entry)], editor };
}

function onlyPolicy(name: string): { name: 'default' } {
  if (name !== 'default') {
    throw new TesseraError('not_found', 'There is one identity policy, and its name is default.');
  }
  return { name };
}
