import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bundled,
  drivers,
  findForbiddenImports,
  findStrayPackages,
  importTable,
  shared,
} from './tidy/import-table.ts';
import { findCycles, importsOf, packageOf, unitOf } from './tidy/imports.ts';
import { rules } from './tidy/rules.ts';
import { compareSizes, exceptions, findOversized } from './tidy/sizes.ts';
import { listPaths, parseSource, readSources, SRC } from './tidy/source.ts';

const sources = readSources();
const imports = sources.flatMap(importsOf);
const map = readFileSync(join(SRC, 'README.md'), 'utf8');

describe('the source tree', () => {
  it('imports along the table of src/README.md', () => {
    expect(findForbiddenImports(imports)).toEqual([]);
  });

  it('has a row of the table for each unit, and no row without a unit', () => {
    expect(Object.keys(importTable).sort()).toEqual(
      [...new Set(sources.map(({ path }) => unitOf(path)))].sort(),
    );
  });

  it('has no import cycle', () => {
    expect(findCycles(imports)).toEqual([]);
  });

  it('imports each package where it belongs', () => {
    expect(findStrayPackages(imports)).toEqual([]);
  });

  it('depends on exactly the packages that it imports', () => {
    const manifest = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
      readonly optionalDependencies: Readonly<Record<string, string>>;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining([...bundled]));
    const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    const declared = [...installed, ...bundled].sort();
    const imported = imports
      .map(({ specifier }) => packageOf(specifier))
      .filter((name) => name !== undefined);
    expect([...new Set(imported)].sort()).toEqual(declared);
    expect([...Object.keys(drivers), ...Object.keys(shared)].sort()).toEqual(declared);
  });

  it('is mapped: src/README.md names every folder and every file at the top', () => {
    const top = new Set(
      listPaths()
        .map((path) => path.split('/'))
        .map(([first, ...rest]) => (rest.length > 0 ? `${first}/` : `${first}`)),
    );
    top.delete('README.md');
    expect([...top].filter((name) => !map.includes(`\`${name}\``))).toEqual([]);
  });

  it('keeps files, functions and parameter lists within their bounds, or in the written exceptions', () => {
    expect(compareSizes(findOversized(sources), exceptions)).toEqual([]);
  });

  it.each(Object.entries(rules))('keeps the rule: %s', (_name, rule) => {
    expect(sources.flatMap((source) => rule(source))).toEqual([]);
  });
});

/** One offender for each rule: a check that finds nothing anywhere would otherwise look like a tidy tree. */
const offenders: Readonly<Record<keyof typeof rules, readonly (readonly [string, string])[]>> = {
  'files and folders are kebab-case and have names that mean something': [
    ['serve/index.ts', ''],
    ['utils/text.ts', ''],
    ['serve/profileRoutes.ts', ''],
    ['lock-manager.ts', ''],
  ],
  'exports are named': [
    ['a.ts', 'export default 1;'],
    ['a.ts', 'export default function run() {}'],
    ['a.ts', 'const run = 1; export { run as default };'],
  ],
  'no file only re-exports others': [['a.ts', "export * from './b.ts';\nexport { c } from './c.ts';"]],
  'there is no enum, no namespace and no decorator': [
    ['a.ts', 'enum Color { Red }'],
    ['a.ts', 'const enum Color { Red }'],
    ['a.ts', 'namespace A {}'],
  ],
  'errors carry a code': [
    ['a.ts', "const error = new Error('x');"],
    ['a.ts', "throw new TypeError('x');"],
    ['a.ts', "throw Error('x');"],
  ],
  'what is thrown was caught or is a TesseraError': [
    ['a.ts', "throw 'x';"],
    ['a.ts', 'throw new OddError();'],
  ],
  'only config.ts reads the environment': [
    ['a.ts', 'process.env.HOME'],
    ['a.ts', "process['env']"],
  ],
  'only the clock adapter asks for the time, and nothing asks for chance': [
    ['a.ts', 'Date.now()'],
    ['a.ts', 'const now = Date.now;'],
    ['a.ts', 'new Date()'],
    ['a.ts', 'Math.random()'],
  ],
  'modules hold no variable': [
    ['a.ts', 'let count = 0;'],
    ['a.ts', 'export var count = 0;'],
  ],
  'a catch does something': [
    ['a.ts', 'try { run(); } catch {}'],
    ['a.ts', 'try { run(); } catch (error) { logger.warn(error); }'],
  ],
  'nothing decides by the text of an error': [
    ['a.ts', "if (error.message === 'x') run();"],
    ['a.ts', "error.message.includes('x');"],
    ['a.ts', '/x/.test(error.message);'],
  ],
  'nothing writes to the console': [['a.ts', "console.log('x');"]],
  'relative imports name a source with its ending': [
    ['a.ts', "import { b } from './b.js';"],
    ['a.ts', "import type { b } from './b';"],
    ['a.ts', "await import('./b');"],
  ],
  'nothing is left to do': [['a.ts', `// ${'TO'}${'DO'}: later`]],
};

describe('the checks themselves', () => {
  it.each(Object.entries(rules))('find what breaks the rule: %s', (name, rule) => {
    const missed = (offenders[name] ?? [['no offender', '']]).filter(
      ([path, text]) => rule(parseSource(path, text)).length === 0,
    );
    expect(missed).toEqual([]);
  });

  it('find an import against the table, also where it is dynamic or a type', () => {
    const found = (path: string, text: string): readonly string[] =>
      findForbiddenImports(importsOf(parseSource(path, text)));
    expect(found('features/read.ts', "import type { Log } from '../ports/log.ts';")).toHaveLength(1);
    expect(found('features/read.ts', "import { judge } from '../identity/judge.ts';")).toHaveLength(1);
    expect(found('serve/server.ts', "await import('../adapters/embedded/log.ts');")).toHaveLength(1);
    expect(found('serve/server.ts', "import { admit } from '../ingest/admit.ts';")).toHaveLength(1);
    expect(found('serve/server.ts', "import type { Admit } from '../ingest/admit.ts';")).toEqual([]);
    expect(found('newcomer/a.ts', "import { limits } from '../limits.ts';")).toHaveLength(1);
  });

  it('find a cycle of values and let one of types be', () => {
    const cycle = (kind: string): readonly string[] =>
      findCycles([
        ...importsOf(parseSource('a.ts', "import { b } from './b.ts';")),
        ...importsOf(parseSource('b.ts', `import ${kind} { a } from './a.ts';`)),
      ]);
    expect(cycle('')).toEqual(['a.ts → b.ts → a.ts']);
    expect(cycle('type')).toEqual([]);
  });

  it('find a driver outside its home', () => {
    const stray = importsOf(parseSource('serve/a.ts', "import { open } from 'lmdb';"));
    expect(findStrayPackages(stray)).toEqual(['serve/a.ts:1 imports lmdb']);
  });

  it('measure size as a ratchet: too long, grown, shrunk and no longer needed all fail', () => {
    const found = findOversized([
      parseSource('long.ts', '\n'.repeat(401)),
      parseSource('f.ts', `function run(a, b, c, d) {${'\n'.repeat(70)}}`),
    ]);
    expect([...found]).toEqual([
      ['file long.ts', 401],
      ['function f.ts#run', 71],
      ['parameters f.ts#run', 4],
    ]);
    const allow = (number: number) => [{ measure: 'file' as const, name: 'long.ts', number, reason: 'test' }];
    const sizes = new Map([['file long.ts', 401]]);
    expect(compareSizes(sizes, [])).toEqual(['file long.ts is 401']);
    expect(compareSizes(sizes, allow(400))).toEqual(['file long.ts grew from 400 to 401']);
    expect(compareSizes(sizes, allow(401))).toEqual([]);
    expect(compareSizes(sizes, allow(402))).toHaveLength(1);
    expect(compareSizes(new Map(), allow(401))).toHaveLength(1);
  });
});
