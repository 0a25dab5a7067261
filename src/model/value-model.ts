import type { JsonObject, JsonValue } from './json.ts';
import type { EpochMs } from './time.ts';

/** How a model came to its numbers, for whoever asks; absent where somebody wrote them by hand. */
export interface ModelFit {
  /** The moment up to which history counted. */
  readonly as_of: EpochMs;
  /** Customers that it was fitted to. */
  readonly customers: number;
  /** What the fit was asked for, so that it can be repeated. */
  readonly options: JsonObject;
  /** What it says of itself: likelihood, silhouette and the like. */
  readonly report?: JsonObject;
}

interface NamedModel {
  readonly name: string;
  readonly description?: string;
  readonly fit?: ModelFit;
}

/** How often somebody will buy, and what that is worth: src/value/bg-nbd.ts and src/value/gamma-gamma.ts; times in weeks. */
export interface ClvModel extends NamedModel {
  readonly type: 'clv';
  /** A feature of the aggregate `purchases`, over a lifetime. */
  readonly feature: string;
  readonly purchases: { readonly r: number; readonly alpha: number; readonly a: number; readonly b: number };
  /** Absent where history knew too few repeat purchases to say what they are worth. */
  readonly spend?: { readonly p: number; readonly q: number; readonly gamma: number };
}

/** Four values that rise: whoever is at most at the n-th of them is in the n-th fifth. */
export type Quintiles = readonly [number, number, number, number];

/** People whose scores lie within these ranges, both ends included. */
export interface RfmGroup {
  readonly name: string;
  readonly recency: readonly [number, number];
  readonly frequency: readonly [number, number];
  readonly monetary?: readonly [number, number];
}

/** What else counts in the extended score: a number that a feature says, in fifths. */
export interface RfmPart {
  readonly feature: string;
  readonly quintiles: Quintiles;
}

export interface RfmModel extends NamedModel {
  readonly type: 'rfm';
  /** A feature of the aggregate `purchases`. */
  readonly feature: string;
  /** Of days since the last purchase, of orders, and of their net value in major units. */
  readonly quintiles: {
    readonly recency: Quintiles;
    readonly frequency: Quintiles;
    readonly monetary: Quintiles;
  };
  /** The first that fits; the classic ones where absent. */
  readonly groups?: readonly RfmGroup[];
  /** By name, such as engagement. */
  readonly parts?: Readonly<Record<string, RfmPart>>;
  /** What recency, frequency, monetary and each part weigh in the extended score. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** A dimension of clusters: (ln(1 + value) or value, minus mean) ÷ deviation. */
export interface ClusterAxis {
  readonly feature: string;
  readonly log: boolean;
  readonly mean: number;
  readonly deviation: number;
}

export interface Cluster {
  readonly label: string;
  readonly description: string;
  /** One number per axis. */
  readonly center: readonly number[];
  /** Of the customers that it was fitted to. */
  readonly share: number;
}

export interface ClustersModel extends NamedModel {
  readonly type: 'clusters';
  readonly axes: readonly ClusterAxis[];
  readonly clusters: readonly Cluster[];
}

export type ModelDefinition = ClvModel | RfmModel | ClustersModel;

export const modelTypes = Object.freeze(['clv', 'rfm', 'clusters'] as const);
export type ModelType = (typeof modelTypes)[number];

export interface VersionedModel {
  /** Hash of its text. */
  readonly version: string;
  readonly author: string;
  readonly since: EpochMs;
  readonly definition: ModelDefinition;
}

/** What a model says of one profile; `values` are those of its features, in their order. */
export type ModelAnswer = (values: readonly JsonValue[], parameters: readonly JsonValue[]) => JsonValue;

/** What can be asked of a model. */
export interface Answers {
  /** Features that it reads. */
  readonly features: readonly string[];
  readonly outputs: ReadonlyMap<string, ModelAnswer>;
}

/** A model made ready for derived features to ask: `model('clv', 'orders', 90)`. */
export interface CompiledModel extends Answers {
  /** Hash of its text. */
  readonly version: string;
}

export type ModelSet = ReadonlyMap<string, CompiledModel>;
