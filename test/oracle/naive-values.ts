import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';

/** What an event says to a definition, as plainly as possible; types only, like the rest of the oracle. */
function follow(values: readonly unknown[], steps: readonly string[]): unknown[] {
  let found = [...values];
  for (const step of steps) {
    const name = step.replace('[]', '');
    found = found.map((value) => Object.getOwnPropertyDescriptor(Object(value), name)?.value);
    if (step.endsWith('[]')) found = found.flatMap((value) => (Array.isArray(value) ? value : []));
  }
  return found.filter((value) => value !== undefined);
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function scalarsAt(values: readonly unknown[], steps: readonly string[]): (string | number | boolean)[] {
  return follow(values, steps)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isPlain)
    .map((value) => (typeof value === 'string' ? value.slice(0, 256) : value))
    .filter((value) => typeof value !== 'string' || /\S/.test(value));
}

/** Keys with their values: every one of an entry with every other of it, where both go through one list. */
export function pairsOf(
  { by = '', of }: FeatureDefinition,
  event: Event,
): [string, string | number | boolean][] {
  const list = /^(.*\[\])\.[^[\]]*$/.exec(by)?.[1];
  const shared = list !== undefined && of?.startsWith(`${list}.`) ? list : undefined;
  const entries = shared === undefined ? [event] : follow([event], shared.split('.'));
  const rest = (path: string): string[] =>
    path.slice(shared === undefined ? 0 : shared.length + 1).split('.');
  return entries.flatMap((entry) =>
    scalarsAt([entry], rest(by)).flatMap((key) =>
      (of === undefined ? [1] : scalarsAt([entry], rest(of))).map(
        (value): [string, string | number | boolean] => [String(key), value],
      ),
    ),
  );
}

export function valuesOf(definition: FeatureDefinition, event: Event): (string | number | boolean)[] {
  if (definition.aggregate === 'cart') return [];
  if (definition.of === undefined || definition.aggregate === 'histogram') return [1];
  return scalarsAt([event], definition.of.split('.'));
}

const TESTS: Record<string, (value: unknown, operand: unknown) => boolean> = {
  equals: (value, operand) => value === operand,
  in: (value, operand) => (operand as unknown[]).includes(value),
  starts_with: (value, operand) => typeof value === 'string' && value.startsWith(String(operand)),
  exists: (value, operand) => (value !== undefined && value !== null) === operand,
  gt: (value, operand) => typeof value === 'number' && value > Number(operand),
  gte: (value, operand) => typeof value === 'number' && value >= Number(operand),
  lt: (value, operand) => typeof value === 'number' && value < Number(operand),
};

export function holds(condition: unknown, event: Event): boolean {
  return Object.entries(condition as Record<string, unknown>).every(([key, operand]) => {
    if (key === 'all') return (operand as unknown[]).every((part) => holds(part, event));
    if (key === 'any') return (operand as unknown[]).some((part) => holds(part, event));
    if (key === 'not') return !holds(operand, event);
    const found = follow([event], key.split('.'));
    const candidates = found.length === 0 ? [undefined] : found;
    const tests = Object.entries(operand as Record<string, unknown>);
    return candidates.some((value) => tests.every(([name, wanted]) => TESTS[name]?.(value, wanted) === true));
  });
}
