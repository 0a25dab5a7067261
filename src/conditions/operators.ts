import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { isJsonObject, isSealed } from '../model/json.ts';
import { compileTextPattern } from './text-pattern.ts';

/** Says whether a value fits; undefined is a missing value, which fits nothing but `exists: false`. */
export type ValueTest = (value: JsonValue | undefined) => boolean;

type OperatorCompiler = (operand: unknown, path: string) => ValueTest;

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

function isJson(value: unknown, depth: number): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  return Object.values(value).every((item) => isJson(item, depth - 1));
}

function jsonOperand(operand: unknown, path: string): JsonValue {
  if (!isJson(operand, limits.conditionDepthMax)) refuse(path, 'must be a JSON value');
  return operand;
}

function textOperand(operand: unknown, path: string): string {
  if (typeof operand !== 'string' || operand === '') refuse(path, 'must be a text of at least one character');
  return operand;
}

function numberOperand(operand: unknown, path: string): number {
  if (typeof operand !== 'number' || !Number.isFinite(operand)) refuse(path, 'must be a number');
  return operand;
}

/** Deep equality of JSON; sealed values equal nothing, not even themselves. */
export function jsonEquals(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (isSealed(a) || isSealed(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index += 1) if (!jsonEquals(a[index], b[index])) return false;
    return true;
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) if (!Object.hasOwn(b, key) || !jsonEquals(a[key], b[key])) return false;
  return true;
}

const compileEquals: OperatorCompiler = (operand, path) => {
  const wanted = jsonOperand(operand, path);
  if (typeof wanted !== 'object' || wanted === null) return (value) => value === wanted;
  return (value) => jsonEquals(value, wanted);
};

const compileIn: OperatorCompiler = (operand, path) => {
  if (!Array.isArray(operand) || operand.length === 0) refuse(path, 'must be a list of at least one value');
  if (operand.length > limits.conditionListMax)
    refuse(path, `must list at most ${limits.conditionListMax} values`);
  const scalars = new Set<JsonValue | undefined>();
  for (const item of operand) {
    const value = jsonOperand(item, path);
    if (typeof value === 'object' && value !== null) refuse(path, 'must list texts, numbers or booleans');
    scalars.add(value);
  }
  return (value) => scalars.has(value);
};

const compileContains: OperatorCompiler = (operand, path) => {
  const wanted = textOperand(operand, path);
  return (value) => (typeof value === 'string' || Array.isArray(value) ? value.includes(wanted) : false);
};

/** Says whether a value fits another one that is only known when it is asked. */
export type PairTest = (value: JsonValue | undefined, other: JsonValue | undefined) => boolean;

/** Operators whose operand may be what the event says. Nothing fits a value that is missing. */
const PAIR_TESTS: ReadonlyMap<string, PairTest> = new Map<string, PairTest>([
  ['equals', (value, other) => other !== undefined && other !== null && jsonEquals(value, other)],
  ['contains', holdsValue],
  ['gt', ofNumbers((value, other) => value > other)],
  ['gte', ofNumbers((value, other) => value >= other)],
  ['lt', ofNumbers((value, other) => value < other)],
  ['lte', ofNumbers((value, other) => value <= other)],
]);

export function pairTest(operator: string, path: string): PairTest {
  const test = PAIR_TESTS.get(operator);
  if (test === undefined) refuse(path, `takes no { event: PATH }; ${[...PAIR_TESTS.keys()].join(', ')} do`);
  return test;
}

/** A part of a text, an entry of a list (of one with counts, its key), a key of a map. */
function holdsValue(value: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (other === undefined || other === null || typeof other === 'object') return false;
  if (Array.isArray(value))
    return value.some((entry: JsonValue) => (isJsonObject(entry) ? entry.key : entry) === other);
  if (typeof other !== 'string' || other === '') return false;
  if (typeof value === 'string') return value.includes(other);
  return value !== undefined && isJsonObject(value) && !isSealed(value) && Object.hasOwn(value, other);
}

function ofNumbers(fits: (value: number, other: number) => boolean): PairTest {
  return (value, other) => typeof value === 'number' && typeof other === 'number' && fits(value, other);
}

const compileStartsWith: OperatorCompiler = (operand, path) => {
  const prefix = textOperand(operand, path);
  return (value) => typeof value === 'string' && value.startsWith(prefix);
};

const compileMatches: OperatorCompiler = (operand, path) => {
  const isIn = compileTextPattern(textOperand(operand, path), path);
  return (value) => typeof value === 'string' && isIn(value);
};

const compileExists: OperatorCompiler = (operand, path) => {
  if (typeof operand !== 'boolean') refuse(path, 'must be true or false');
  return (value) => (value !== undefined && value !== null) === operand;
};

const compileBetween: OperatorCompiler = (operand, path) => {
  if (!Array.isArray(operand) || operand.length !== 2) refuse(path, 'must be a list of two numbers');
  const low = numberOperand(operand[0], path);
  const high = numberOperand(operand[1], path);
  if (low > high) refuse(path, 'must name the smaller number first');
  return (value) => typeof value === 'number' && value >= low && value <= high;
};

/** Each its own closure: one that was given the comparison took a call more, a third of what a term costs. */
const compileGt: OperatorCompiler = (operand, path) => {
  const bound = numberOperand(operand, path);
  return (value) => typeof value === 'number' && value > bound;
};

const compileGte: OperatorCompiler = (operand, path) => {
  const bound = numberOperand(operand, path);
  return (value) => typeof value === 'number' && value >= bound;
};

const compileLt: OperatorCompiler = (operand, path) => {
  const bound = numberOperand(operand, path);
  return (value) => typeof value === 'number' && value < bound;
};

const compileLte: OperatorCompiler = (operand, path) => {
  const bound = numberOperand(operand, path);
  return (value) => typeof value === 'number' && value <= bound;
};

const OPERATORS: ReadonlyMap<string, OperatorCompiler> = new Map<string, OperatorCompiler>([
  ['equals', compileEquals],
  ['in', compileIn],
  ['starts_with', compileStartsWith],
  ['contains', compileContains],
  ['matches', compileMatches],
  ['exists', compileExists],
  ['gt', compileGt],
  ['gte', compileGte],
  ['lt', compileLt],
  ['lte', compileLte],
  ['between', compileBetween],
]);

/** Compiles `{ gte: 3, lt: 9 }`: all operators must hold for the same value. */
export function compileOperators(operators: unknown, path: string): ValueTest {
  if (!isJsonObject(operators)) refuse(path, 'must be an object of operators, such as { equals: … }');
  const tests: ValueTest[] = [];
  for (const [name, operand] of Object.entries(operators)) {
    const compile = OPERATORS.get(name);
    if (compile === undefined) {
      refuse(`${path}/${name}`, `is not an operator; there are ${[...OPERATORS.keys()].join(', ')}`);
    }
    tests.push(compile(operand, `${path}/${name}`));
  }
  const [first] = tests;
  if (first === undefined) refuse(path, 'must hold at least one operator');
  if (tests.length === 1) return first;
  return (value) => {
    for (const test of tests) if (!test(value)) return false;
    return true;
  };
}
