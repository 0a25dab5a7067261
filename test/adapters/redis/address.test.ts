import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from '../../../src/adapters/redis/address.ts';

describe('the address of Redis', () => {
  it.each([
    ['redis://db', { kind: 'single', nodes: [{ host: 'db', port: 6379 }], secure: false, database: 0 }],
    [
      'rediss://db:7000/3',
      { kind: 'single', nodes: [{ host: 'db', port: 7000 }], secure: true, database: 3 },
    ],
    [
      'redis://[::1]:7000',
      { kind: 'single', nodes: [{ host: '::1', port: 7000 }], secure: false, database: 0 },
    ],
    [
      'redis+cluster://a:7000,b:7001,c',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
          { host: 'c', port: 6379 },
        ],
        secure: false,
        database: 0,
      },
    ],
    [
      'rediss+cluster://user:p%40ss@a:7000',
      {
        kind: 'cluster',
        nodes: [{ host: 'a', port: 7000 }],
        secure: true,
        username: 'user',
        password: 'p@ss',
        database: 0,
      },
    ],
    [
      'redis://:secret@db',
      { kind: 'single', nodes: [{ host: 'db', port: 6379 }], secure: false, password: 'secret', database: 0 },
    ],
  ])('reads %s', (url, address) => {
    expect(parseRedisAddress(url)).toEqual(address);
  });

  it.each(['', 'db:6379', 'http://db', 'redis://', 'redis://a,b', 'redis+cluster://a/1', 'redis://:x@a:b:c'])(
    'refuses %s, and does not repeat what may hold a password',
    (url) => {
      expect(() => parseRedisAddress(url)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
      if (url.includes('@')) expect(() => parseRedisAddress(url)).not.toThrow(url);
    },
  );
});
