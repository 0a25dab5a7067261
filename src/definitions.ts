import { hash } from 'node:crypto';
import { compileFeatures, type FeatureSet } from './features/compile.ts';
import { type CompiledPolicy, compilePolicy } from './identity/policy.ts';
import type {
  DefinitionsEntry,
  NumberedDefinition,
  VersionedPolicy,
  VersionedTrigger,
} from './model/definitions.ts';
import type { FoldContext } from './model/fold.ts';
import { EMPTY_POLICY, type IdentityPolicy } from './model/identity-policy.ts';
import { keys } from './model/keys.ts';
import type { DefinitionsRecord } from './model/record.ts';
import type { EpochMs } from './model/time.ts';
import type { StateView } from './model/view.ts';
import { compileTriggers, type TriggerSet } from './triggers/compile.ts';

export interface DefinitionsOptions {
  readonly reportingCurrency: string;
  /** The identity policy before the first record (default: nothing identifies anybody). */
  readonly policy?: IdentityPolicy;
}

/**
 * What is in force in one partition, compiled. It changes only by a record of the log, at that record's place,
 * so that a replay sees the same definitions at the same events. A changed feature gets a new number, because
 * its old state answers another question; an unchanged one keeps number, state and date of creation.
 */
export class Definitions {
  features: FeatureSet;
  triggers: TriggerSet;
  identity: CompiledPolicy;
  #entry: DefinitionsEntry;
  /** What holds while the log has brought nothing. */
  readonly #initial: DefinitionsEntry;
  readonly #reportingCurrency: string;

  constructor(options: DefinitionsOptions) {
    this.#reportingCurrency = options.reportingCurrency;
    this.#initial = initialEntry(options.policy ?? EMPTY_POLICY);
    this.#entry = this.#initial;
    this.features = compileFeatures([], options);
    this.triggers = compileTriggers([]);
    this.identity = compilePolicy(this.#initial.identity.definition);
  }

  get entry(): DefinitionsEntry {
    return this.#entry;
  }

  /** Compiles what the state holds; `n/definitions` must be loaded. */
  adopt(view: StateView): void {
    this.#use(view.get<DefinitionsEntry>(keys.definitions) ?? this.#initial);
  }

  take(record: DefinitionsRecord, context: FoldContext): void {
    const origin = this.#entry === this.#initial;
    const before = new Map(this.#entry.features.map((entry) => [JSON.stringify(entry.definition), entry]));
    let nextNumber = this.#entry.nextNumber;
    const features: NumberedDefinition[] = record.features.map(
      (definition) =>
        before.get(JSON.stringify(definition)) ?? {
          number: nextNumber++,
          definition,
          createdAt: context.now,
          origin,
        },
    );
    const triggers: VersionedTrigger[] = record.triggers.map((definition) => ({
      definition,
      version: versionOf(definition),
    }));
    const directory = record.directory ?? this.#entry.directory;
    const entry: DefinitionsEntry = {
      author: record.author,
      nextNumber,
      features,
      triggers,
      identity: this.#policyOf(record, context.now),
      ...(directory === undefined ? {} : { directory }),
    };
    this.#use(entry);
    context.view.put(keys.definitions, entry);
  }

  /** A policy that stays as it is keeps its author and date, whatever else the record changes. */
  #policyOf({ identity: definition, author }: DefinitionsRecord, now: EpochMs): VersionedPolicy {
    const version = versionOf(definition);
    const before = this.#entry.identity;
    return version === before.version ? before : { version, author, since: now, definition };
  }

  #use(entry: DefinitionsEntry): void {
    if (entry.identity.version !== this.#entry.identity.version) {
      this.identity = compilePolicy(entry.identity.definition);
    }
    this.#entry = entry;
    this.features = compileFeatures(entry.features, { reportingCurrency: this.#reportingCurrency });
    this.triggers = compileTriggers(entry.triggers);
  }
}

function versionOf(definition: object): string {
  return hash('sha256', JSON.stringify(definition), 'hex').slice(0, 16);
}

function initialEntry(definition: IdentityPolicy): DefinitionsEntry {
  const identity = { version: versionOf(definition), author: '', since: 0, definition };
  return { author: '', nextNumber: 1, features: [], triggers: [], identity };
}
