import { TesseraError } from '../errors.ts';
import { compileFeatures, expandDefinitions } from '../features/compile.ts';
import { compileExpression } from '../features/derived/compile-expression.ts';
import { parseExpression } from '../features/derived/parse.ts';
import { limits } from '../limits.ts';
import type { CouponPoolDefinition } from '../model/coupon.ts';
import type { DefinitionsEntry, FeatureSource } from '../model/definitions.ts';
import type { EventSchemaDefinition } from '../model/event-schema.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import { isJsonObject } from '../model/json.ts';
import type { MessagingDefinition } from '../model/messaging.ts';
import type { PlacementDefinition } from '../model/placement.ts';
import type { PrivacyDefinition } from '../model/privacy.ts';
import type { QualityDefinition } from '../model/quality.ts';
import type { RetentionDefinition } from '../model/retention.ts';
import type { SegmentDefinition } from '../model/segment.ts';
import type { TemplateDefinition } from '../model/template.ts';
import type { TriggerDefinition } from '../model/trigger.ts';
import type { ModelDefinition } from '../model/value-model.ts';
import type { WebhookDefinition } from '../model/webhook.ts';
import { catalogOf } from '../pipeline/segment-catalog.ts';
import { compilePlacements } from '../recommend/compile-placements.ts';
import { compileSegments } from '../segments/compile.ts';
import { compileTriggers } from '../triggers/compile.ts';
import { compileMessaging } from '../triggers/messaging.ts';
import { compileModels } from '../value/compile-models.ts';
import { checkRetention, usesOfRetention } from './check-retention.ts';
import { keptVersion } from './definitions.ts';
import { checkOutgoing, checkOutgoingUses } from './outgoing-set.ts';
import { sourcesIn } from './sources-in.ts';

/** The features, triggers and segments that a record would bring into force: changes are planned on it, and checked as a whole. */
export interface DefinitionSet {
  readonly sources: readonly FeatureSource[];
  /** In the order of their sources. */
  readonly features: readonly FeatureDefinition[];
  readonly triggers: readonly TriggerDefinition[];
  /** Absent: none. */
  readonly segments?: readonly SegmentDefinition[];
  /** Absent: none. */
  readonly models?: readonly ModelDefinition[];
  /** Absent: none. */
  readonly templates?: readonly TemplateDefinition[];
  /** Absent: it is not known which there are. */
  readonly webhooks?: readonly WebhookDefinition[];
  /** Absent: none. */
  readonly coupons?: readonly CouponPoolDefinition[];
  /** Absent: none. */
  readonly placements?: readonly PlacementDefinition[];
  /** Absent: none. */
  readonly retention?: readonly RetentionDefinition[];
  /** Absent: none. */
  readonly schemas?: readonly EventSchemaDefinition[];
  /** Absent or null: what holds while nothing is said. */
  readonly messaging?: MessagingDefinition | null;
  /** Absent or null: what holds while nothing is said. */
  readonly privacy?: PrivacyDefinition | null;
  readonly quality?: QualityDefinition | null;
}

export function setOf(entry: DefinitionsEntry): DefinitionSet {
  return {
    sources: sourcesIn(entry).map(({ definition, features }) => ({ definition, features })),
    features: entry.features.map(({ definition }) => definition),
    triggers: entry.triggers.map(({ definition }) => definition),
    segments: entry.segments?.map(({ definition }) => definition) ?? [],
    models: entry.models?.map(({ definition }) => definition) ?? [],
    templates: entry.templates?.map(({ definition }) => definition) ?? [],
    webhooks: entry.webhooks?.map(({ definition }) => definition) ?? [],
    coupons: entry.coupons?.map(({ definition }) => definition) ?? [],
    placements: entry.placements?.map(({ definition }) => definition) ?? [],
    ...(entry.retention === undefined
      ? {}
      : { retention: entry.retention.map(({ definition }) => definition) }),
    ...(entry.schemas === undefined ? {} : { schemas: entry.schemas.map(({ definition }) => definition) }),
    ...(entry.messaging === undefined ? {} : { messaging: entry.messaging.definition }),
    ...(entry.privacy === undefined ? {} : { privacy: entry.privacy.definition }),
    ...(entry.quality === undefined ? {} : { quality: entry.quality.definition }),
  };
}

/** A feature as written, with what it stands for. */
export interface ExpandedSource {
  readonly source: FeatureSource;
  readonly features: readonly FeatureDefinition[];
}

/** Throws `invalid_definition` where it is none. */
export function expandSource(definition: FeatureSource['definition']): ExpandedSource {
  const features = expandDefinitions([definition]);
  return { source: { definition, features: features.map(({ name }) => name) }, features };
}

/** The set with these sources, of which the set or `added` has the features. */
export function withSources(
  set: DefinitionSet,
  sources: readonly FeatureSource[],
  added: readonly FeatureDefinition[],
): DefinitionSet {
  const byName = new Map(set.features.map((definition) => [definition.name, definition]));
  for (const definition of added) byName.set(definition.name, definition);
  const features = sources.flatMap((source) => source.features.flatMap((name) => byName.get(name) ?? []));
  return { ...set, sources, features };
}

/** Replaces the source of the name, or adds one. */
export function putSource(set: DefinitionSet, { source, features }: ExpandedSource): DefinitionSet {
  const { name } = source.definition;
  const known = set.sources.some(({ definition }) => definition.name === name);
  const sources = known
    ? set.sources.map((each) => (each.definition.name === name ? source : each))
    : [...set.sources, source];
  return withSources(set, sources, features);
}

export function removeSource(set: DefinitionSet, name: string): DefinitionSet {
  return withSources(
    set,
    set.sources.filter(({ definition }) => definition.name !== name),
    [],
  );
}

/** What `next` changes or drops of the features in force stays readable as `name@number`. */
export function keepVersions(next: DefinitionSet, { features }: DefinitionsEntry): DefinitionSet {
  const after = new Map(next.features.map((definition) => [definition.name, JSON.stringify(definition)]));
  const kept = features
    .filter(({ definition }) => !isKept(definition.name))
    .filter(({ definition }) => after.get(definition.name) !== JSON.stringify(definition))
    .map(({ definition, number }) => keptVersion(definition, number));
  const sources = kept.map((definition) => ({
    // A definition is plain JSON.
    definition: definition as unknown as FeatureSource['definition'],
    features: [definition.name],
  }));
  return withSources(next, [...next.sources, ...sources], kept);
}

/** Whether the name is that of a version that was kept. */
export function isKept(name: string): boolean {
  return name.includes('@');
}

/** Fails with `definition_in_use` when something that stays reads a feature or asks about a segment that would be gone. */
export function checkUses(before: DefinitionSet, after: DefinitionSet): void {
  checkOutgoingUses(before, after);
  const features: Gone = { kind: 'feature', names: missingOf(before.features, after.features) };
  const missing = missingOf(before.segments ?? [], after.segments ?? []);
  const segments: Gone = { kind: 'segment', names: missing };
  if (features.names.size === 0 && missing.size === 0) return;
  const conditions = [
    ...after.triggers.flatMap(({ name, on, when }) => [
      { who: `the trigger "${name}"`, when: on },
      { who: `the trigger "${name}"`, when },
    ]),
    ...(after.segments ?? []).map(({ name, when }) => ({ who: `the segment "${name}"`, when })),
    ...limitConditions(after),
  ];
  const users = [
    ...after.features.flatMap(({ name, expression }) =>
      expression === undefined
        ? []
        : readBy(compileExpression(parseExpression(expression)).features, features, `the feature "${name}"`),
    ),
    ...[...compileModels(after.models ?? [])].flatMap(([name, model]) =>
      readBy(model.features, features, `the model "${name}"`),
    ),
    ...usesOfRetention(after.retention ?? []).flatMap(({ who, kind, name }) =>
      readBy([name], kind === 'feature' ? features : segments, who),
    ),
    ...conditions.flatMap(({ who, when }) => [
      ...readBy(namedIn(when, 'feature'), features, who),
      ...readBy(namedIn(when, 'segment'), segments, who),
    ]),
  ];
  if (users.length > 0) throw new TesseraError('definition_in_use', users.join('; '));
}

/** What limits ask about. */
function limitConditions({ triggers, messaging }: DefinitionSet): readonly { who: string; when: unknown }[] {
  return [
    ...triggers.flatMap(({ name, limit }) =>
      (limit?.guards ?? []).map(({ unless }) => ({ who: `the trigger "${name}"`, when: unless })),
    ),
    ...Object.values(messaging?.groups ?? {}).flatMap(({ guards = [] }) =>
      guards.map(({ unless }) => ({ who: 'the messaging definition', when: unless })),
    ),
    ...Object.values(messaging?.channels ?? {}).map(({ quota }) => ({
      who: 'the messaging definition',
      when: quota,
    })),
  ];
}

interface Named {
  readonly name: string;
}

function missingOf(before: readonly Named[], after: readonly Named[]): ReadonlySet<string> {
  const remaining = new Set(after.map(({ name }) => name));
  return new Set(before.map(({ name }) => name).filter((name) => !remaining.has(name)));
}

interface Gone {
  readonly names: ReadonlySet<string>;
  readonly kind: 'feature' | 'segment';
}

function readBy(names: readonly string[], gone: Gone, who: string): readonly string[] {
  return names
    .filter((name) => gone.names.has(name))
    .map((name) => `${gone.kind} "${name}" would be gone, and ${who} reads it`);
}

/** Features or segments that a condition names, at any depth. */
function namedIn(condition: unknown, kind: 'feature' | 'segment'): readonly string[] {
  if (Array.isArray(condition)) return condition.flatMap((each) => namedIn(each, kind));
  if (!isJsonObject(condition)) return [];
  const { [kind]: name } = condition;
  const inner = Object.values(condition).flatMap((each) => namedIn(each, kind));
  return typeof name === 'string' ? [name, ...inner] : inner;
}

/** Fails with `invalid_definition` where the definitions do not go together. */
export function checkSet(set: DefinitionSet, reportingCurrency: string): void {
  const { features, sources, triggers, segments = [], models = [], messaging, schemas = [] } = set;
  checkNumberOfSchemas(schemas.length);
  const names = new Set(features.map(({ name }) => name));
  const kept = [...names].filter(isKept).length;
  if (kept > limits.featureVersionsKeptMax) {
    const most = limits.featureVersionsKeptMax;
    throw new TesseraError(
      'invalid_definition',
      `${kept} earlier versions would be kept; at most ${most} are`,
    );
  }
  for (const source of sources) {
    const { name } = source.definition;
    const other = sources.find(
      (each) => each !== source && source.features.some((feature) => each.features.includes(feature)),
    );
    if (other !== undefined) {
      const both = source.features.find((feature) => other.features.includes(feature));
      throw new TesseraError(
        'invalid_definition',
        `feature "${name}": "${both}" is already a feature of "${other.definition.name}"; take another name`,
        { path: '/name' },
      );
    }
  }
  const numbered = features.map((definition, i) => ({
    number: i + 1,
    definition,
    createdAt: 0,
    origin: true,
  }));
  checkModels(models, features);
  const compiled = compileFeatures(numbered, { reportingCurrency, models: compileModels(models) });
  const known = {
    features: names,
    segments: new Set(segments.map(({ name }) => name)),
    // Where none are listed yet, triggers wait for them; among those that are a wrong name is told.
    ...(messaging?.occasions && { occasions: new Set(Object.keys(messaging.occasions)) }),
  };
  compileTriggers(
    triggers.map((definition) => ({ definition, version: '' })),
    known,
  );
  if (messaging) compileMessaging(messaging, known);
  checkOutgoing(set, names);
  compilePlacements(set.placements ?? []);
  checkRetention(set.retention ?? [], known);
  compileSegments(
    segments.map((definition) => ({ definition, version: '' })),
    catalogOf(compiled, numbered),
  );
}

function checkNumberOfSchemas(number: number): void {
  if (number <= limits.eventSchemasMax) return;
  throw new TesseraError(
    'invalid_definition',
    `${number} event schemas; at most ${limits.eventSchemasMax} are kept`,
    { path: '/name' },
  );
}

/** What models read must be there, and be what they take it for. */
function checkModels(models: readonly ModelDefinition[], features: readonly FeatureDefinition[]): void {
  const aggregates = new Map(features.map(({ name, aggregate }) => [name, aggregate]));
  for (const [name, { features: read }] of compileModels(models)) {
    const missing = read.find((feature) => !aggregates.has(feature));
    if (missing !== undefined)
      throw new TesseraError('invalid_definition', `model "${name}": there is no feature "${missing}"`);
  }
  for (const model of models) {
    if (model.type === 'clusters' || aggregates.get(model.feature) === 'purchases') continue;
    throw new TesseraError(
      'invalid_definition',
      `model "${model.name}" at /feature: "${model.feature}" is not of the aggregate purchases`,
      { path: '/feature' },
    );
  }
}
