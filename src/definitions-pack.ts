import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { TesseraError } from './errors.ts';
import { compileFeatures, expandDefinitions } from './features/compile.ts';
import { loadIdentityPolicy } from './ingest/identity-policy.ts';
import type { DefinitionsEntry } from './model/definitions.ts';
import type { FeatureDefinition } from './model/feature.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import type { DefinitionsRecord } from './model/record.ts';
import type { TriggerDefinition } from './model/trigger.ts';
import { compileTriggers } from './triggers/compile.ts';

/**
 * The definitions of a directory: `features/*.yaml` and `triggers/*.yaml`, each file one or more documents, and
 * `identity.yaml`. A directory without one gets the shipped policy: without any, nobody would be recognized.
 */
export interface DefinitionsPack {
  readonly features: readonly FeatureDefinition[];
  readonly triggers: readonly TriggerDefinition[];
  readonly identity: IdentityPolicy;
}

const SHIPPED_POLICY = new URL('../deploy/retail/identity.yaml', import.meta.url);
const SCHEMAS = new URL('../schemas/definitions/', import.meta.url);

/**
 * Reads and checks a pack. Fails with `invalid_definition`, naming the file, the definition and the place, so that
 * nothing half-right ever reaches the log.
 */
export function loadPack(directory: string, reportingCurrency: string): DefinitionsPack {
  const raws = readKind(directory, 'features', schemaOf('feature'));
  const features = expandDefinitions(raws);
  // The schema has just said that they are triggers, but for the default purpose.
  const written = readKind(directory, 'triggers', schemaOf('trigger')) as readonly TriggerDefinition[];
  const triggers = written.map((trigger) => ({ ...trigger, purpose: trigger.purpose ?? 'marketing' }));
  const names = new Set(features.map(({ name }) => name));
  compileFeatures(
    features.map((definition, i) => ({ number: i + 1, definition, createdAt: 0, origin: true })),
    { reportingCurrency },
  );
  compileTriggers(
    triggers.map((definition) => ({ definition, version: '' })),
    names,
  );
  const unique = new Set(triggers.map(({ name }) => name));
  if (unique.size < triggers.length)
    throw new TesseraError('invalid_definition', 'two triggers have the same name');
  const policy = join(directory, 'identity.yaml');
  return { features, triggers, identity: loadIdentityPolicy(existsSync(policy) ? policy : SHIPPED_POLICY) };
}

/**
 * The record that brings a directory into force: kinds that have changed in it since it was last taken, and the others
 * as they are. Undefined when the directory has nothing new, so that a start undoes no change made by other means.
 */
export function recordOfPack(
  pack: DefinitionsPack,
  entry: DefinitionsEntry,
  author: string,
): DefinitionsRecord | undefined {
  const directory = {
    features: digestOf(pack.features),
    triggers: digestOf(pack.triggers),
    identity: digestOf(pack.identity),
  };
  const isNew = (kind: keyof typeof directory): boolean => entry.directory?.[kind] !== directory[kind];
  if (!isNew('features') && !isNew('triggers') && !isNew('identity')) return undefined;
  return {
    kind: 'definitions',
    author,
    features: isNew('features') ? pack.features : entry.features.map(({ definition }) => definition),
    triggers: isNew('triggers') ? pack.triggers : entry.triggers.map(({ definition }) => definition),
    identity: isNew('identity') ? pack.identity : entry.identity.definition,
    directory,
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
