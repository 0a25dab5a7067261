import { TesseraError } from '../errors.ts';

/** What the texts of a template take from outside, so that only that is gathered. */
export interface TemplateUses {
  readonly features: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
  readonly loyalty: ReadonlySet<string>;
  /** Properties of the event. */
  readonly properties: ReadonlySet<string>;
  /** Of the data of the trigger's action. */
  readonly data: ReadonlySet<string>;
}

/** A variable as its path; a part that is itself looked up is undefined. */
export type VariablePath = readonly (string | undefined)[];

const LOYALTY: ReadonlySet<string> = new Set([
  ...['points', 'pending', 'debt', 'tier', 'tier_since', 'tier_until', 'benefits', 'qualifying', 'next_tier'],
  'expiring',
]);
const EVENT: ReadonlySet<string> = new Set(['type', 'time', 'channel', 'properties']);
const COUPON: ReadonlySet<string> = new Set(['code', 'expires_at', 'pool']);
const TRIGGER: ReadonlySet<string> = new Set(['name']);

/** Takes down what a template uses; refuses what a message cannot name. */
export class NameCheck {
  readonly uses = {
    features: new Set<string>(),
    traits: new Set<string>(),
    loyalty: new Set<string>(),
    properties: new Set<string>(),
    data: new Set<string>(),
  };
  readonly #features: ReadonlySet<string> | undefined;

  /** `features`: those in force; any name will do without them. */
  constructor(features: ReadonlySet<string> | undefined) {
    this.#features = features;
  }

  /** Fails with `invalid_definition` and the place. */
  take(variable: VariablePath, path: string): void {
    const problem = this.#problemOf(variable);
    if (problem === undefined) return;
    const shown = variable.map((part) => part ?? '…').join('.');
    throw new TesseraError('invalid_definition', `${path}: {{ ${shown} }}: ${problem}`, { path });
  }

  #problemOf([root, name, inner]: VariablePath): string | undefined {
    switch (root) {
      case 'features':
        return this.#known(name, 'features', this.#features);
      case 'traits':
        return this.#known(name, 'traits');
      case 'loyalty':
        return this.#known(name, 'loyalty', LOYALTY);
      case 'data':
        return this.#known(name, 'data');
      case 'items':
        this.uses.data.add('items');
        return undefined;
      case 'coupon':
        return isOneOf(name, COUPON);
      case 'trigger':
        return isOneOf(name, TRIGGER);
      case 'event':
        return name === 'properties' ? this.#known(inner, 'properties') : isOneOf(name, EVENT);
      default:
        return 'a message may name event, features, traits, loyalty, data, items, coupon and trigger';
    }
  }

  #known(
    name: string | undefined,
    kind: keyof TemplateUses,
    names?: ReadonlySet<string>,
  ): string | undefined {
    if (name === undefined) return 'one of them must be named';
    if (names !== undefined && !names.has(name)) return `there is no ${NOUNS[kind]} "${name}"`;
    this.uses[kind].add(name);
    return undefined;
  }
}

const NOUNS: Readonly<Record<keyof TemplateUses, string>> = {
  features: 'feature',
  traits: 'trait',
  loyalty: 'value of the ledger',
  properties: 'property',
  data: 'entry of data',
};

function isOneOf(name: string | undefined, names: ReadonlySet<string>): string | undefined {
  return name !== undefined && names.has(name) ? undefined : `it has ${[...names].join(', ')}`;
}
