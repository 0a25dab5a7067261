import { TesseraError, unreachable } from '../../errors.ts';
import type { JsonValue } from '../../model/json.ts';
import type { ModelSet } from '../../model/value-model.ts';
import type { BinaryOperator, Expression, Formula } from './expression.ts';
import { type ExpressionFunction, expressionFunctions, finite } from './expression-functions.ts';

/** An expression as closures, and the features that it reads. */
export interface CompiledExpression {
  readonly formula: Formula;
  readonly features: readonly string[];
  /** Those of them that it reads through models. */
  readonly asked: readonly string[];
  /** Versions of these models. */
  readonly models: readonly string[];
}

const NO_MODELS: ModelSet = new Map();

type Compute = (left: JsonValue, right: JsonValue) => JsonValue;

function refuse(why: string): never {
  throw new TesseraError('invalid_definition', `/expression: ${why}`, { path: '/expression' });
}

function ofNumbers(compute: (left: number, right: number) => number): Compute {
  return (left, right) =>
    typeof left === 'number' && typeof right === 'number' ? finite(compute(left, right)) : null;
}

/** Numbers compare with numbers and texts with texts, by UTF-16 units; there is no answer to anything else. */
function ofPair(compare: (left: number | string, right: number | string) => boolean): Compute {
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return compare(left, right);
    return typeof left === 'string' && typeof right === 'string' ? compare(left, right) : null;
  };
}

/** Equality has an answer for null too, so that a missing value can be asked for; lists and maps equal nothing. */
function equals(left: JsonValue, right: JsonValue): boolean {
  return left === right && (typeof left !== 'object' || left === null);
}

const COMPUTE: Readonly<Record<Exclude<BinaryOperator, 'and' | 'or'>, Compute>> = {
  '+': ofNumbers((left, right) => left + right),
  '-': ofNumbers((left, right) => left - right),
  '*': ofNumbers((left, right) => left * right),
  '/': ofNumbers((left, right) => left / right),
  '%': ofNumbers((left, right) => left % right),
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': ofPair((left, right) => left < right),
  '<=': ofPair((left, right) => left <= right),
  '>': ofPair((left, right) => left > right),
  '>=': ofPair((left, right) => left >= right),
};

/** What decides alone: false for `and`, true for `or`. Otherwise what is not known makes the whole unknown. */
function compileLogic(decides: boolean, left: Formula, right: Formula): Formula {
  return (scope) => {
    const first = left(scope);
    if (first === decides) return decides;
    const second = right(scope);
    if (second === decides) return decides;
    return first === !decides && second === !decides ? !decides : null;
  };
}

function compileBinary(operator: BinaryOperator, left: Formula, right: Formula): Formula {
  if (operator === 'and') return compileLogic(false, left, right);
  if (operator === 'or') return compileLogic(true, left, right);
  const compute = COMPUTE[operator];
  return (scope) => compute(left(scope), right(scope));
}

/** An unknown condition has no answer: neither branch would be true. */
function compileIf([condition, then, otherwise, ...more]: readonly Formula[]): Formula {
  if (condition === undefined || then === undefined || otherwise === undefined || more.length > 0)
    refuse('if takes a condition and two values');
  return (scope) => {
    const holds = condition(scope);
    if (typeof holds !== 'boolean') return null;
    return holds ? then(scope) : otherwise(scope);
  };
}

function compileCoalesce(inputs: readonly Formula[]): Formula {
  if (inputs.length === 0) refuse('coalesce takes at least one value');
  return (scope) => {
    for (const input of inputs) {
      const value = input(scope);
      if (value !== null) return value;
    }
    return null;
  };
}

/** Bounds are numbers that rise, written as a list, so that a bucket means the same at every reading. */
function checkBounds([, bounds]: readonly Expression[]): void {
  if (bounds?.kind !== 'list' || bounds.items.length === 0)
    refuse('bucket takes a value and a list of bounds such as [10, 20]');
  let before = Number.NEGATIVE_INFINITY;
  for (const item of bounds.items) {
    const bound = numberOf(item);
    if (bound === undefined || bound <= before) refuse('the bounds of a bucket must be numbers that rise');
    before = bound;
  }
}

function numberOf(item: Expression): number | undefined {
  if (item.kind === 'literal' && typeof item.value === 'number') return item.value;
  if (item.kind !== 'unary' || item.operator !== '-') return undefined;
  const { operand } = item;
  return operand.kind === 'literal' && typeof operand.value === 'number' ? -operand.value : undefined;
}

function functionOf(name: string, given: number): ExpressionFunction {
  const found = expressionFunctions.get(name);
  if (found === undefined) {
    const names = ['if', 'coalesce', 'model', ...expressionFunctions.keys()].sort();
    refuse(`"${name}" is not a function; there are ${names.join(', ')}`);
  }
  const { least, most } = found;
  if (given < least || given > most)
    refuse(`${name} takes ${least === most ? least : `${least} to ${most}`} values, not ${given}`);
  return found;
}

/** What nodes are compiled with: the models in force, and the features that have been named so far. */
interface Compiling {
  readonly features: Set<string>;
  readonly asked: Set<string>;
  readonly versions: Set<string>;
  readonly models: ModelSet;
}

function textIn(input: Expression | undefined): string | undefined {
  return input?.kind === 'literal' && typeof input.value === 'string' ? input.value : undefined;
}

/** A model that is not in force, or not yet, says nothing; one that is brings the features that it reads. */
function compileModel(inputs: readonly Expression[], { asked, models, versions }: Compiling): Formula {
  const [name, output] = [textIn(inputs[0]), textIn(inputs[1])];
  if (name === undefined || output === undefined)
    refuse("model takes the name of a model and of an output, such as model('clv', 'alive')");
  const parameters = inputs.slice(2).map((input) => {
    if (input.kind !== 'literal') refuse('what else model takes must be plain values');
    return input.value;
  });
  const model = models.get(name);
  if (model === undefined) return () => null;
  const answer = model.outputs.get(output);
  if (answer === undefined)
    refuse(`the model "${name}" has no "${output}"; it has ${[...model.outputs.keys()].join(', ')}`);
  for (const feature of model.features) asked.add(feature);
  versions.add(model.version);
  return (scope) =>
    answer(
      model.features.map((feature) => scope.valueOf(feature)),
      parameters,
    );
}

function compileCall(name: string, inputs: readonly Expression[], compiling: Compiling): Formula {
  if (name === 'model') return compileModel(inputs, compiling);
  const formulas = inputs.map((input) => compileNode(input, compiling));
  if (name === 'if') return compileIf(formulas);
  if (name === 'coalesce') return compileCoalesce(formulas);
  const { answer } = functionOf(name, inputs.length);
  if (name === 'bucket') checkBounds(inputs);
  return (scope) =>
    answer(
      formulas.map((formula) => formula(scope)),
      scope.now,
    );
}

function compileNode(expression: Expression, compiling: Compiling): Formula {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'list': {
      const items = expression.items.map((item) => compileNode(item, compiling));
      return (scope) => items.map((item) => item(scope));
    }
    case 'feature': {
      const { name } = expression;
      compiling.features.add(name);
      return (scope) => scope.valueOf(name);
    }
    case 'trait': {
      const { name } = expression;
      return (scope) => scope.traitOf(name);
    }
    case 'now':
      return (scope) => scope.now;
    case 'unary': {
      const operand = compileNode(expression.operand, compiling);
      return expression.operator === 'not' ? compileNot(operand) : compileMinus(operand);
    }
    case 'binary': {
      const { operator, left, right } = expression;
      return compileBinary(operator, compileNode(left, compiling), compileNode(right, compiling));
    }
    case 'call':
      return compileCall(expression.name, expression.inputs, compiling);
    default:
      return unreachable(expression);
  }
}

function compileNot(operand: Formula): Formula {
  return (scope) => {
    const value = operand(scope);
    return typeof value === 'boolean' ? !value : null;
  };
}

function compileMinus(operand: Formula): Formula {
  return (scope) => {
    const value = operand(scope);
    return typeof value === 'number' ? finite(-value) : null;
  };
}

/**
 * An expression as closures, made once: no text is evaluated when a profile is read. The result is total: a missing
 * value, a wrong type, a division by zero or an overflow gives null.
 */
export function compileExpression(expression: Expression, models: ModelSet = NO_MODELS): CompiledExpression {
  const features = new Set<string>();
  const asked = new Set<string>();
  const versions = new Set<string>();
  const formula = compileNode(expression, { features, asked, versions, models });
  return {
    formula,
    features: [...new Set([...features, ...asked])],
    asked: [...asked],
    models: [...versions],
  };
}
