import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { createAuthenticator, presentedKey } from '../../src/serve/authenticate.ts';
import { READ_KEY, WRITE_KEY } from './fakes.ts';

const authenticator = createAuthenticator([
  { key: WRITE_KEY, name: 'web', scopes: ['admin'] },
  { key: READ_KEY, name: 'analyst', scopes: ['read'] },
]);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof TesseraError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

function shown(headers: Record<string, string>, query: Record<string, unknown> = {}): string | undefined {
  return presentedKey({ headers, query, parameters: ['writeKey', 'project'] });
}

describe('createAuthenticator', () => {
  it('names the principal of a known key', () => {
    expect(authenticator.identify(READ_KEY)).toMatchObject({ kind: 'secret', name: 'analyst' });
  });

  it('gives a write key nothing but ingest, whatever it was configured with', () => {
    expect([...(authenticator.identify(WRITE_KEY)?.scopes ?? [])]).toEqual(['ingest']);
  });

  it('refuses a missing, unknown, empty or endless key with unauthorized', () => {
    for (const key of [undefined, `${READ_KEY}x`, READ_KEY.slice(0, -1), '', 'sk_'.padEnd(100_000, 'x')]) {
      expect(codeOf(() => authenticator.authorize(key, ['read']))).toBe('unauthorized');
    }
  });

  it('refuses a key without the scope with forbidden, and takes any of several scopes', () => {
    expect(codeOf(() => authenticator.authorize(READ_KEY, ['admin']))).toBe('forbidden');
    expect(authenticator.authorize(READ_KEY, ['define', 'read']).name).toBe('analyst');
  });
});

describe('presentedKey', () => {
  const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;

  it('reads Bearer and Basic in any case, X-Write-Key and the query', () => {
    expect(shown({ authorization: 'bearer  k1' })).toBe('k1');
    expect(shown({ authorization: basic('k2') })).toBe('k2');
    expect(shown({ 'x-write-key': 'k3' })).toBe('k3');
    expect(shown({}, { writeKey: 'k4' })).toBe('k4');
    expect(shown({}, { project: 'k5' })).toBe('k5');
  });

  it('prefers the header over the query', () => {
    expect(shown({ authorization: 'Bearer k1', 'x-write-key': 'k2' }, { writeKey: 'k3' })).toBe('k1');
  });

  it('passes over what it cannot read', () => {
    expect(shown({ authorization: 'Digest x', 'x-write-key': 'k3' })).toBe('k3');
    expect(shown({ authorization: 'nonsense' })).toBeUndefined();
    expect(shown({ authorization: basic('') })).toBeUndefined();
    expect(shown({}, { writeKey: ['a', 'b'] })).toBeUndefined();
  });
});
