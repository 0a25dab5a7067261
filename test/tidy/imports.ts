import { posix } from 'node:path';
import ts from 'typescript';
import { nodesOf, placeOf, type Source } from './source.ts';

/** One import, re-export, `import()` or type import of a file. */
export interface Import {
  readonly from: string;
  readonly place: string;
  readonly specifier: string;
  /** Path inside `src` of a relative import. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(source.tree)) {
    const seen = readImport(node);
    if (seen === undefined) continue;
    const { specifier } = seen;
    found.push({
      ...seen,
      from: source.path,
      place: placeOf(source, node),
      target: specifier.startsWith('.')
        ? posix.normalize(posix.join(posix.dirname(source.path), specifier))
        : undefined,
    });
  }
  return found;
}

function readImport(node: ts.Node): { specifier: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node)) {
    return withText(node.moduleSpecifier, isTypeOnly(node.importClause));
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return withText(node.moduleSpecifier, node.isTypeOnly);
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return withText(node.arguments[0], false);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return withText(node.argument.literal, true);
  }
  return undefined;
}

function withText(
  node: ts.Node | undefined,
  typeOnly: boolean,
): { specifier: string; typeOnly: boolean } | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, typeOnly } : undefined;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

/** The unit that the import table speaks of: a folder, one adapter, or a file at the top. */
export function unitOf(path: string): string {
  const parts = path.split('/');
  if (parts.length === 1) return path.replace(/\.ts$/, '');
  return parts[0] === 'adapters' ? `adapters/${parts[1]}` : (parts[0] ?? path);
}

/** `lmdb` of `lmdb`, `@clickhouse/client` of `@clickhouse/client/dist`, undefined of Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Cycles among files through values; a cycle of types alone is erased by the compiler and harms no start. */
export function findCycles(imports: readonly Import[]): readonly string[] {
  const edges = new Map<string, string[]>();
  for (const { from, target, typeOnly } of imports) {
    if (target !== undefined && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), target]);
  }
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) cycles.push([...trail.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return cycles;
}
