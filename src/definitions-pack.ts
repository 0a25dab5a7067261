import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseAllDocuments, parseDocument } from 'yaml';
import { checkSet, expandSource } from './definition-set.ts';
import { sourcesIn } from './definitions.ts';
import { TesseraError } from './errors.ts';
import { loadIdentityPolicy } from './ingest/identity-policy.ts';
import { completeProgram } from './loyalty/complete-program.ts';
import { compileProgram } from './loyalty/program.ts';
import type { DefinitionsEntry, DirectoryDigests, FeatureSource } from './model/definitions.ts';
import type { FeatureDefinition } from './model/feature.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import type { JsonObject } from './model/json.ts';
import type { LoyaltyProgram } from './model/loyalty.ts';
import type { DefinitionsRecord } from './model/record.ts';
import type { SegmentDefinition } from './model/segment.ts';
import type { TriggerDefinition } from './model/trigger.ts';
import type { ModelDefinition } from './model/value-model.ts';

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
  readonly loyalty?: LoyaltyProgram | null;
}

const SHIPPED_POLICY = new URL('../deploy/retail/identity.yaml', import.meta.url);
const SCHEMAS = new URL('../schemas/definitions/', import.meta.url);

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
  checkSet({ features, sources, triggers, segments }, reportingCurrency);
  checkNames(sources, triggers);
  const policy = join(directory, 'identity.yaml');
  return {
    features,
    sources,
    triggers,
    segments,
    identity: loadIdentityPolicy(existsSync(policy) ? policy : SHIPPED_POLICY),
    ...loadLoyalty(join(directory, 'loyalty.yaml'), reportingCurrency),
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
    known?.[kind] !== directory[kind] || (kind !== 'identity' && known?.each?.[kind] === undefined);
  const hasNewProgram = known?.loyalty !== directory.loyalty;
  if (!KINDS.some(isNew) && !hasNewProgram) return undefined;
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
    ...(hasNewProgram ? { loyalty: pack.loyalty ?? null } : {}),
    directory,
  };
}

const KINDS = ['features', 'triggers', 'segments', 'identity'] as const;
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
    ...(pack.loyalty ? { loyalty: digestOf(pack.loyalty) } : {}),
    each: {
      features: Object.fromEntries(sources.map(({ definition }) => [definition.name, digestOf(definition)])),
      triggers: Object.fromEntries(pack.triggers.map((trigger) => [trigger.name, digestOf(trigger)])),
      segments: Object.fromEntries((pack.segments ?? []).map((segment) => [segment.name, digestOf(segment)])),
    },
  };
}

/** Reads a trigger as its author wrote it; fails with `invalid_definition` and the place. */
export function createTriggerCheck(): (raw: unknown) => TriggerDefinition {
  const validate = schemaOf('trigger');
  return (raw) => {
    if (validate(raw)) return withPurpose(raw);
    const [first] = validate.errors ?? [];
    const path = first?.instancePath || '/';
    throw new TesseraError('invalid_definition', `trigger, ${path}: ${first?.message}`, { path });
  };
}

/** The loyalty program of a directory, where it has one. */
function loadLoyalty(path: string, reportingCurrency: string): Pick<DefinitionsPack, 'loyalty'> {
  if (!existsSync(path)) return {};
  const document = parseDocument(readFileSync(path, 'utf8'));
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new TesseraError('invalid_definition', `loyalty.yaml: ${problem.message}`, { cause: problem });
  return { loyalty: createLoyaltyCheck(reportingCurrency)(document.toJS()) };
}

/** Reads a loyalty program as its author wrote it; fails with `invalid_definition` and the place. */
export function createLoyaltyCheck(reportingCurrency: string): (raw: unknown) => LoyaltyProgram {
  const validate = schemaOf('loyalty');
  return (raw) => {
    if (!validate(raw)) {
      const [first] = validate.errors ?? [];
      const path = first?.instancePath || '/';
      throw new TesseraError('invalid_definition', `loyalty program, ${path}: ${first?.message}`, { path });
    }
    // The schema has just said that it is an object.
    const program = completeProgram(raw as JsonObject, reportingCurrency);
    compileProgram(program, '');
    return program;
  };
}

/** Reads a segment as its author wrote it; fails with `invalid_definition` and the place. */
export function createSegmentCheck(): (raw: unknown) => SegmentDefinition {
  const validate = schemaOf('segment');
  return (raw) => {
    if (validate(raw)) return withKind(raw);
    const [first] = validate.errors ?? [];
    const path = first?.instancePath || '/';
    throw new TesseraError('invalid_definition', `segment, ${path}: ${first?.message}`, { path });
  };
}

/** Takes what the schema has said is a segment, but for the default kind. */
function withKind(written: unknown): SegmentDefinition {
  const segment = written as SegmentDefinition;
  return { ...segment, kind: segment.kind ?? 'segment' };
}

/** Takes what the schema has said is a trigger, but for the default purpose. */
function withPurpose(written: unknown): TriggerDefinition {
  const trigger = written as TriggerDefinition;
  return { ...trigger, purpose: trigger.purpose ?? 'marketing' };
}

/** Reads a model; fails with `invalid_definition` and the place. */
export function createModelCheck(): (raw: unknown) => ModelDefinition {
  const validate = schemaOf('model');
  return (raw) => {
    // What the schema has said is a model is one.
    if (validate(raw)) return raw as ModelDefinition;
    const [first] = validate.errors ?? [];
    const path = first?.instancePath || '/';
    throw new TesseraError('invalid_definition', `model, ${path}: ${first?.message}`, { path });
  };
}

function digestOf(definitions: object): string {
  return hash('sha256', JSON.stringify(definitions), 'hex').slice(0, 16);
}

function schemaOf(kind: string): ValidateFunction {
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
  return ajv.compile(JSON.parse(readFileSync(new URL(`${kind}.json`, SCHEMAS), 'utf8')));
}

function readKind(directory: string, kind: string, validate: ValidateFunction): unknown[] {
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
        const [first] = validate.errors ?? [];
        const path = first?.instancePath || '/';
        throw new TesseraError('invalid_definition', `${kind}/${file}, ${path}: ${first?.message}`, { path });
      }
      found.push(value);
    }
  }
  return found;
}
