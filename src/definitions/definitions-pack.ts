import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments, parseDocument } from 'yaml';
import { TesseraError } from '../errors.ts';
import { loadIdentityPolicy } from '../ingest/identity-policy.ts';
import type { CouponPoolDefinition } from '../model/coupon.ts';
import type { DefinitionsEntry, DirectoryDigests, FeatureSource } from '../model/definitions.ts';
import type { EventSchemaDefinition } from '../model/event-schema.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { IdentityPolicy } from '../model/identity-policy.ts';
import type { LoyaltyProgram } from '../model/loyalty.ts';
import type { MessagingDefinition } from '../model/messaging.ts';
import type { PlacementDefinition } from '../model/placement.ts';
import type { PrivacyDefinition } from '../model/privacy.ts';
import type { QualityDefinition } from '../model/quality.ts';
import type { DefinitionsRecord } from '../model/record.ts';
import type { RetentionDefinition } from '../model/retention.ts';
import type { SchemaCheck } from '../model/schema-check.ts';
import { firstComplaint } from '../model/schema-error.ts';
import type { SegmentDefinition } from '../model/segment.ts';
import type { TemplateDefinition } from '../model/template.ts';
import type { TriggerDefinition } from '../model/trigger.ts';
import {
  createLoyaltyCheck,
  createMessagingCheck,
  createPrivacyCheck,
  createQualityCheck,
  schemaOf,
  withKind,
  withPurpose,
  withRefundRule,
} from './definition-checks.ts';
import { checkSet, expandSource } from './definition-set.ts';
import { createEventSchemaReader } from './event-schema-reader.ts';
import { sourcesIn } from './sources-in.ts';

/**
 * The definitions of a directory: `features/*.yaml`, `triggers/*.yaml` and `segments/*.yaml`, each file one or more documents, and
 * `identity.yaml`. A directory without one gets the shipped policy: without any, nobody would be recognized.
 */
export interface DefinitionsPack {
  readonly features: readonly FeatureDefinition[];
  /** What the features were written as; absent where each stands for itself. */
  readonly sources?: readonly FeatureSource[];
  readonly triggers: readonly TriggerDefinition[];
  /** Absent: none. */
  readonly segments?: readonly SegmentDefinition[];
  readonly identity: IdentityPolicy;
  /** Absent: none. */
  readonly templates?: readonly TemplateDefinition[];
  readonly coupons?: readonly CouponPoolDefinition[];
  readonly placements?: readonly PlacementDefinition[];
  readonly retention?: readonly RetentionDefinition[];
  readonly schemas?: readonly EventSchemaDefinition[];
  /** Absent: none. */
  readonly loyalty?: LoyaltyProgram | null;
  /** Absent: what holds while nothing is said. */
  readonly messaging?: MessagingDefinition | null;
  /** Absent: what holds while nothing is said. */
  readonly privacy?: PrivacyDefinition | null;
  /** Absent: what holds while nothing is said. */
  readonly quality?: QualityDefinition | null;
}

const SHIPPED_POLICY = new URL('../../deploy/retail/identity.yaml', import.meta.url);

/**
 * Reads and checks a pack. Fails with `invalid_definition`, naming the file, the definition and the place, so that
 * nothing half-right ever reaches the log.
 */
export function loadPack(directory: string, reportingCurrency: string): DefinitionsPack {
  // The schema has just said that they are objects with a name, which is what tells one from the other.
  const written = readKind(directory, 'features', schemaOf('feature')) as FeatureSource['definition'][];
  const expanded = written.map(expandSource);
  const features = expanded.flatMap((each) => each.features);
  const sources = expanded.map(({ source }) => source);
  const triggers = readKind(directory, 'triggers', schemaOf('trigger')).map(withPurpose);
  const segments = readKind(directory, 'segments', schemaOf('segment')).map(withKind);
  const messaging = loadMessaging(join(directory, 'messaging.yaml'));
  const templates = readKind(directory, 'templates', schemaOf('template')) as TemplateDefinition[];
  const coupons = readKind(directory, 'coupons', schemaOf('coupon')).map(withRefundRule);
  const placements = readKind(directory, 'placements', schemaOf('placement')) as PlacementDefinition[];
  const retention = readKind(directory, 'retention', schemaOf('retention')) as RetentionDefinition[];
  const schemas = loadSchemas(directory);
  const outgoing = {
    templates,
    coupons,
    placements,
    ...(retention.length === 0 ? {} : { retention }),
    ...schemas,
  };
  checkSet({ features, sources, triggers, segments, ...messaging, ...outgoing }, reportingCurrency);
  checkNames(sources, triggers);
  const policy = join(directory, 'identity.yaml');
  return {
    features,
    sources,
    triggers,
    segments,
    ...outgoing,
    identity: loadIdentityPolicy(existsSync(policy) ? policy : SHIPPED_POLICY),
    ...loadLoyalty(join(directory, 'loyalty.yaml'), reportingCurrency),
    ...messaging,
    ...loadPrivacy(join(directory, 'privacy.yaml')),
    ...loadQuality(join(directory, 'quality.yaml')),
  };
}

function checkNames(sources: readonly FeatureSource[], triggers: readonly TriggerDefinition[]): void {
  if (new Set(sources.map(({ definition }) => definition.name)).size < sources.length)
    throw new TesseraError('invalid_definition', 'two features have the same name');
  if (new Set(triggers.map(({ name }) => name)).size < triggers.length)
    throw new TesseraError('invalid_definition', 'two triggers have the same name');
}

/** What the features of a pack were written as. */
export function sourcesOfPack({ sources, features }: DefinitionsPack): readonly FeatureSource[] {
  return sources ?? features.map(asSource);
}

function asSource(definition: FeatureDefinition): FeatureSource {
  // A definition is plain JSON.
  return {
    definition: definition as unknown as FeatureSource['definition'],
    features: [definition.name],
  };
}

/**
 * The record that brings a directory into force. Undefined when the directory has nothing new since it was last taken,
 * so that a start undoes no change made by other means. Of features and triggers each is taken for itself: what was
 * added, changed or removed in the directory is here too; everything else stays, whoever changed it. The policy is one
 * definition. Fails with `invalid_definition` where the result does not go together, as when the directory drops a
 * feature that a trigger made through the API reads.
 */
export function recordOfPack(
  pack: DefinitionsPack,
  entry: DefinitionsEntry,
  author: string,
): DefinitionsRecord | undefined {
  const ours = sourcesOfPack(pack);
  const directory = digestsOf(pack, ours);
  const known = entry.directory;
  // Without digests of each, a later change could not be told from what was changed here.
  const isNew = (kind: Kind): boolean =>
    known?.[kind] !== directory[kind] ||
    (kind !== 'identity' && directory[kind] !== undefined && known?.each?.[kind] === undefined);
  const hasNewProgram = known?.loyalty !== directory.loyalty;
  const hasNewMessaging = known?.messaging !== directory.messaging;
  const hasNewPrivacy = known?.privacy !== directory.privacy;
  const hasNewQuality = known?.quality !== directory.quality;
  if (!KINDS.some(isNew) && !hasNewProgram && !hasNewMessaging && !hasNewPrivacy && !hasNewQuality)
    return undefined;
  const inForce = sourcesIn(entry).map(({ definition, features }) => ({ definition, features }));
  const theirs = entry.triggers.map(({ definition }) => definition);
  const sources = isNew('features')
    ? taken(inForce, ours, {
        nameOf: ({ definition }) => definition.name,
        before: known?.each?.features,
        after: directory.each?.features,
      })
    : inForce;
  const triggers = isNew('triggers')
    ? taken(theirs, pack.triggers, {
        nameOf: ({ name }) => name,
        before: known?.each?.triggers,
        after: directory.each?.triggers,
      })
    : theirs;
  const segments = isNew('segments')
    ? taken(entry.segments?.map(({ definition }) => definition) ?? [], pack.segments ?? [], {
        nameOf: ({ name }) => name,
        before: known?.each?.segments ?? {},
        after: directory.each?.segments,
      })
    : (entry.segments?.map(({ definition }) => definition) ?? []);
  const features = featuresOf(sources, { ours: new Set(ours), pack, entry });
  return {
    kind: 'definitions',
    author,
    features,
    sources,
    triggers,
    segments,
    // They come from history, not from the directory, and have to go with what it says.
    ...(entry.models === undefined ? {} : { models: entry.models.map(({ definition }) => definition) }),
    identity: isNew('identity') ? pack.identity : entry.identity.definition,
    ...outgoingOf(pack, entry, isNew),
    ...(hasNewProgram ? { loyalty: pack.loyalty ?? null } : {}),
    ...(hasNewMessaging ? { messaging: pack.messaging ?? null } : {}),
    ...(hasNewPrivacy ? { privacy: pack.privacy ?? null } : {}),
    ...(hasNewQuality ? { quality: pack.quality ?? null } : {}),
    directory,
  };
}

/** Templates, pools of coupons and placements as segments are; webhooks are in no directory, because each has a secret. */
function outgoingOf(
  pack: DefinitionsPack,
  entry: DefinitionsEntry,
  isNew: (kind: Kind) => boolean,
): Pick<DefinitionsRecord, 'templates' | 'coupons' | 'placements' | 'retention' | 'schemas' | 'webhooks'> {
  const each = entry.directory?.each;
  const templates = definitionsIn(entry.templates);
  const coupons = definitionsIn(entry.coupons);
  const placements = definitionsIn(entry.placements);
  const { webhooks, retention, schemas } = entry;
  return {
    templates: isNew('templates')
      ? takenByName(templates, pack.templates ?? [], each?.templates ?? {})
      : templates,
    coupons: isNew('coupons') ? takenByName(coupons, pack.coupons ?? [], each?.coupons ?? {}) : coupons,
    placements: isNew('placements')
      ? takenByName(placements, pack.placements ?? [], each?.placements ?? {})
      : placements,
    // Nothing is said of it where neither the directory nor anybody else ever said anything.
    ...(isNew('retention')
      ? { retention: takenByName(definitionsIn(retention), pack.retention ?? [], each?.retention ?? {}) }
      : retention && { retention: definitionsIn(retention) }),
    ...(isNew('schemas')
      ? { schemas: takenByName(definitionsIn(schemas), pack.schemas ?? [], each?.schemas ?? {}) }
      : schemas && { schemas: definitionsIn(schemas) }),
    ...(webhooks === undefined ? {} : { webhooks: definitionsIn(webhooks) }),
  };
}

function definitionsIn<Definition>(
  versions: readonly { readonly definition: Definition }[] | undefined,
): readonly Definition[] {
  return versions?.map(({ definition }) => definition) ?? [];
}

function takenByName<Definition extends { readonly name: string }>(
  inForce: readonly Definition[],
  directory: readonly Definition[],
  before: Readonly<Record<string, string>>,
): readonly Definition[] {
  return taken(inForce, directory, { nameOf: ({ name }) => name, before, after: digestsByName(directory) });
}

function digestsByName(definitions: readonly { readonly name: string }[]): Readonly<Record<string, string>> {
  return Object.fromEntries(definitions.map((definition) => [definition.name, digestOf(definition)]));
}

const KINDS = [
  'features',
  'triggers',
  'segments',
  'templates',
  'coupons',
  'placements',
  'retention',
  'schemas',
  'identity',
] as const;
type Kind = (typeof KINDS)[number];

interface Taking<Definition> {
  readonly nameOf: (definition: Definition) => string;
  /** Digests by name as the directory was when it was last taken; unknown where that was long ago. */
  readonly before: Readonly<Record<string, string>> | undefined;
  readonly after: Readonly<Record<string, string>> | undefined;
}

/** What is in force, with what changed in the directory as the directory has it. */
function taken<Definition>(
  inForce: readonly Definition[],
  directory: readonly Definition[],
  { nameOf, before, after }: Taking<Definition>,
): readonly Definition[] {
  if (before === undefined || after === undefined) return directory;
  const changed = new Map(
    directory.map((each) => [nameOf(each), each] as const).filter(([name]) => before[name] !== after[name]),
  );
  const staying = inForce.filter(
    (each) => before[nameOf(each)] === undefined || Object.hasOwn(after, nameOf(each)),
  );
  const known = new Set(staying.map(nameOf));
  return [
    ...staying.map((each) => changed.get(nameOf(each)) ?? each),
    ...[...changed].filter(([name]) => !known.has(name)).map(([, each]) => each),
  ];
}

/** The features that the sources stand for: one that both have is as its source is, the directory's or the other. */
function featuresOf(
  sources: readonly FeatureSource[],
  from: {
    readonly ours: ReadonlySet<FeatureSource>;
    readonly pack: DefinitionsPack;
    readonly entry: DefinitionsEntry;
  },
): readonly FeatureDefinition[] {
  const { ours, pack, entry } = from;
  const theirs = new Map(pack.features.map((definition) => [definition.name, definition]));
  const inForce = new Map(entry.features.map(({ definition }) => [definition.name, definition]));
  return sources.flatMap((source) =>
    source.features.flatMap((name) => (ours.has(source) ? theirs : inForce).get(name) ?? []),
  );
}

function digestsOf(pack: DefinitionsPack, sources: readonly FeatureSource[]): DirectoryDigests {
  return {
    features: digestOf(pack.features),
    triggers: digestOf(pack.triggers),
    identity: digestOf(pack.identity),
    segments: digestOf(pack.segments ?? []),
    templates: digestOf(pack.templates ?? []),
    coupons: digestOf(pack.coupons ?? []),
    placements: digestOf(pack.placements ?? []),
    ...(pack.retention ? { retention: digestOf(pack.retention) } : {}),
    ...(pack.schemas ? { schemas: digestOf(pack.schemas) } : {}),
    ...(pack.loyalty ? { loyalty: digestOf(pack.loyalty) } : {}),
    ...(pack.messaging ? { messaging: digestOf(pack.messaging) } : {}),
    ...(pack.privacy ? { privacy: digestOf(pack.privacy) } : {}),
    ...(pack.quality ? { quality: digestOf(pack.quality) } : {}),
    each: {
      features: Object.fromEntries(sources.map(({ definition }) => [definition.name, digestOf(definition)])),
      triggers: Object.fromEntries(pack.triggers.map((trigger) => [trigger.name, digestOf(trigger)])),
      segments: Object.fromEntries((pack.segments ?? []).map((segment) => [segment.name, digestOf(segment)])),
      templates: digestsByName(pack.templates ?? []),
      coupons: digestsByName(pack.coupons ?? []),
      placements: digestsByName(pack.placements ?? []),
      ...(pack.retention ? { retention: digestsByName(pack.retention) } : {}),
      ...(pack.schemas ? { schemas: digestsByName(pack.schemas) } : {}),
    },
  };
}

/** The loyalty program of a directory, where it has one. */
function loadLoyalty(path: string, reportingCurrency: string): Pick<DefinitionsPack, 'loyalty'> {
  const written = readDocument(path);
  return written === undefined ? {} : { loyalty: createLoyaltyCheck(reportingCurrency)(written) };
}

/** What a directory asks of events beside the shipped schemas, where it does. */
function loadSchemas(directory: string): Pick<DefinitionsPack, 'schemas'> {
  const written = readKind(directory, 'schemas', schemaOf('event-schema'));
  return written.length === 0 ? {} : { schemas: written.map(createEventSchemaReader()) };
}

/** What a directory says of messages as a whole, where it does. */
function loadMessaging(path: string): Pick<DefinitionsPack, 'messaging'> {
  const written = readDocument(path);
  return written === undefined ? {} : { messaging: createMessagingCheck()(written) };
}

/** What a directory says of privacy, where it does. */
function loadPrivacy(path: string): Pick<DefinitionsPack, 'privacy'> {
  const written = readDocument(path);
  return written === undefined ? {} : { privacy: createPrivacyCheck()(written) };
}

/** What a directory says of the quality of data, where it does. */
function loadQuality(path: string): Pick<DefinitionsPack, 'quality'> {
  const written = readDocument(path);
  return written === undefined ? {} : { quality: createQualityCheck()(written) };
}

/** What is written in a file of one document; undefined where there is none. */
function readDocument(path: string): unknown {
  if (!existsSync(path)) return undefined;
  const document = parseDocument(readFileSync(path, 'utf8'));
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new TesseraError('invalid_definition', `${basename(path)}: ${problem.message}`, { cause: problem });
  return document.toJS();
}

function digestOf(definitions: object): string {
  return hash('sha256', JSON.stringify(definitions), 'hex').slice(0, 16);
}

function readKind(directory: string, kind: string, validate: SchemaCheck): unknown[] {
  const folder = join(directory, kind);
  if (!existsSync(folder)) return [];
  const found: unknown[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!/\.ya?ml$/.test(file)) continue;
    for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
      const [problem] = document.errors;
      if (problem !== undefined) {
        throw new TesseraError('invalid_definition', `${kind}/${file}: ${problem.message}`, {
          cause: problem,
        });
      }
      const value: unknown = document.toJS();
      if (!validate(value)) {
        const { path, text } = firstComplaint(validate.errors);
        throw new TesseraError('invalid_definition', `${kind}/${file}, ${path}: ${text}`, { path });
      }
      found.push(value);
    }
  }
  return found;
}
