import ts from 'typescript';
import { importsOf } from './imports.ts';
import { nodesOf, placeOf, type Source } from './source.ts';

/** A rule of the house over one file; answers the places that break it. */
export type Rule = (source: Source) => readonly string[];

const CLOCK = 'adapters/embedded/system-clock.ts';
/** In a page no engine can tell the time. */
const PAGE_CLOCKS = ['sdk/tracker/page-clock.ts', 'console/page-clock.ts'];
const CONFIG = 'config.ts';
const FORBIDDEN_NAMES = /(^|-)(utils?|helpers?|common|manager|misc|index)(-|$)/;
/** Sheets and texts are what the build of the console puts into it. */
const ENDINGS = /\.(tsx?|css|md\?raw)$/;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export const rules: Readonly<Record<string, Rule>> = {
  'files and folders are kebab-case and have names that mean something': ({ path }) =>
    path
      .replace(/\.tsx?$/, '')
      .split('/')
      .some((part) => !KEBAB.test(part) || FORBIDDEN_NAMES.test(part))
      ? [path]
      : [],
  'exports are named': where(
    (node) =>
      ts.isExportAssignment(node) ||
      (ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true) ||
      (ts.isExportSpecifier(node) && node.name.text === 'default'),
  ),
  'no file only re-exports others': ({ path, tree }) =>
    tree.statements.length > 0 &&
    tree.statements.every((node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      ? [path]
      : [],
  'there is no enum, no namespace and no decorator': where(
    (node) =>
      ts.isEnumDeclaration(node) ||
      // `declare module 'x'` adds to a package's types, which is how it wants to be told.
      (ts.isModuleDeclaration(node) && !ts.isStringLiteral(node.name)) ||
      ts.isDecorator(node),
  ),
  'errors carry a code': where(
    (node) =>
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      /^(Aggregate|Type|Range|Syntax|Eval|Reference|URI)?Error$/.test(node.expression.getText()),
  ),
  'what is thrown was caught or is a TesseraError': where(
    (node) => ts.isThrowStatement(node) && !isCodedThrow(node.expression),
  ),
  'only config.ts reads the environment': except(
    CONFIG,
    where((node) => isAccess(node, 'process', 'env')),
  ),
  'only the clock adapter asks for the time, and nothing asks for chance': except(
    [CLOCK, ...PAGE_CLOCKS],
    where(
      (node) =>
        isAccess(node, 'Date', 'now') ||
        isAccess(node, 'Math', 'random') ||
        (ts.isNewExpression(node) &&
          node.expression.getText() === 'Date' &&
          (node.arguments?.length ?? 0) === 0) ||
        (ts.isCallExpression(node) && node.expression.getText() === 'Date'),
    ),
  ),
  'modules hold no variable': ({ path, tree }) =>
    tree.statements.some(
      (node) =>
        ts.isVariableStatement(node) &&
        (node.declarationList.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Const,
    )
      ? [path]
      : [],
  'a catch does something': where(
    (node) => ts.isCatchClause(node) && (node.block.statements.length === 0 || onlyLogs(node.block)),
  ),
  'nothing decides by the text of an error': where(
    (node) =>
      ts.isPropertyAccessExpression(node) &&
      node.name.text === 'message' &&
      /^(error|cause|err|reason)$/.test(node.expression.getText()) &&
      decides(node),
  ),
  'nothing writes to the console': where(
    (node) => ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console',
  ),
  'relative imports name a source with its ending': (source) =>
    importsOf(source)
      .filter(({ target, specifier }) => target !== undefined && !ENDINGS.test(specifier))
      .map(({ place, specifier }) => `${place} imports ${specifier}`),
  'nothing is left to do': ({ path, text }) => (/\b(TODO|FIXME|XXX|HACK)\b/.test(text) ? [path] : []),
};

function where(breaks: (node: ts.Node) => boolean): Rule {
  return (source) => {
    const places: string[] = [];
    for (const node of nodesOf(source.tree)) if (breaks(node)) places.push(placeOf(source, node));
    return places;
  };
}

function except(paths: string | readonly string[], rule: Rule): Rule {
  return (source) => ([paths].flat().includes(source.path) ? [] : rule(source));
}

function isAccess(node: ts.Node, object: string, property: string): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return node.name.text === property && node.expression.getText() === object;
  }
  return (
    ts.isElementAccessExpression(node) &&
    node.expression.getText() === object &&
    ts.isStringLiteralLike(node.argumentExpression) &&
    node.argumentExpression.text === property
  );
}

/** A name or property (something caught or kept), a call that makes one, or `new TesseraError`. */
function isCodedThrow(thrown: ts.Expression): boolean {
  if (ts.isNewExpression(thrown)) return thrown.expression.getText() === 'TesseraError';
  if (ts.isConditionalExpression(thrown)) {
    return isCodedThrow(thrown.whenTrue) && isCodedThrow(thrown.whenFalse);
  }
  if (ts.isBinaryExpression(thrown)) return isCodedThrow(thrown.left) && isCodedThrow(thrown.right);
  if (ts.isAwaitExpression(thrown)) return isCodedThrow(thrown.expression);
  return ts.isIdentifier(thrown) || ts.isPropertyAccessExpression(thrown) || ts.isCallExpression(thrown);
}

function onlyLogs(block: ts.Block): boolean {
  return block.statements.every(
    (statement) =>
      ts.isExpressionStatement(statement) &&
      ts.isCallExpression(statement.expression) &&
      /(^|\.)(console|log|logger)\./.test(statement.expression.expression.getText()),
  );
}

function decides(message: ts.PropertyAccessExpression): boolean {
  const { parent } = message;
  if (ts.isPropertyAccessExpression(parent)) {
    return /^(includes|startsWith|endsWith|match|search|indexOf)$/.test(parent.name.text);
  }
  if (ts.isCallExpression(parent)) return /\.(test|exec)$/.test(parent.expression.getText());
  return (
    ts.isBinaryExpression(parent) &&
    [
      ts.SyntaxKind.EqualsEqualsEqualsToken,
      ts.SyntaxKind.ExclamationEqualsEqualsToken,
      ts.SyntaxKind.EqualsEqualsToken,
    ].includes(parent.operatorToken.kind)
  );
}
