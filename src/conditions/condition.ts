import { TesseraError, unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import type { LocalMoment } from '../model/local-time.ts';
import { CLOCK_TERMS, compileClock, isClockTerm } from './clock.ts';
import { compileOperators, pairTest, type ValueTest } from './operators.ts';
import { compilePath, compileValues, isEventPath, isMultiple } from './path.ts';

/** What a condition may ask about the profile that the event belongs to. Missing answers are undefined. */
export interface ProfileLookup {
  feature(name: string): JsonValue | undefined;
  trait(name: string): JsonValue | undefined;
  /** By purpose, or purpose and channel: `personalization`, `marketing.sms`. */
  consent(name: string): JsonValue | undefined;
  /** Whether the profile has the tag, by rule or by hand. */
  tag(name: string): boolean;
  /** Whether the profile is a member. */
  segment(name: string): boolean;
  /** `points`, `pending`, `debt`, `tier` or `expiring`. */
  loyalty(name: string): JsonValue | undefined;
  /** What the customer's clock shows; where it is absent, nothing that is asked of the clock holds. */
  readonly local?: LocalMoment | undefined;
}

/** Where a condition stands, and so what it may refer to. */
export interface ConditionScope {
  /** Pointer into the definition, for errors: `/where`. */
  readonly path: string;
  /** False where only the event is at hand, as in a feature's `where`. */
  readonly profile: boolean;
  /** False where there is no event, only the profile, as in a segment. */
  readonly event?: boolean;
  /** Names of the features in force; without it any name is accepted. */
  readonly features?: ReadonlySet<string>;
  /** Names of the segments in force; without it any name is accepted. */
  readonly segments?: ReadonlySet<string>;
}

export type CompiledCondition = (event: Event, profile: ProfileLookup) => boolean;

/** A scope on the way down: how deep it is, and how many terms the whole condition has so far. */
interface Place extends ConditionScope {
  readonly depth: number;
  readonly budget: { terms: number };
}

export const PROFILE_TERMS = ['feature', 'trait', 'consent', 'tag', 'segment', 'loyalty'] as const;
export type ProfileTerm = (typeof PROFILE_TERMS)[number];

const NO_PROFILE: ProfileLookup = Object.freeze({
  feature: () => undefined,
  trait: () => undefined,
  consent: () => undefined,
  tag: () => false,
  segment: () => false,
  loyalty: () => undefined,
});

/** Where a condition is asked and no event is at hand: nothing has any of its fields. */
export const NO_EVENT: Event = Object.freeze({}) as unknown as Event;

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

function takeTerm({ budget, path }: Place): void {
  budget.terms += 1;
  if (budget.terms > limits.conditionTermsMax)
    refuse(path, `has more than ${limits.conditionTermsMax} terms`);
}

function compileEventTerm(path: string, operators: unknown, pointer: string): CompiledCondition {
  const fits = compileOperators(operators, pointer);
  if (!isMultiple(path)) {
    const get = compilePath(path, pointer);
    return (event) => fits(get(event));
  }
  const getAll = compileValues(path, pointer);
  return (event) => {
    const values = getAll(event);
    if (values.length === 0) return fits(undefined);
    for (const value of values) if (fits(value)) return true;
    return false;
  };
}

/** What a standing in the program answers; any other name would never be there. */
const LOYALTY_NAMES: ReadonlySet<string> = new Set(['points', 'pending', 'debt', 'tier', 'expiring']);

function compileProfileTerm(condition: JsonObject, scope: ConditionScope): CompiledCondition | undefined {
  const kinds = PROFILE_TERMS.filter((key) => Object.hasOwn(condition, key));
  const [kind] = kinds;
  if (kind === undefined) return undefined;
  if (kinds.length > 1) refuse(scope.path, `names both ${kinds.join(' and ')}; use "all"`);
  if (!scope.profile) refuse(`${scope.path}/${kind}`, 'may not refer to the profile here, only to the event');
  const { [kind]: name, ...operators } = condition;
  if (typeof name !== 'string' || name === '') refuse(`${scope.path}/${kind}`, 'must be a name');
  if (kind === 'feature' && scope.features?.has(name) === false) {
    refuse(`${scope.path}/feature`, `there is no feature "${name}"`);
  }
  if (kind === 'segment' && scope.segments?.has(name) === false) {
    refuse(`${scope.path}/segment`, `there is no segment "${name}"`);
  }
  if (kind === 'loyalty' && !LOYALTY_NAMES.has(name))
    refuse(`${scope.path}/loyalty`, `must be one of ${[...LOYALTY_NAMES].join(', ')}`);
  return readTerm(kind, name, { operators, path: scope.path, event: scope.event });
}

/** Compares what the profile has with what the event says, or with what stands in the definition. */
type TermTest = (value: JsonValue | undefined, event: Event) => boolean;

const ANY_VALUE: ValueTest = () => true;

function compileTermOperators({ operators, path, event = true }: TermOperators): TermTest {
  const entries = Object.entries(operators);
  const asked = entries.filter(([, operand]) => isOfEvent(operand));
  if (asked.length === 0) return compileOperators(operators, path);
  if (!event) refuse(path, 'asks for an event, and here is none, only the profile');
  const rest = Object.fromEntries(entries.filter(([, operand]) => !isOfEvent(operand)));
  const fits = Object.keys(rest).length === 0 ? ANY_VALUE : compileOperators(rest, path);
  const tests = asked.map(([operator, operand]) => {
    const test = pairTest(operator, `${path}/${operator}`);
    // `isOfEvent` has looked at it.
    const read = compilePath((operand as { event: string }).event, `${path}/${operator}/event`);
    return (value: JsonValue | undefined, from: Event) => test(value, read(from));
  });
  return (value, from) => fits(value) && tests.every((test) => test(value, from));
}

/** `{ event: PATH }` stands for what the event says there. */
function isOfEvent(operand: JsonValue | undefined): boolean {
  return (
    operand !== undefined &&
    isJsonObject(operand) &&
    typeof operand.event === 'string' &&
    Object.keys(operand).length === 1
  );
}

interface TermOperators {
  readonly operators: JsonObject;
  readonly path: string;
  /** False where there is no event. */
  readonly event?: boolean | undefined;
}

/** One closure for each kind of term: a look-up by a name that varies took half as long again. */
function readTerm(
  kind: ProfileTerm,
  name: string,
  { operators, path, event }: TermOperators,
): CompiledCondition {
  if (kind === 'tag' || kind === 'segment') {
    const wanted = compileHaving(operators, path);
    if (kind === 'tag') return (_event, profile) => profile.tag(name) === wanted;
    return (_event, profile) => profile.segment(name) === wanted;
  }
  const fits = compileTermOperators({ operators, path, event });
  switch (kind) {
    case 'feature':
      return (from, profile) => fits(profile.feature(name), from);
    case 'trait':
      return (from, profile) => fits(profile.trait(name), from);
    case 'consent':
      return (from, profile) => fits(profile.consent(name), from);
    case 'loyalty':
      return (from, profile) => fits(profile.loyalty(name), from);
    default:
      return unreachable(kind);
  }
}

/** `{ tag: vip }` asks whether it is there; `equals` and `exists` may say so, or ask for its absence. */
function compileHaving(operators: JsonObject, path: string): boolean {
  const entries = Object.entries(operators);
  const [first] = entries;
  if (first === undefined) return true;
  const [name, operand] = first;
  if (entries.length > 1 || (name !== 'equals' && name !== 'exists') || typeof operand !== 'boolean')
    refuse(path, 'a tag and a segment take { equals: true } or { equals: false }, or nothing');
  return operand;
}

function compileList(value: unknown, place: Place): readonly CompiledCondition[] {
  if (!Array.isArray(value) || value.length === 0)
    refuse(place.path, 'must be a list of at least one condition');
  return value.map((item, index) => compileNode(item, { ...place, path: `${place.path}/${index}` }));
}

function allOf(parts: readonly CompiledCondition[]): CompiledCondition {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? (() => true);
  const [, second] = parts;
  if (second !== undefined && parts.length === 2)
    return (event, profile) => first(event, profile) && second(event, profile);
  return (event, profile) => {
    for (const part of parts) if (!part(event, profile)) return false;
    return true;
  };
}

function anyOf(parts: readonly CompiledCondition[]): CompiledCondition {
  const [first, second] = parts;
  if (first !== undefined && second !== undefined && parts.length === 2)
    return (event, profile) => first(event, profile) || second(event, profile);
  return (event, profile) => {
    for (const part of parts) if (part(event, profile)) return true;
    return false;
  };
}

function compileEntry(key: string, value: unknown, place: Place): CompiledCondition {
  const path = `${place.path}/${key}`;
  const inner: Place = { ...place, path, depth: place.depth + 1 };
  if (key === 'all') return allOf(compileList(value, inner));
  if (key === 'any') return anyOf(compileList(value, inner));
  if (key === 'not') {
    const part = compileNode(value, inner);
    return (event, profile) => !part(event, profile);
  }
  if (isClockTerm(key)) {
    if (!place.profile) refuse(path, 'may not ask for the clock of the customer here, only for the event');
    takeTerm(inner);
    const fits = compileClock(key, value, path);
    return (_event, { local }) => local !== undefined && fits(local);
  }
  if (!isEventPath(key)) {
    const terms = [...PROFILE_TERMS, ...CLOCK_TERMS].join(', ');
    refuse(path, `is neither a path into the event nor all, any, not, ${terms}`);
  }
  if (place.event === false) refuse(path, 'is a path into an event, and here is none, only the profile');
  takeTerm(inner);
  return compileEventTerm(key, value, path);
}

function compileNode(condition: unknown, place: Place): CompiledCondition {
  if (place.depth > limits.conditionDepthMax)
    refuse(place.path, `is nested deeper than ${limits.conditionDepthMax}`);
  if (!isJsonObject(condition)) refuse(place.path, 'must be an object');
  const term = compileProfileTerm(condition, place);
  if (term !== undefined) {
    takeTerm(place);
    return term;
  }
  const parts = Object.entries(condition).map(([key, value]) => compileEntry(key, value, place));
  if (parts.length === 0) refuse(place.path, 'must hold at least one term');
  return allOf(parts);
}

/**
 * Compiles a condition of a definition; several keys of one object must all hold. A path with `[]` holds when
 * one of its values does. Missing values fail every comparison, sealed ones too; `exists` only tells whether
 * something is there. Throws `invalid_definition` with the place of what is wrong.
 */
export function compileCondition(condition: unknown, scope: ConditionScope): CompiledCondition {
  return compileNode(condition, { ...scope, depth: 1, budget: { terms: 0 } });
}

/** Compiles a condition that may look at the event only. */
export function compileEventCondition(condition: unknown, path: string): (event: Event) => boolean {
  const compiled = compileCondition(condition, { path, profile: false });
  return (event) => compiled(event, NO_PROFILE);
}
