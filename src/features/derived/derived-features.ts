import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { NumberedDefinition } from '../../model/definitions.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ModelSet } from '../../model/value-model.ts';
import { compileExpression } from './compile-expression.ts';
import type { Expression, Formula } from './expression.ts';
import { parseExpression } from './parse.ts';

/** A feature computed from others when it is read: it keeps no state, and no event touches it. */
export interface DerivedFeature {
  readonly number: number;
  readonly name: string;
  readonly createdAt: EpochMs;
  readonly origin: boolean;
  /** Names of the features that it reads: it is as partial and as approximate as any of them. */
  readonly inputs: readonly string[];
  readonly formula: Formula;
  /** Those of them that it reads through models. */
  readonly asked: readonly string[];
  /** Versions of these models. */
  readonly models: readonly string[];
  /** What the formula was made of. */
  readonly expression: Expression;
}

function refuse(name: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${name}" at /expression: ${why}`, {
    path: '/expression',
  });
}

function compileOne(numbered: NumberedDefinition, models: ModelSet): DerivedFeature {
  const { number, definition, createdAt, origin } = numbered;
  const { name, expression } = definition;
  assert(expression !== undefined, 'a derived definition has its expression');
  try {
    const parsed = parseExpression(expression);
    const { features: inputs, ...compiled } = compileExpression(parsed, models);
    return { number, name, createdAt, origin, inputs, ...compiled, expression: parsed };
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    throw new TesseraError('invalid_definition', `feature "${name}" at ${error.message}`, {
      path: '/expression',
      cause: error,
    });
  }
}

/** Compiles derived definitions, in the order of the input. Refuses unknown names, cycles and chains that are too long. */
export function compileDerived(
  definitions: readonly NumberedDefinition[],
  { stored, models }: { readonly stored: ReadonlySet<string>; readonly models: ModelSet },
): ReadonlyMap<string, DerivedFeature> {
  const features = new Map<string, DerivedFeature>();
  for (const definition of definitions)
    features.set(definition.definition.name, compileOne(definition, models));
  const depths = new Map<string, number>();
  for (const name of features.keys()) depthOf(name, [], { features, stored, depths });
  return features;
}

interface Graph {
  readonly features: ReadonlyMap<string, DerivedFeature>;
  readonly stored: ReadonlySet<string>;
  /** Of the features that were looked at. */
  readonly depths: Map<string, number>;
}

/** How many derived features follow each other below this one, and itself; `chain` is the way to it. */
function depthOf(name: string, chain: readonly string[], graph: Graph): number {
  const { features, stored, depths } = graph;
  const known = depths.get(name);
  if (known !== undefined) return known;
  const way = [...chain, name];
  if (chain.includes(name)) refuse(chain[0] ?? name, `reads itself: ${way.join(' → ')}`);
  if (way.length > limits.derivedChainMax)
    refuse(chain[0] ?? name, `a chain of more than ${limits.derivedChainMax}: ${way.join(' → ')}`);
  let depth = 1;
  for (const input of features.get(name)?.inputs ?? []) {
    if (features.has(input)) depth = Math.max(depth, 1 + depthOf(input, way, graph));
    else if (!stored.has(input))
      refuse(name, `there is no feature "${input}": ${[...way, input].join(' → ')}`);
  }
  if (depth > limits.derivedChainMax)
    refuse(name, `reads others through a chain of more than ${limits.derivedChainMax}`);
  depths.set(name, depth);
  return depth;
}
