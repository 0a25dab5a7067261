import { clockTimesIn } from '../conditions/clock.ts';
import { type CompiledCondition, compileCondition } from '../conditions/condition.ts';
import { type UsedTerm, usesOf } from '../conditions/condition-uses.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { RESTRICTED } from '../model/restriction.ts';
import { isHiddenSegment, type SegmentDefinition, type VersionedSegment } from '../model/segment.ts';
import { versionOf } from '../model/version-of.ts';
import { orderSegments } from './order-segments.ts';
import { listSegments, type SegmentLists } from './segment-lists.ts';

/** What segments have to know of the features in force; the features themselves are another stage's. */
export interface FeatureCatalog {
  /** Absent where any name is accepted: what is in force has been checked, and one that is gone has no value. */
  readonly names?: ReadonlySet<string>;
  /** How the value goes while no event comes and nothing jumps: see features/derived/course.ts. */
  courseOf(name: string): 'fixed' | 'up' | 'down' | 'either' | 'any';
  /** Event types and traits that it depends on. */
  usesOf(name: string): { readonly types: ReadonlySet<string>; readonly traits: ReadonlySet<string> };
  /** Changes when the feature means something else. */
  versionOf(name: string): string;
  /** Changes with the loyalty program. */
  readonly loyaltyVersion: string;
  /** Changes with what stands against asking about a trait or a consent; empty where nothing does. Absent: nothing ever does. */
  readonly privacyOf?: (kind: 'trait' | 'consent', name: string) => string;
}

/** A segment made ready. */
export interface CompiledSegment {
  readonly definition: SegmentDefinition;
  readonly name: string;
  readonly version: string;
  /** Looks at no event. */
  readonly condition: CompiledCondition;
  readonly terms: readonly UsedTerm[];
  /** Segments of the group that come before this one. */
  readonly rivals: readonly string[];
  /** Minutes since the customer's midnight at which its condition may change by itself. */
  readonly clockTimes: readonly number[];
}

/** Everything in force. */
export interface SegmentSet {
  /** In an order in which each comes after those that it asks about. */
  readonly all: readonly CompiledSegment[];
  readonly byName: ReadonlyMap<string, CompiledSegment>;
  /** Of all definitions, their features included: what was evaluated under another one is evaluated anew. */
  readonly version: string;
  readonly lists: SegmentLists;
  /** Every feature that a segment reads, with the numbers that it is compared with, ascending. */
  readonly bounds: ReadonlyMap<string, readonly number[]>;
  readonly features: FeatureCatalog;
  /** Of all segments together, each once. */
  readonly clockTimes: readonly number[];
}

/** Fails with `invalid_definition`, naming the segment and the place in it. */
export function compileSegments(segments: readonly VersionedSegment[], features: FeatureCatalog): SegmentSet {
  const defined = segments.filter(({ definition }) => !isHiddenSegment(definition.name)).length;
  if (defined > limits.segmentsMax) refuse('/name', `${defined} segments; at most ${limits.segmentsMax}`);
  checkNames(segments);
  const compiled = segments.map((segment) => compileOne(segment, segments, features));
  const all = orderSegments(compiled);
  return {
    all,
    byName: new Map(all.map((segment) => [segment.name, segment])),
    version: all.length === 0 ? '' : versionOf(all.map((segment) => versionsOf(segment, features))),
    lists: listSegments(all, features),
    bounds: boundsOf(all),
    features,
    clockTimes: [...new Set(all.flatMap(({ clockTimes }) => clockTimes))],
  };
}

function compileOne(
  { definition, version }: VersionedSegment,
  segments: readonly VersionedSegment[],
  features: FeatureCatalog,
): CompiledSegment {
  const { name, when } = definition;
  const names = new Set(segments.map((each) => each.definition.name));
  let condition: CompiledCondition;
  try {
    condition = compileCondition(when, {
      path: '/when',
      profile: true,
      event: false,
      ...(features.names && { features: features.names }),
      segments: names,
    });
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const path = error.path ?? '/when';
    throw new TesseraError('invalid_definition', `segment ${name}: ${error.message}`, { path, cause: error });
  }
  return {
    definition,
    name,
    version,
    condition,
    terms: usesOf(when),
    rivals: rivalsOf(definition, segments),
    clockTimes: clockTimesIn(when),
  };
}

function rivalsOf({ group, rank = 0 }: SegmentDefinition, segments: readonly VersionedSegment[]): string[] {
  if (group === undefined) return [];
  return segments
    .filter(({ definition }) => definition.group === group && (definition.rank ?? 0) < rank)
    .map(({ definition }) => definition.name);
}

function checkNames(segments: readonly VersionedSegment[]): void {
  const names = new Set<string>();
  const ranks = new Map<string, string>();
  for (const { definition } of segments) {
    const { name, group, rank } = definition;
    if (name === RESTRICTED)
      refuse('/name', `"${name}" is the name of a restriction, which no condition can put on anybody`);
    if (names.has(name)) refuse('/name', `two segments have the name "${name}"`);
    names.add(name);
    if (group === undefined && rank !== undefined)
      refuse('/rank', `segment ${name}: a rank is that of a group`);
    if (group === undefined) continue;
    if (rank === undefined) refuse('/rank', `segment ${name}: in a group, a rank says which one comes first`);
    const known = ranks.get(`${group} ${rank}`);
    if (known !== undefined) refuse('/rank', `segment ${name}: "${known}" of its group has the same rank`);
    ranks.set(`${group} ${rank}`, name);
  }
}

function versionsOf(segment: CompiledSegment, features: FeatureCatalog): readonly string[] {
  const read = segment.terms.flatMap(({ kind, name }) => {
    if (kind === 'loyalty') return [features.loyaltyVersion];
    if (kind === 'trait' || kind === 'consent') return gatesOf(features, kind, [name]);
    if (kind !== 'feature') return [];
    return [features.versionOf(name), ...gatesOf(features, 'trait', features.usesOf(name).traits)];
  });
  return [segment.name, segment.version, ...read];
}

function gatesOf(
  { privacyOf }: FeatureCatalog,
  kind: 'trait' | 'consent',
  names: Iterable<string>,
): readonly string[] {
  if (privacyOf === undefined) return [];
  return [...names].map((name) => privacyOf(kind, name)).filter((gate) => gate !== '');
}

function boundsOf(segments: readonly CompiledSegment[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>();
  for (const { terms } of segments) {
    for (const { kind, name, bounds } of terms) {
      if (kind !== 'feature') continue;
      const known = found.get(name) ?? new Set<number>();
      found.set(name, known);
      for (const bound of bounds) known.add(bound);
    }
  }
  return new Map([...found].map(([name, bounds]) => [name, [...bounds].sort((a, b) => a - b)]));
}

export function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}
