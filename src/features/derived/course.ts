import { unreachable } from '../../errors.ts';
import type { Moves } from '../operation.ts';
import type { BinaryOperator, Expression } from './expression.ts';

/**
 * How what an expression answers goes with time while no event comes and nothing it reads jumps: it stands still, moves
 * one way only, or may do anything. Whoever waits for a value to pass a bound finds the moment by halving where it moves
 * one way, and has to look again and again otherwise. Truth values count as 0 and 1. Where only the sign of a factor is
 * unknown, the way is unknown, but it is one way all the same.
 */
export type Course = 'fixed' | Moves | 'any';

/** `of` says how the features go that the expression reads. */
export function courseOf(expression: Expression, of: (feature: string) => Course): Course {
  switch (expression.kind) {
    case 'literal':
    case 'trait':
      return 'fixed';
    case 'list':
      return still(expression.items.map((item) => courseOf(item, of)));
    case 'feature':
      return of(expression.name);
    case 'now':
      return 'up';
    case 'unary':
      return back(courseOf(expression.operand, of));
    case 'binary':
      return ofBinary(expression, [courseOf(expression.left, of), courseOf(expression.right, of)]);
    case 'call':
      return ofCall(
        expression.name,
        expression.inputs.map((input) => courseOf(input, of)),
      );
    default:
      return unreachable(expression);
  }
}

/** Traits that an expression reads. */
export function traitsIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'trait':
      return [expression.name];
    case 'list':
      return expression.items.flatMap(traitsIn);
    case 'unary':
      return traitsIn(expression.operand);
    case 'binary':
      return [...traitsIn(expression.left), ...traitsIn(expression.right)];
    case 'call':
      return expression.inputs.flatMap(traitsIn);
    case 'literal':
    case 'feature':
    case 'now':
      return [];
    default:
      return unreachable(expression);
  }
}

function back(course: Course): Course {
  if (course === 'up') return 'down';
  return course === 'down' ? 'up' : course;
}

/** Two that are added, or of which one is taken. */
function join(a: Course, b: Course): Course {
  if (a === 'fixed') return b;
  if (b === 'fixed' || (a === b && a !== 'either')) return a;
  return 'any';
}

function still(courses: readonly Course[]): Course {
  return courses.every((course) => course === 'fixed') ? 'fixed' : 'any';
}

/** A product or a quotient with one that stands still, of whichever sign. */
function scaled(a: Course, b: Course): Course {
  if (a !== 'fixed' && b !== 'fixed') return 'any';
  const moving = a === 'fixed' ? b : a;
  return moving === 'fixed' || moving === 'any' ? moving : 'either';
}

function ofBinary(
  { operator }: { readonly operator: BinaryOperator },
  [left, right]: readonly [Course, Course],
): Course {
  switch (operator) {
    case '+':
    case 'and':
    case 'or':
      return join(left, right);
    case '-':
    case '>':
    case '>=':
      return join(left, back(right));
    case '<':
    case '<=':
      return join(back(left), right);
    case '*':
    case '/':
      return scaled(left, right);
    case '%':
    case '==':
    case '!=':
      return still([left, right]);
    default:
      return unreachable(operator);
  }
}

function ofCall(name: string, inputs: readonly Course[]): Course {
  const [first = 'fixed', second = 'fixed', third = 'fixed'] = inputs;
  switch (name) {
    case 'if':
      // A condition that changes once chooses once.
      if (first === 'fixed') return join(second, third);
      return first !== 'any' && second === 'fixed' && third === 'fixed' ? 'either' : 'any';
    case 'coalesce':
    case 'max':
    case 'min':
      return inputs.reduce(join, 'fixed');
    case 'floor':
    case 'ceil':
    case 'log':
    case 'sqrt':
      return first;
    case 'round':
    case 'bucket':
      return second === 'fixed' ? first : 'any';
    case 'days_between':
      return join(back(first), second);
    case 'years_since':
      return first === 'fixed' ? 'up' : 'any';
    default:
      return still(inputs);
  }
}
