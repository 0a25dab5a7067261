import { hash } from 'node:crypto';
import { compileFeatures, type FeatureSet } from './features/compile.ts';
import type { DefinitionsEntry, NumberedDefinition, VersionedTrigger } from './model/definitions.ts';
import type { FoldContext } from './model/fold.ts';
import { keys } from './model/keys.ts';
import type { DefinitionsRecord } from './model/record.ts';
import type { StateView } from './model/view.ts';
import { compileTriggers, type TriggerSet } from './triggers/compile.ts';

/**
 * What is in force in one partition, compiled. It changes only by a record of the log, at that record's place,
 * so that a replay sees the same definitions at the same events. A changed feature gets a new number, because
 * its old state answers another question; an unchanged one keeps number, state and date of creation.
 */
export class Definitions {
  features: FeatureSet;
  triggers: TriggerSet;
  #entry: DefinitionsEntry = EMPTY;
  readonly #reportingCurrency: string;

  constructor(options: { reportingCurrency: string }) {
    this.#reportingCurrency = options.reportingCurrency;
    this.features = compileFeatures([], options);
    this.triggers = compileTriggers([]);
  }

  get entry(): DefinitionsEntry {
    return this.#entry;
  }

  /** Compiles what the state holds; `n/definitions` must be loaded. */
  adopt(view: StateView): void {
    this.#use(view.get<DefinitionsEntry>(keys.definitions) ?? EMPTY);
  }

  take(record: DefinitionsRecord, context: FoldContext): void {
    const origin = this.#entry === EMPTY;
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
      version: hash('sha256', JSON.stringify(definition), 'hex').slice(0, 16),
    }));
    const entry: DefinitionsEntry = { author: record.author, nextNumber, features, triggers };
    this.#use(entry);
    context.view.put(keys.definitions, entry);
  }

  #use(entry: DefinitionsEntry): void {
    this.#entry = entry;
    this.features = compileFeatures(entry.features, { reportingCurrency: this.#reportingCurrency });
    this.triggers = compileTriggers(entry.triggers);
  }
}

const EMPTY: DefinitionsEntry = { author: '', nextNumber: 1, features: [], triggers: [] };
