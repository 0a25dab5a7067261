import { expect, it } from 'vitest';
import { createRouteTable } from '../../src/serve/route-table.ts';

it('answers the methods of every route that a path belongs to', () => {
  const table = createRouteTable();
  table.add('GET', '/v1/profiles/:id');
  table.add('GET', '/v1/sql');
  table.add('POST', '/v1/sql');
  table.add('GET', '/static/*');
  expect(table.methodsFor('/v1/profiles/x')).toEqual(['GET']);
  expect(table.methodsFor('/v1/sql')).toEqual(['GET', 'POST']);
  expect(table.methodsFor('/static/a/b')).toEqual(['GET']);
  for (const path of ['/v1/profiles/', '/v1/profiles', '/v1/profiles/x/y', '/', '']) {
    expect(table.methodsFor(path)).toEqual([]);
  }
});
