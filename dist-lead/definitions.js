import { hash } from 'node:crypto';
import { compileFeatures } from "./features/compile.js";
import { keys } from "./model/keys.js";
import { compileTriggers } from "./triggers/compile.js";
/**
 * What is in force in one partition, compiled. It changes only by a record of the log, at that record's place,
 * so that a replay sees the same definitions at the same events. A changed feature gets a new number, because
 * its old state answers another question; an unchanged one keeps number, state and date of creation.
 */
export class Definitions {
    features;
    triggers;
    #entry = EMPTY;
    #reportingCurrency;
    constructor(options) {
        this.#reportingCurrency = options.reportingCurrency;
        this.features = compileFeatures([], options);
        this.triggers = compileTriggers([]);
    }
    get entry() {
        return this.#entry;
    }
    /** Compiles what the state holds; `n/definitions` must be loaded. */
    adopt(view) {
        this.#use(view.get(keys.definitions) ?? EMPTY);
    }
    take(record, context) {
        const origin = this.#entry === EMPTY;
        const before = new Map(this.#entry.features.map((entry) => [JSON.stringify(entry.definition), entry]));
        let nextNumber = this.#entry.nextNumber;
        const features = record.features.map((definition) => before.get(JSON.stringify(definition)) ?? {
            number: nextNumber++,
            definition,
            createdAt: context.now,
            origin,
        });
        const triggers = record.triggers.map((definition) => ({
            definition,
            version: hash('sha256', JSON.stringify(definition), 'hex').slice(0, 16),
        }));
        const entry = { author: record.author, nextNumber, features, triggers };
        this.#use(entry);
        context.view.put(keys.definitions, entry);
    }
    #use(entry) {
        this.#entry = entry;
        this.features = compileFeatures(entry.features, { reportingCurrency: this.#reportingCurrency });
        this.triggers = compileTriggers(entry.triggers);
    }
}
const EMPTY = { author: '', nextNumber: 1, features: [], triggers: [] };
//# sourceMappingURL=definitions.js.map