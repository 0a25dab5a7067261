import ts from 'typescript';
import { nodesOf, type Source } from './source.ts';

export const bounds = { file: 400, function: 70, parameters: 3 } as const;
export type Measure = keyof typeof bounds;

/** One thing beyond a bound that is allowed to be, at most at this number. */
export interface Exception {
  readonly measure: Measure;
  /** `path` of a file, `path#name` of a function. */
  readonly name: string;
  readonly number: number;
  readonly reason: string;
}

/** Everything beyond a bound, by `measure name`. */
export function findOversized(sources: readonly Source[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const note = (measure: Measure, name: string, number: number): void => {
    const key = `${measure} ${name}`;
    if (number > bounds[measure]) found.set(key, Math.max(number, found.get(key) ?? 0));
  };
  for (const { path, text, tree } of sources) {
    note('file', path, text.split('\n').length - (text.endsWith('\n') ? 1 : 0));
    for (const node of nodesOf(tree)) {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) continue;
      const name = `${path}#${nameOf(node)}`;
      const line = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
      note('function', name, line(node.end) - line(node.getStart(tree)) + 1);
      note('parameters', name, node.parameters.length);
    }
  }
  return found;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : 'anonymous';
}

/** What is beyond its bound without an exception, has grown past it, or has an exception that it no longer needs. */
export function compareSizes(
  found: ReadonlyMap<string, number>,
  exceptions: readonly Exception[],
): readonly string[] {
  const problems: string[] = [];
  const allowed = new Map(exceptions.map((entry) => [`${entry.measure} ${entry.name}`, entry.number]));
  for (const [key, number] of found) {
    const limit = allowed.get(key);
    if (limit === undefined) problems.push(`${key} is ${number}`);
    else if (number > limit) problems.push(`${key} grew from ${limit} to ${number}`);
  }
  for (const [key, number] of allowed) {
    const now = found.get(key);
    if (now === undefined) problems.push(`${key} is within its bound: remove its exception`);
    else if (now < number) problems.push(`${key} shrank from ${number} to ${now}: lower its exception`);
  }
  return problems;
}

const FOLD =
  'called per record: an options object would be one allocation for each, and the arguments have four different types';
const PORT = 'the port method that it implements takes partition, prefix or cut, place and bound';

/** The ratchet: numbers go down, and an entry goes away with the reason for it. */
export const exceptions: readonly Exception[] = [
  {
    measure: 'file',
    name: 'limits.ts',
    number: 1066,
    reason: 'every bound in one file is what law 7 asks for',
  },
  {
    measure: 'file',
    name: 'sdk/client/operations.ts',
    number: 760,
    reason: 'made from the OpenAPI document: an entry for each route',
  },
  {
    measure: 'parameters',
    name: 'serve/audit-requests.ts#anonymous',
    number: 4,
    reason: 'a hook of the HTTP library; the form with three makes a promise for each answer',
  },
  {
    measure: 'parameters',
    name: 'serve/body-budget.ts#anonymous',
    number: 4,
    reason:
      'a hook of the HTTP library; the form with three would miss what arrives before its promise is settled',
  },
  { measure: 'parameters', name: 'pipeline/pipeline.ts#headerFor', number: 4, reason: FOLD },
  { measure: 'parameters', name: 'features/fold-facets.ts#foldFeatures', number: 4, reason: FOLD },
  { measure: 'parameters', name: 'features/read.ts#readFeature', number: 4, reason: FOLD },
  { measure: 'parameters', name: 'features/update.ts#addEvent', number: 4, reason: FOLD },
  { measure: 'parameters', name: 'profile/registers.ts#write', number: 4, reason: FOLD },
  {
    measure: 'parameters',
    name: 'ingest/json-guard.ts#scan',
    number: 4,
    reason: 'called for every item of a batch, over one buffer that is never cut',
  },
  {
    measure: 'parameters',
    name: 'ingest/json-keys.ts#add',
    number: 4,
    reason: 'called for every key of every event, over one buffer that is never cut',
  },
  { measure: 'parameters', name: 'adapters/clickhouse/history.ts#present', number: 4, reason: PORT },
  { measure: 'parameters', name: 'adapters/embedded/state-store.ts#scan', number: 5, reason: PORT },
  { measure: 'parameters', name: 'adapters/memory/state-store.ts#scan', number: 5, reason: PORT },
  { measure: 'parameters', name: 'adapters/redis/state-store.ts#scan', number: 5, reason: PORT },
  {
    measure: 'parameters',
    name: 'serve/metrics.ts#tallies',
    number: 4,
    reason: 'registry, name, help and labels, in the order of the metrics library',
  },
  {
    measure: 'parameters',
    name: 'cli/import/writers.ts#productOf',
    number: 4,
    reason: 'called for every row of a file',
  },
];
