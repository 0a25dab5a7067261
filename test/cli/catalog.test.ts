import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registerCatalog } from '../../src/cli/catalog.ts';
import { limits } from '../../src/limits.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-catalog-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerCatalog, ['catalog', ...args]);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const answer = (changed: number, refused = 0): Answer => [
  200,
  { changed, unchanged: 0, refused, version: 1 },
];

describe('tessera catalog', () => {
  it('sends rows of JSON and of NDJSON, as many at once as the engine takes', async () => {
    const rows = Array.from({ length: limits.catalogRowsMax + 1 }, (_, n) => ({ item_id: `i-${n}` }));
    const lines = file('items.ndjson', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n\n`);
    const { asked, bodies, out, code } = await run(
      ['items', lines],
      [answer(limits.catalogRowsMax), answer(1)],
    );
    expect(asked).toEqual(['PUT /v1/catalog/items', 'PUT /v1/catalog/items']);
    expect(bodies.map(({ items }) => (items as unknown[]).length)).toEqual([limits.catalogRowsMax, 1]);
    expect({ out, code }).toEqual({ out: `${rows.length} changed, 0 as they were\n`, code: 0 });

    const stores = file('stores.json', '[{ "store_id": "s-1" }]');
    const told = await run(['stores', stores, '--json'], [answer(1)]);
    expect(told.bodies).toEqual([{ stores: [{ store_id: 's-1' }] }]);
    expect(JSON.parse(told.out)).toEqual({ changed: 1, unchanged: 0, refused: 0 });
  });

  it('fails with what the engine refuses, and where the file cannot be read', async () => {
    const stock = file('stock.json', '[{ "item_id": "a" }]');
    const problem = { code: 'invalid_catalog', detail: '/0/store is required.' };
    expect(await run(['stock', stock], [[400, problem]])).toMatchObject({
      err: 'catalog: /0/store is required. (invalid_catalog)\n',
      code: 1,
    });
    expect(await run(['stock', stock], [answer(0, 1)])).toMatchObject({ code: 1 });
    expect((await run(['stock', join(folder, 'none')], [])).err).toContain('import_failed');
    const broken = file('broken.ndjson', '{ "item_id": "a" }\n{ "item_id": \n');
    expect((await run(['items', broken], [])).err).toContain('broken.ndjson, line 2 is not JSON');
  });
});
