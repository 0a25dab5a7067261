import type { Expression } from '../../../src/features/derived/expression.ts';

/** What the features, traits and the clock say to an expression; undefined is not known. */
export interface NaiveScope {
  readonly now: number;
  readonly features: Readonly<Record<string, unknown>>;
  readonly traits: Readonly<Record<string, unknown>>;
}

type Known = number | string | boolean | readonly unknown[] | object;

/** The meaning of an expression by walking it, with undefined for null: nothing of the engine is used. */
export function naiveValue(expression: Expression, scope: NaiveScope): unknown {
  return evaluate(expression, scope) ?? null;
}

function evaluate(expression: Expression, scope: NaiveScope): Known | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression.value ?? undefined;
    case 'list':
      return expression.items.map((item) => naiveValue(item, scope));
    case 'feature':
      return (scope.features[expression.name] ?? undefined) as Known | undefined;
    case 'trait':
      return (scope.traits[expression.name] ?? undefined) as Known | undefined;
    case 'now':
      return scope.now;
    case 'unary': {
      const value = evaluate(expression.operand, scope);
      if (expression.operator === 'not') return typeof value === 'boolean' ? !value : undefined;
      return typeof value === 'number' ? whole(0 - value) : undefined;
    }
    case 'binary':
      return binary(expression.operator, evaluate(expression.left, scope), evaluate(expression.right, scope));
    case 'call':
      return call(
        expression.name,
        expression.inputs.map((input) => evaluate(input, scope)),
        scope.now,
      );
  }
}

function whole(value: number): number | undefined {
  return Number.isFinite(value) ? (value === 0 ? 0 : value) : undefined;
}

function logic(operator: string, values: readonly unknown[]): boolean | undefined {
  const decisive = operator === 'or';
  if (values.includes(decisive)) return decisive;
  return values.every((value) => value === !decisive) ? !decisive : undefined;
}

function binary(operator: string, left: Known | undefined, right: Known | undefined): Known | undefined {
  if (operator === 'and' || operator === 'or') return logic(operator, [left, right]);
  const same = typeof left !== 'object' && left === right;
  if (operator === '==') return same;
  if (operator === '!=') return !same;
  if (['<', '<=', '>', '>='].includes(operator)) {
    if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string'))
      return undefined;
    const order = left === right ? 0 : left < (right as typeof left) ? -1 : 1;
    return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator];
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (operator) {
    case '+':
      return whole(left + right);
    case '-':
      return whole(left - right);
    case '*':
      return whole(left * right);
    case '/':
      return right === 0 ? undefined : whole(left / right);
    default:
      return right === 0 ? undefined : whole(left % right);
  }
}

function call(name: string, inputs: readonly (Known | undefined)[], now: number): Known | undefined {
  const [first, second] = inputs;
  const number = typeof first === 'number' ? first : undefined;
  switch (name) {
    case 'if':
      return first === true ? second : first === false ? inputs[2] : undefined;
    case 'coalesce':
      return inputs.find((input) => input !== undefined);
    case 'min':
    case 'max': {
      const sorted = inputs.filter((input) => typeof input === 'number').sort((a, b) => a - b);
      return sorted.length === inputs.length ? sorted.at(name === 'min' ? 0 : -1) : undefined;
    }
    case 'abs':
      return number === undefined ? undefined : number < 0 ? -number : number;
    case 'floor':
      return number === undefined
        ? undefined
        : whole(Math.trunc(number) - (number < Math.trunc(number) ? 1 : 0));
    case 'length':
      return typeof first === 'string' ? Array.from(first).length : sizeOf(first);
    case 'contains':
      return contains(first, second);
    case 'key':
      return entryKey(Array.isArray(first) && typeof second === 'number' ? first[second - 1] : undefined);
    case 'get':
      return typeof second === 'string' ? lookUp(first, second) : undefined;
    case 'except':
      return Array.isArray(first) && Array.isArray(second)
        ? first.filter((entry) => !second.some((other) => sameKey(entry, other)))
        : undefined;
    case 'pluck':
      return Array.isArray(first) && typeof second === 'string' ? plucked(first, second) : undefined;
    case 'ratio':
      return ratio(first, second);
    case 'later':
      return later(first, second);
    case 'bucket':
      return number === undefined
        ? undefined
        : (second as number[]).filter((bound) => bound <= number).length;
    case 'days_between':
      return isMoment(first) && isMoment(second)
        ? whole(Math.trunc((second - first) / 86_400_000))
        : undefined;
    case 'years_since':
      return !isMoment(number) || number > now ? undefined : birthdays(number, now);
    default:
      return undefined;
  }
}

/** What a calendar has a day for. */
function isMoment(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}

function plucked(list: readonly unknown[], name: string): Known {
  const entries = list.filter((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
  const values = entries.flatMap((each) => Object.entries(each as object)).filter(([key]) => key === name);
  const plain = values
    .map(([, value]) => value)
    .filter((value) => value !== null && typeof value !== 'object');
  return plain.filter((value, at) => plain.indexOf(value) === at) as unknown as Known;
}

function sizeOf(value: Known | undefined): number | undefined {
  return typeof value === 'object' ? Object.keys(value).length : undefined;
}

function entryKey(entry: unknown): Known | undefined {
  const found = typeof entry === 'object' && entry !== null ? (entry as { key?: unknown }).key : entry;
  return (found ?? undefined) as Known | undefined;
}

function contains(whole: Known | undefined, part: Known | undefined): boolean | undefined {
  if (part === undefined || typeof part === 'object') return undefined;
  if (typeof whole === 'string')
    return typeof part === 'string' ? part === '' || whole.split(part).length > 1 : undefined;
  if (Array.isArray(whole)) return whole.map(entryKey).includes(part);
  if (typeof whole !== 'object') return undefined;
  return typeof part === 'string' && Object.keys(whole).includes(part);
}

function sameKey(left: unknown, right: unknown): boolean {
  const [one, other] = [entryKey(left), entryKey(right)];
  return Object.is(one, other) || one === other;
}

/** By sorting both values under a key: what stays last is later. */
function later(moments: Known | undefined, others: Known | undefined): Known | undefined {
  if (typeof moments !== 'object' || Array.isArray(moments)) return undefined;
  if (typeof others !== 'object' || Array.isArray(others)) return undefined;
  const known = new Map(Object.entries(others).filter(([, value]) => typeof value === 'number'));
  return Object.entries(moments)
    .filter(([, value]) => typeof value === 'number')
    .filter(([name, value]) => !known.has(name) || Number(known.get(name)) - Number(value) < 0)
    .map(([name]) => name) as unknown as Known;
}

/** Quotients as far as there are any; what the first lacks is nothing. */
function ratio(parts: Known | undefined, wholes: Known | undefined): Known | undefined {
  if (typeof parts !== 'object' || Array.isArray(parts)) return undefined;
  if (typeof wholes !== 'object' || Array.isArray(wholes)) return undefined;
  const given = new Map(Object.entries(parts));
  const quotients: Record<string, number> = {};
  for (const [name, whole] of Object.entries(wholes)) {
    const part: unknown = given.has(name) ? given.get(name) : 0;
    if (typeof part === 'number' && typeof whole === 'number' && whole !== 0) quotients[name] = part / whole;
  }
  return quotients;
}

function lookUp(map: Known | undefined, wanted: string): Known | undefined {
  if (typeof map !== 'object') return undefined;
  const entries = Array.isArray(map)
    ? map.map((each) => [each?.key, each?.count] as const)
    : Object.entries(map);
  return (entries.find(([key]) => key === wanted)?.[1] ?? undefined) as Known | undefined;
}

/** Counts them one by one. */
function birthdays(from: number, now: number): number {
  const start = new Date(from);
  let years = 0;
  for (;;) {
    const next = new Date(from);
    next.setUTCFullYear(start.getUTCFullYear() + years + 1);
    if (next.getTime() > now) return years;
    years += 1;
  }
}
