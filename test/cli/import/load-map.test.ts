import { afterAll, describe, expect, it } from 'vitest';
import { compileEventBuilder } from '../../../src/cli/import/event-builder.ts';
import { loadMap } from '../../../src/cli/import/load-map.ts';
import { Workplace } from './import-run.ts';

const place = new Workplace();
afterAll(() => place.remove());

const MAP = {
  name: 'shop',
  source: 'shop',
  channel: 'pos',
  format: { type: 'csv', header: true },
  time: { column: 'at', format: 'rfc3339' },
  events: [{ type: 'product_viewed', properties: { item_id: '{item}' } }],
};

const load = (map: unknown) =>
  loadMap(place.write('map.yaml', typeof map === 'string' ? map : JSON.stringify(map)));
const invalid = (pattern: RegExp) =>
  expect.objectContaining({ code: 'invalid_map', message: expect.stringMatching(pattern) });

describe('import maps', () => {
  it('are all valid that are shipped, and found by their name', async () => {
    for (const name of ['online-retail', 'cdnow', 'cdnow-sample', 'yoochoose']) {
      expect((await loadMap(name)).map.name).toBe(name);
    }
  });

  it('say where they are wrong and what is unknown', async () => {
    await expect(load({ ...MAP, chanel: 'web' })).rejects.toEqual(invalid(/does not know chanel/));
    await expect(load({ ...MAP, format: { type: 'xlsx', header: true } })).rejects.toEqual(
      invalid(/\/format\/type: must be one of csv, tsv, space, ndjson/),
    );
    const badValue = { type: 'a', properties: { price: { column: 'p', as: 'money' } } };
    await expect(load({ ...MAP, events: [badValue] })).rejects.toEqual(
      invalid(/\/events\/0\/properties\/price\/as: must be one of text, integer, number, decimal/),
    );
    const badSum = { type: 'a', properties: { total: { sum: ['p'], roud: 2 } } };
    await expect(load({ ...MAP, events: [badSum] })).rejects.toEqual(invalid(/does not know roud/));
    const empty = { type: 'a', properties: { total: { as: 'decimal' } } };
    await expect(load({ ...MAP, events: [empty] })).rejects.toEqual(invalid(/needs column/));
    await expect(load('a: [1')).rejects.toEqual(invalid(/not valid YAML/));
    await expect(loadMap(place.path('nowhere.yaml'))).rejects.toEqual(invalid(/cannot be read/));
    await expect(loadMap('nowhere')).rejects.toEqual(invalid(/cannot be read/));
  });

  it('need exactly one way to name the columns, and a group for {$group}', async () => {
    await expect(load({ ...MAP, format: { type: 'csv' } })).rejects.toEqual(
      invalid(/either `header: true` or `columns`/),
    );
    await expect(load({ ...MAP, format: { type: 'ndjson', header: true } })).rejects.toEqual(
      invalid(/neither/),
    );
    await expect(load({ ...MAP, format: { type: 'tsv', header: true, delimiter: ';' } })).rejects.toEqual(
      invalid(/only csv/),
    );
    await expect(load({ ...MAP, id: 'x-{$group}' })).rejects.toEqual(invalid(/needs a map that groups/));
    await expect(load({ ...MAP, id: 'x-{$line}', group: { by: 'item' } })).rejects.toEqual(
      invalid(/many lines/),
    );
  });

  it('are checked against the columns of the file, which the message lists', async () => {
    const { map } = await load(MAP);
    expect(() => compileEventBuilder(map, ['at', 'article'])).toThrow(
      invalid(/\/events\/0\/properties\/item_id: the file has no column item; it has at, article/),
    );
  });

  it('have a hash that changes with the meaning and not with the layout', async () => {
    const first = await load(MAP);
    const laidOut = await load(JSON.stringify(MAP, undefined, 4));
    const other = await load({ ...MAP, channel: 'web' });
    expect(laidOut.hash).toBe(first.hash);
    expect(other.hash).not.toBe(first.hash);
  });
});
