import { describe, expect, it } from 'vitest';
import { describeKeys } from '../../src/cli/keys.ts';

const key = {
  id: 'key_1',
  name: 'till',
  kind: 'secret',
  status: 'live',
  scopes: ['ingest', 'read'],
  origins: 'any',
  expires_at: Date.UTC(2027, 0, 1),
  secrets: [{ hint: 'Xk3Q' }, { hint: '7abc' }],
};

describe('describeKeys', () => {
  it('prints the text of a new key alone, so that it can go into a file', () => {
    expect(describeKeys({ ...key, key: 'sk_text' })).toBe('sk_text\n');
  });

  it('prints keys as a table, those of the configuration without an id', () => {
    const server = { ...key, id: null, name: 'server', expires_at: null, secrets: undefined } as never;
    expect(describeKeys({ keys: [server, key] }).split('\n')).toEqual([
      'name    id     kind    status  scopes       origins  expires                   ends with',
      'server         secret  live    ingest,read  any',
      'till    key_1  secret  live    ingest,read  any      2027-01-01T00:00:00.000Z  Xk3Q 7abc',
      '',
    ]);
  });
});
